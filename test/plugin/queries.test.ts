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
import { bundled, openPluginWorld, type PluginWorld, WORKFLOWS } from './plugin-world.ts';

const PATIENCE_MS = 180_000;

/** The first gate of each comes with its first task, or after a local activity, which a query would split. */
const RUNS: readonly (readonly [string, ...unknown[]])[] = [
  ['unlisted'],
  ['pondering', 'one', 40],
  ['pondering', 'two', 400],
];

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

// Not without a cache: asked at every moment, the SDK's own tasks time out there, of any workflow.
let opened: PluginWorld;
const world = (): PluginWorld => opened;
beforeAll(async () => {
  opened = await openPluginWorld();
}, PATIENCE_MS);
afterAll(async () => opened.close(), PATIENCE_MS);

describe('a run that is asked at every moment', () => {
  test(
    'H8: has one trail, in its history, its evidence and any replay, also where its worker restarts',
    async () => {
      const begun = [];
      for (const [type, ...args] of RUNS) begun.push(await startAsked(world(), type, ...args));
      for (const { handle } of begun) await world().gates(handle.workflowId);
      await world().restart();
      const told = await Promise.all(
        begun.map(async ({ handle, asking }) => {
          await world().approveAll(handle);
          return asking.stop();
        }),
      );
      await world().restart();
      const workflowBundle = await bundled(WORKFLOWS, {});
      for (const [index, { handle }] of begun.entries()) {
        await oneTrail(world(), handle.workflowId, told[index] ?? []);
        const history = await world().client.workflow.getHandle(handle.workflowId).fetchHistory();
        await Worker.runReplayHistory({ workflowBundle }, history, handle.workflowId);
      }
    },
    PATIENCE_MS,
  );
});

describe('a run that has ended', () => {
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
      // There is no model in it, and so no conversation.
      const own = Object.values(QUERIES).filter((name) => name !== QUERIES.conversation);
      const names = [...own.map(wireName), '__temporal_workflow_metadata'];
      for (const name of names) expect(await run.query(name), name).toBeDefined();
      const next = await start('polling', `after ${status}`);
      expect(await world().approveAll(next)).toBe(`publish after ${status} after 3`);
    },
    PATIENCE_MS,
  );
});
