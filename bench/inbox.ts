/**
 * Size and speed of the inbox: a thousand waiting gates in one visibility query and in a real browser, a new gate on the
 * page, and a gateway with two hundred browsers connected. `npm run bench:inbox`; what each number means:
 * docs/design/inbox.md. The browsers of the last part are streams without a page: it is the gateway that is measured.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { HoldpointClient } from 'holdpoint/client';
import { startTemporalServer } from 'holdpoint/worker';
import { chromium } from 'playwright-core';
import { firstPageMs, type Gates, listed, memory, newGateMs } from './inbox-measurements.ts';
import { type InboxResults, inboxAimsOf, inboxTableOf } from './inbox-report.ts';
import { verdictsOf } from './report.ts';
import { WorkerHandle } from './worker-handle.ts';

const HELP = `npm run bench:inbox -- [--quick]

  --quick   a look: few gates and browsers; the counts are right, the times say little

Needs a browser: HOLDPOINT_CHROMIUM, or /usr/bin/chromium. Ends with code 1 when an aim that is judged is missed.`;

const FULL = { gates: 1_000, loads: 10, newGates: 40, browsers: 200, rounds: 5 };
const QUICK = { gates: 60, loads: 2, newGates: 4, browsers: 10, rounds: 2 };

function say(line: string): void {
  console.log(`· ${line}`);
}

/** Gates of agents that are no workflows: one workflow each, and nothing else. */
function gatesOf(holdpoint: HoldpointClient): Gates {
  return {
    open: async (name) => {
      const asked = { actionType: 'delete_record', arguments: { name } };
      const who = { agentId: 'bench-agent', requesterId: 'bench' };
      const { id } = await holdpoint.requestGate({ ...asked, ...who }, { key: randomUUID() });
      return id;
    },
    withdraw: async (id) => {
      await holdpoint.cancel(id, { operatorId: 'bench', reason: 'measured' });
    },
  };
}

async function measure(plan: typeof FULL, quick: boolean): Promise<InboxResults> {
  const server = await startTemporalServer({ progress: say });
  const { address, namespace } = server;
  const taskQueue = 'bench-inbox';
  const worker = await WorkerHandle.start(
    { contender: 'holdpoint', address, namespace, taskQueue, recorded: 'bench/recorded-desk.json' },
    'inbox-worker',
  );
  const gateway = await WorkerHandle.start(
    { contender: 'holdpoint', address, namespace, taskQueue, recorded: '' },
    'inbox-gateway',
  );
  const connection = await Connection.connect({ address });
  const holdpoint = new HoldpointClient({
    client: new Client({ connection, namespace }),
    taskQueue,
  });
  const browser = await chromium.launch({
    executablePath: process.env['HOLDPOINT_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const stage = { url: await gateway.address(), gates: gatesOf(holdpoint), holdpoint, browser };
    say(`${plan.gates} gates`);
    const list = await listed(stage, plan.gates);
    say(`the page with all of them, ${plan.loads} times`);
    const page = await firstPageMs(stage, plan);
    say(`${plan.newGates} new gates, one after the other`);
    const fresh = await newGateMs(stage, plan.newGates);
    say(`${plan.browsers} connected browsers, ${plan.rounds} rounds of changes`);
    const held = await memory(stage, plan, async () => (await gateway.usage()).residentBytes);
    return { quick, gates: plan.gates, list, page, fresh, memory: held };
  } finally {
    await browser.close();
    await gateway.stop();
    await worker.stop();
    await connection.close();
    await server.close();
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, help: { type: 'boolean' } },
  });
  if (values.help === true) {
    console.log(HELP);
    return;
  }
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const results = await measure(values.quick ? QUICK : FULL, values.quick);
  const aims = inboxAimsOf(results);
  console.log(`\n${inboxTableOf(results)}\n\n${verdictsOf(aims)}\n`);
  console.log(JSON.stringify({ ...results, aims }));
  if (aims.some(({ isJudged, isMet }) => isJudged && !isMet)) process.exitCode = 1;
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
});
