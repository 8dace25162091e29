/** What waiting for a gate costs Temporal. */
import { randomUUID } from 'node:crypto';
import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { openWorld, type World } from '../support/world.ts';

type Interceptor = NonNullable<ConnectionOptions['interceptors']>[number];

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => world.close());

test('waiting for an outcome is a handful of calls, also in its last second', async () => {
  let calls = 0;
  const connection = await Connection.connect({
    address: inject('temporalAddress'),
    interceptors: [
      (options, nextCall) => {
        calls += 1;
        return nextCall(options) as ReturnType<Interceptor>;
      },
    ],
  });
  const client = new Client({ connection, namespace: inject('temporalNamespace') });
  const { taskQueue } = world;
  const holdpoint = new HoldpointClient({ client, taskQueue });
  const { id } = await holdpoint.requestGate(
    { agentId: 'coder', requesterId: 'ci', actionType: 'drop_table', arguments: {} },
    { key: randomUUID() },
  );
  await world.oneGate(id);
  calls = 0;
  expect(await holdpoint.externalGate(id, { waitMs: 2_000 })).toMatchObject({ status: 'pending' });
  expect(calls).toBeGreaterThan(1);
  expect(calls).toBeLessThan(10);
  await connection.close();
});

test('a wait that is given up answers what is known', async () => {
  const { id } = await world.holdpoint.requestGate(
    { agentId: 'coder', requesterId: 'ci', actionType: 'drop_table', arguments: {} },
    { key: randomUUID() },
  );
  await world.oneGate(id);
  const signal = AbortSignal.abort();
  expect(await world.holdpoint.externalGate(id, { waitMs: 60_000, signal })).toMatchObject({
    status: 'pending',
  });
});
