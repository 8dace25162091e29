/**
 * Queries change nothing (H8): neither what a workflow under the plugin leaves in its history, nor where, nor whether it
 * can be replayed. They come at every moment here, and workers stop and start meanwhile.
 */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUERIES, wireName } from '../../domain/messages.ts';
import { keepAsking, oneTrail } from '../support/asking.ts';
import { until } from '../support/until.ts';
import {
  bundled,
  openPluginWorld,
  pluginModes,
  type PluginWorld,
  WORKFLOWS,
} from './plugin-world.ts';

const OLGA = { operatorId: 'olga', reason: 'a look at it' };
const PATIENCE_MS = 180_000;

/** It begins while queries wait for it already: they come with its first task. */
async function startAsked(world: PluginWorld, type: string, ...args: readonly unknown[]) {
  const workflowId = `${type}-${randomUUID()}`;
  const { client, taskQueue } = world;
  const handle = await client.workflow.start(type, {
    taskQueue,
    workflowId,
    args: [...args],
    startDelay: '1 second',
  });
  return { handle, asking: keepAsking(client, workflowId) };
}

/** Approves what waits until it has ended, and gives it no rest. */
async function driveToItsEnd(
  world: PluginWorld,
  handle: WorkflowHandle,
  disturb: (open: number) => Promise<unknown>,
): Promise<void> {
  let isOver = false;
  const end = (): void => {
    isOver = true;
  };
  handle.result().then(end, end);
  await until(
    `the end of ${handle.workflowId}`,
    async () => {
      const gates = await world.people.gates(handle.workflowId).catch(() => []);
      await disturb(gates.length);
      for (const gate of gates.slice(0, 1)) {
        await world.decide(handle.workflowId, gate).catch(() => undefined);
      }
      return isOver;
    },
    PATIENCE_MS,
  );
}

describe.each([
  ['a cache', {}],
  ['a cache of one', { maxCachedWorkflows: 1 }],
  ['no cache', { maxCachedWorkflows: 0 }],
] as const)('with %s', (_name, options) => {
  let world: PluginWorld;
  beforeAll(async () => {
    world = await openPluginWorld(options);
  }, PATIENCE_MS);
  afterAll(async () => world.close(), PATIENCE_MS);

  test(
    'H8: asked at every moment, while workers come and go, each workflow has one trail: its history, its evidence, and any replay',
    async () => {
      const begun = await Promise.all([
        startAsked(world, 'pondering', 'one', 40),
        startAsked(world, 'pondering', 'two', 400),
        startAsked(world, 'pondering', 'three', 1_500),
        startAsked(world, 'unlisted'),
        startAsked(world, 'loop', 1, 3),
        startAsked(world, 'cleaning'),
      ]);
      let turns = 0;
      const driven = begun.map(async ({ handle }) =>
        driveToItsEnd(world, handle, async (open) => {
          turns += 1;
          if (open === 0 || turns % 3 !== 0) return;
          const { workflowId } = handle;
          await world.people.pause(workflowId, OLGA).catch(() => undefined);
          await world.people.resume(workflowId, OLGA).catch(() => undefined);
        }),
      );
      for (const { handle } of begun) {
        await until(
          `a gate of ${handle.workflowId}`,
          async () => (await world.people.auditTrail(handle.workflowId)).length > 0,
          PATIENCE_MS,
        );
      }
      await world.restart();
      await Promise.all(driven);
      const told = await Promise.all(begun.map(async ({ asking }) => asking.stop()));
      await world.restart();
      const workflowBundle = await bundled(WORKFLOWS, {});
      for (const [index, { handle }] of begun.entries()) {
        await oneTrail(world, handle.workflowId, told[index] ?? []);
        const history = await world.client.workflow.getHandle(handle.workflowId).fetchHistory();
        await Worker.runReplayHistory({ workflowBundle }, history, handle.workflowId);
      }
    },
    PATIENCE_MS,
  );

  test(
    'H8: what an activity brought after its task, and the messages that came before it, keep their order: a local one of 10 s',
    async () => {
      const { people, gates } = world;
      const { handle, asking } = await startAsked(world, 'pondering', 'long', 10_000);
      const { workflowId } = handle;
      const [first] = await gates(workflowId);
      if (first === undefined) throw new Error('No gate');
      await world.decide(workflowId, first);
      // The task that began it is over after 8 s, with or without a query: these come into the next ones.
      await until(
        'the second gate',
        async () => (await people.gates(workflowId)).length > 0,
        PATIENCE_MS,
      );
      for (let times = 0; times < 4; times += 1) {
        await people.pause(workflowId, OLGA);
        await people.resume(workflowId, OLGA);
      }
      await world.approveAll(handle);
      const told = await asking.stop();
      await world.restart();
      const types = (await oneTrail(world, workflowId, told)).map(({ eventType }) => eventType);
      expect(types.filter((type) => type === 'paused')).toHaveLength(4);
    },
    PATIENCE_MS,
  );
});

pluginModes('a run that has ended', (world) => {
  const ENDINGS: Readonly<
    Record<
      string,
      readonly [string, readonly unknown[], (handle: WorkflowHandle) => Promise<unknown>]
    >
  > = {
    COMPLETED: ['polling', ['asked'], async (handle) => world().approveAll(handle)],
    FAILED: [
      'unlisted',
      [],
      async ({ workflowId }) => {
        const [gate] = await world().gates(workflowId);
        if (gate !== undefined) await world().decide(workflowId, gate, { decision: 'rejected' });
      },
    ],
    CANCELLED: [
      'cleaning',
      [],
      async (handle) => {
        await world().gates(handle.workflowId);
        await handle.cancel();
        await world()
          .approveAll(handle)
          .catch(() => undefined);
      },
    ],
    CONTINUED_AS_NEW: ['loop', [1, 2], async (handle) => world().approveAll(handle)],
    TERMINATED: [
      'polling',
      ['stopped'],
      async (handle) => {
        await world().gates(handle.workflowId);
        await handle.terminate();
      },
    ],
  };

  test.each(Object.keys(ENDINGS))(
    'H8: as %s answers every query, and its worker goes on',
    async (status) => {
      const ending = ENDINGS[status];
      if (ending === undefined) throw new Error(`No ending ${status}`);
      const [type, args, end] = ending;
      const { client, start } = world();
      const handle = await start(type, ...args);
      const { runId } = await handle.describe();
      await end(handle);
      const run = client.workflow.getHandle(handle.workflowId, runId);
      await until('its end', async () => (await run.describe()).status.name === status);
      const names = [...Object.values(QUERIES).map(wireName), '__temporal_workflow_metadata'];
      for (const name of names) expect(await run.query(name), name).toBeDefined();
      const next = await start('polling', `after ${status}`);
      expect(await world().approveAll(next)).toBe(`publish after ${status} after 3`);
    },
    PATIENCE_MS,
  );
});
