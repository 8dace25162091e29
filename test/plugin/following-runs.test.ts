/** Runs that follow on others, for whichever reason; and activities that another worker runs. */
import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { verifyChain } from '../../domain/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { holdpoint } from '../../workers/plugin.ts';
import { until } from '../support/until.ts';
import { openPluginWorld, plainPolicy, type PluginWorld } from './plugin-world.ts';

let world: PluginWorld;
beforeAll(async () => {
  world = await openPluginWorld();
});
afterAll(async () => world.close());

/** A gate that is open, and not this one. */
async function nextGate({ workflowId }: WorkflowHandle, last?: string): Promise<PendingApproval> {
  return until(`a gate of ${workflowId}`, async () => {
    const [gate] = await world.people.gates(workflowId);
    return gate !== undefined && gate.gateId !== last && gate;
  });
}

function publishedOf(what: string): readonly string[] {
  return world.ran.filter((line) => line.startsWith(`publish ${what}`));
}

test('H11: an activity on another task queue, whose worker has no plugin, has one attempt; then a person is asked', async () => {
  const taskQueue = `other-${randomUUID()}`;
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  let attempts = 0;
  const other = await Worker.create({
    connection,
    namespace: inject('temporalNamespace'),
    taskQueue,
    activities: {
      publish: async () => {
        attempts += 1;
        throw new Error('It broke off');
      },
    },
  });
  const { start, decide, evidence } = world;
  await other.runUntil(async () => {
    const handle = await start('elsewhere', taskQueue);
    const gate = await nextGate(handle);
    await decide(handle.workflowId, gate);
    const effect = await nextGate(handle, gate.gateId);
    expect(effect.kind).toBe('effect');
    expect(attempts).toBe(1);
    const seen = { decision: 'modified', modifications: { result: 'seen there' } };
    await decide(handle.workflowId, effect, seen);
    await handle.result();
    const [session] = await evidence.sessions(handle.workflowId);
    if (session === undefined) throw new Error('No evidence');
    expect(await evidence.entriesOf(session)).toMatchObject([
      { actionType: 'publish', state: 'reconciled', happened: true },
    ]);
  });
  await connection.close();
});

test('who asked for a workflow may not decide in it, nor in the run that continues it', async () => {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  const namespace = inject('temporalNamespace');
  const plugins = [holdpoint({ policy: plainPolicy(), requesterId: 'rita' })];
  const client = new Client({ connection, namespace, plugins });
  for (const [type, argument] of [
    ['polling', 'asked for'],
    ['later', 1],
  ] as const) {
    const handle = await client.workflow.start(type, {
      taskQueue: world.taskQueue,
      workflowId: `${type}-${randomUUID()}`,
      args: [argument],
    });
    const gate = await nextGate(handle);
    expect(await world.decide(handle.workflowId, gate), type).toMatchObject({
      status: 'refused',
      code: 'SELF_APPROVAL',
    });
    await world.decide(handle.workflowId, gate, { reviewerId: 'sam' });
    await handle.result();
  }
  await connection.close();
});

test("H12: each run of Temporal's cron acts anew, once it is approved, and is not told what the last one did", async () => {
  const { client, taskQueue, people, decide } = world;
  const what = `daily ${randomUUID()}`;
  const handle = await client.workflow.start('polling', {
    taskQueue,
    args: [what],
    workflowId: `cron-${randomUUID()}`,
    cronSchedule: '@every 1s',
  });
  // The handle follows the runs: each has a gate for the same call.
  let gateId: string | undefined;
  for (let run = 1; run <= 2; run += 1) {
    const gate = await nextGate(handle, gateId);
    ({ gateId } = gate);
    await decide(handle.workflowId, gate);
    await until(`run ${run}`, async () => publishedOf(what).length === run);
  }
  await client.workflow.getHandle(handle.workflowId).terminate();
  const executed = (await people.auditTrail(handle.workflowId)).filter(
    ({ event }) => event.eventType === 'approved',
  );
  expect(new Set(executed.map(({ event }) => event.actionId)).size).toBe(2);
});

test('H8: a workflow that Temporal retries has a chain for each of its runs', async () => {
  const { client, taskQueue, people, decide } = world;
  const handle = await client.workflow.start('unlisted', {
    taskQueue,
    workflowId: `retried-${randomUUID()}`,
    retry: { maximumAttempts: 2, initialInterval: 100 },
  });
  const first = await nextGate(handle);
  await decide(handle.workflowId, first, { decision: 'rejected' });
  await decide(handle.workflowId, await nextGate(handle, first.gateId));
  const latest = client.workflow.getHandle(handle.workflowId);
  await until('its end', async () => (await latest.describe()).status.name === 'COMPLETED');
  const trail = await people.auditTrail(handle.workflowId);
  const runs = new Set(trail.map(({ runId }) => runId));
  expect(runs.size).toBe(2);
  for (const run of runs) {
    const events = trail.filter(({ runId }) => runId === run).map(({ event }) => event);
    expect(verifyChain(events)).toBeUndefined();
  }
});

test('an activity that answers nothing answers nothing to its workflow, gated or not', async () => {
  const handle = await world.start('forgetting');
  await world.decide(handle.workflowId, await nextGate(handle));
  expect(await handle.result()).toBe('answered undefined');
});
