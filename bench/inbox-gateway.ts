/** The gateway of the inbox's benchmark, in a process of its own so that its memory is its own. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { HoldpointClient } from 'holdpoint/client';
import { EVERYONE, readStaticFiles, serveGateway, Vault } from 'holdpoint/gateway';
import { type FromWorker, obeyDriver, type WorkerPlan } from './worker-handle.ts';

const plan = JSON.parse(process.argv[2] ?? '{}') as WorkerPlan;
const HOUR_MS = 3_600_000;
/** Beside this file, which is built into dist/bench. */
const INBOX = fileURLToPath(new URL('../inbox', import.meta.url));

const connection = await Connection.connect({ address: plan.address });
const client = new Client({ connection, namespace: plan.namespace });
const gateway = await serveGateway(
  { host: '127.0.0.1', port: 0 },
  {
    holdpoint: new HoldpointClient({ client, taskQueue: plan.taskQueue }),
    tokens: [],
    login: {
      vault: new Vault([randomBytes(32).toString('base64')]),
      lifetime: { atMostMs: HOUR_MS, idleMs: HOUR_MS },
    },
    roles: EVERYONE,
    files: await readStaticFiles(INBOX),
  },
);
process.on('message', (message) => {
  if (message === 'address') process.send?.({ address: gateway.url } satisfies FromWorker);
});
obeyDriver(() => 0);
