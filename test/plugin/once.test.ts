/** One approval, one start: also of what Temporal would start again by itself. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { HandlerError, serviceHandler } from 'nexus-rpc';
import { ApplicationFailure } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { NEXUS_KEY_HEADER } from '../../domain/messages.ts';
import { printing } from './nexus-service.ts';
import { openPluginWorld, plainPolicy, type PluginWorld } from './plugin-world.ts';

const POLICY = plainPolicy({
  tools: {
    hitting: { reversibility: 'irreversible' },
    'printing/preview': { readOnly: true },
    'printing/print': { reversibility: 'irreversible' },
  },
});

const PLAIN = fileURLToPath(new URL('./leaving-workflows.ts', import.meta.url));
const ELSEWHERE = fileURLToPath(new URL('./elsewhere-workflows.ts', import.meta.url));
const NEXUS = fileURLToPath(new URL('./nexus-workflows.ts', import.meta.url));

let world: PluginWorld;
beforeAll(async () => {
  world = await openPluginWorld({
    plugin: { policy: POLICY },
    workflowsPath: PLAIN,
  });
});
afterAll(async () => world.close());

/** A worker without the plugin, whose activity fails after its effect. Answers with how often there was one. */
async function withHits(use: (taskQueue: string) => Promise<void>): Promise<number> {
  const taskQueue = `others-${randomUUID()}`;
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  let hits = 0;
  const worker = await Worker.create({
    connection,
    namespace: inject('temporalNamespace'),
    taskQueue,
    workflowsPath: ELSEWHERE,
    activities: {
      hit: async () => {
        hits += 1;
        throw ApplicationFailure.nonRetryable('after the effect', 'Broken');
      },
    },
  });
  await worker.runUntil(use(taskQueue));
  await connection.close();
  return hits;
}

test('H2, H12: a child workflow that can not be undone has one run, whatever its retry policy says', async () => {
  const hits = await withHits(async (taskQueue) => {
    const handle = await world.start('recurring', taskQueue, 'retry');
    const [gate] = await world.gates(handle.workflowId);
    if (gate === undefined) throw new Error('No gate');
    await world.decide(handle.workflowId, gate);
    // It ends with the child's first failure, and not with its last.
    await handle.result();
    const { events } = await handle.fetchHistory();
    const started = events?.flatMap(
      (event) => event.startChildWorkflowExecutionInitiatedEventAttributes ?? [],
    );
    expect(started).toMatchObject([{ retryPolicy: { maximumAttempts: 1 } }]);
    const reserved = events?.filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'reserveAction',
    );
    expect(reserved).toHaveLength(1);
  });
  expect(hits).toBe(1);
});

test('H2: a child workflow with a cron schedule is refused with a code, and nobody is asked', async () => {
  const hits = await withHits(async (taskQueue) => {
    const handle = await world.start('recurring', taskQueue, 'cron');
    expect(await handle.result()).toBe('CRON_SCHEDULE');
    const events = (await world.people.auditTrail(handle.workflowId)).map(({ event }) => event);
    expect(events[0]).toMatchObject({
      eventType: 'not_executed',
      actionType: 'hitting',
      details: { code: 'CRON_SCHEDULE' },
    });
  });
  expect(hits).toBe(0);
});

test('H12: every attempt of the server at a Nexus operation brings the same key of the ledger to its handler', async () => {
  const keys: (string | undefined)[] = [];
  const handler = serviceHandler(printing, {
    preview: async (_context, text) => `looks like ${text}`,
    print: async (context, text) => {
      keys.push(context.headers[NEXUS_KEY_HEADER]);
      if (keys.length === 1) throw new HandlerError('INTERNAL', 'after the effect');
      return `printed ${text}`;
    },
  });
  const printer = await openPluginWorld({
    plugin: { policy: POLICY },
    workflowsPath: NEXUS,
    nexusServices: [handler],
  });
  const endpoint = `printing-${randomUUID()}`;
  await printer.client.connection.operatorService.createNexusEndpoint({
    spec: {
      name: endpoint,
      target: {
        worker: { namespace: inject('temporalNamespace'), taskQueue: printer.taskQueue },
      },
    },
  });
  const handle = await printer.start('ordering', endpoint, 'flyers');
  const [gate] = await printer.gates(handle.workflowId);
  if (gate === undefined) throw new Error('No gate');
  await printer.decide(handle.workflowId, gate);
  expect(await handle.result()).toEqual(['looks like flyers', 'printed flyers']);
  expect(keys).toHaveLength(2);
  expect(new Set(keys)).toEqual(new Set([expect.stringContaining(gate.actionId)]));
  await printer.close();
});
