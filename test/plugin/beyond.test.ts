/** What the plugin holds beyond activities of its own worker: Nexus operations, and activities of other task queues. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { serviceHandler } from 'nexus-rpc';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { until } from '../support/until.ts';
import { printing } from './nexus-service.ts';
import { openPluginWorld, plainPolicy, type PluginWorld } from './plugin-world.ts';

const POLICY = plainPolicy({
  tools: {
    'printing/preview': { readOnly: true },
    'printing/print': { reversibility: 'irreversible' },
    publish: { reversibility: 'irreversible' },
  },
});

const printed: string[] = [];
const handler = serviceHandler(printing, {
  preview: async (_context, text) => `looks like ${text}`,
  print: async (_context, text) => {
    printed.push(text);
    return `printed ${text}`;
  },
});

let world: PluginWorld;
let endpoint: string;
beforeAll(async () => {
  world = await openPluginWorld({
    plugin: { policy: POLICY },
    workflowsPath: fileURLToPath(new URL('./nexus-workflows.ts', import.meta.url)),
    nexusServices: [handler],
  });
  endpoint = `printing-${randomUUID()}`;
  await world.client.connection.operatorService.createNexusEndpoint({
    spec: {
      name: endpoint,
      target: {
        worker: { namespace: inject('temporalNamespace'), taskQueue: world.taskQueue },
      },
    },
  });
});
afterAll(async () => world.close());

async function oneGate(id: string) {
  const [gate] = await world.gates(id);
  if (gate === undefined) throw new Error('One gate is one gate');
  return gate;
}

describe('a Nexus operation', () => {
  test('H1: waits by the name of its service and operation, and starts as approved; a read passes', async () => {
    const handle = await world.start('ordering', endpoint, 'flyers');
    const gate = await oneGate(handle.workflowId);
    expect(gate).toMatchObject({ actionType: 'printing/print', payload: { arg0: 'flyers' } });
    expect(printed).not.toContain('flyers');
    await world.decide(handle.workflowId, gate);
    expect(await handle.result()).toEqual(['looks like flyers', 'printed flyers']);
    expect(printed.filter((text) => text === 'flyers')).toHaveLength(1);
    const [session] = await world.evidence.sessions(handle.workflowId);
    if (session === undefined) throw new Error('No evidence');
    expect(await world.evidence.entriesOf(session)).toMatchObject([
      { actionType: 'printing/print', state: 'started' },
    ]);
    const { events = [] } = await handle.fetchHistory();
    const reserved = events?.filter(
      ({ activityTaskScheduledEventAttributes: scheduled }) =>
        scheduled?.activityType?.name === 'reserveAction',
    );
    expect(reserved).toHaveLength(1);
    const calls = await world.people.ungatedCalls(handle.workflowId);
    expect(calls).toMatchObject([
      { kind: 'nexus_operation', actionType: 'printing/preview', status: 'executed' },
    ]);
  });

  test('that is rejected does not start, and fails as operations do', async () => {
    const handle = await world.start('ordering', endpoint, 'posters');
    const gate = await oneGate(handle.workflowId);
    await world.decide(handle.workflowId, gate, { decision: 'rejected' });
    expect(await handle.result()).toEqual([
      'looks like posters',
      'NexusOperationFailure: ActionRejected',
    ]);
    expect(printed).not.toContain('posters');
  });

  test('H5: starts with what a reviewer made of its input', async () => {
    const handle = await world.start('ordering', endpoint, 'draft');
    const gate = await oneGate(handle.workflowId);
    await world.decide(handle.workflowId, gate, {
      decision: 'modified',
      modifications: { arg0: 'final' },
    });
    expect(await handle.result()).toEqual(['looks like draft', 'printed final']);
  });
});

test('H12: an activity of a task queue whose worker knows nothing of Holdpoint takes its key before it is scheduled', async () => {
  const taskQueue = `others-${randomUUID()}`;
  const pages: string[] = [];
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const worker = await Worker.create({
    connection,
    namespace: inject('temporalNamespace'),
    taskQueue,
    activities: {
      publish: async (page: string) => {
        pages.push(page);
        return `published ${page}`;
      },
    },
  });
  await worker.runUntil(async () => {
    const handle = await world.start('elsewhere', taskQueue, 'front');
    await world.decide(handle.workflowId, await oneGate(handle.workflowId));
    expect(await handle.result()).toBe('published front');
    const [session] = await world.evidence.sessions(handle.workflowId);
    if (session === undefined) throw new Error('No evidence');
    expect(await world.evidence.entriesOf(session)).toMatchObject([
      { actionType: 'publish', state: 'started' },
    ]);
  });
  await connection.close();
  expect(pages).toEqual(['front']);
});

test('H6, H12: an activity that fails as if Holdpoint had paused it is not called again: a person says what happened', async () => {
  const taskQueue = `liars-${randomUUID()}`;
  let calls = 0;
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const worker = await Worker.create({
    connection,
    namespace: inject('temporalNamespace'),
    taskQueue,
    activities: {
      publish: async () => {
        calls += 1;
        throw ApplicationFailure.nonRetryable('not yet', 'ACTION_PAUSED');
      },
    },
  });
  await worker.runUntil(async () => {
    const handle = await world.start('elsewhere', taskQueue, 'back');
    await world.decide(handle.workflowId, await oneGate(handle.workflowId));
    const asked = await until('the question what happened', async () => {
      const [gate] = await world.people.gates(handle.workflowId);
      return gate?.kind === 'effect' && gate;
    });
    await world.decide(handle.workflowId, asked, { decision: 'rejected' });
    await expect(handle.result()).rejects.toThrow();
  });
  await connection.close();
  expect(calls).toBe(1);
});
