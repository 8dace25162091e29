/** Runs of a workflow under the plugin that are replayed, or reset: what was decided and done stays as it was. */
import { randomUUID } from 'node:crypto';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Policy } from '../../domain/index.ts';
import { holdpoint } from '../../workers/plugin.ts';
import { until } from '../support/until.ts';
import { isScheduled, reset } from '../workflows/session-runs.ts';
import { openPluginWorld, plainPolicy, type PluginWorld, WORKFLOWS } from './plugin-world.ts';

const POLICIES: Readonly<Record<string, Policy>> = {
  'the same policy': plainPolicy(),
  'a looser one': plainPolicy({
    tools: { look: { readOnly: true }, publish: { readOnly: true }, note: { readOnly: true } },
  }),
  'one that knows nothing': plainPolicy({ tools: {} }),
};

let world: PluginWorld;
beforeAll(async () => {
  world = await openPluginWorld();
});
afterAll(async () => world.close());

describe('a history of a run that was held', () => {
  const bundles = new Map<string, WorkflowBundle>();
  beforeAll(async () => {
    for (const [name, policy] of Object.entries(POLICIES)) {
      const plugins = [holdpoint({ policy })];
      const logger = new DefaultLogger('WARN');
      bundles.set(name, await bundleWorkflowCode({ workflowsPath: WORKFLOWS, plugins, logger }));
    }
  }, 120_000);

  test.each(Object.keys(POLICIES))('replays with %s: it pinned its own', async (name) => {
    const handle = await world.start('interpreter', {
      each: [
        { do: 'note', what: 'first' },
        {
          all: [
            { do: 'publish', what: 'y' },
            { do: 'look', what: 'x' },
            { do: 'publish', what: 'z' },
          ],
        },
        { do: 'note', what: 'last' },
        { do: 'publish', what: 'end' },
      ],
    });
    await world.approveAll(handle);
    const history = await handle.fetchHistory();
    const workflowBundle = bundles.get(name);
    if (workflowBundle === undefined) throw new Error(`No bundle for ${name}`);
    await Worker.runReplayHistory({ workflowBundle }, history, handle.workflowId);
  });

  test('of a cancelled one, and of one whose scope ran out of time, replays as well', async () => {
    const late = await world.start('withinTime', 100);
    await late.result();
    const cancelled = await world.start('cleaning');
    await world.gates(cancelled.workflowId);
    await world.people.cancel(cancelled.workflowId, { operatorId: 'olga', reason: 'no' });
    await world.approveAll(cancelled).catch(() => undefined);
    const workflowBundle = bundles.get('the same policy');
    if (workflowBundle === undefined) throw new Error('No bundle');
    for (const handle of [late, cancelled]) {
      const history = await handle.fetchHistory();
      await Worker.runReplayHistory({ workflowBundle }, history, handle.workflowId);
    }
  });
});

test('H12: a Reset asks again, and what was done is not done twice', async () => {
  const page = `reset ${randomUUID()}`;
  const handle = await world.start('interpreter', { do: 'publish', what: page });
  const [first] = await world.gates(handle.workflowId);
  if (first === undefined) throw new Error('No gate');
  await world.decide(handle.workflowId, first);
  await handle.result();
  const { runId } = await handle.describe();
  await reset(world.client, handle.workflowId, { runId, before: isScheduled('publish') });
  const again = await until('the gate that asks again', async () => {
    const [gate] = await world.people.gates(handle.workflowId);
    return gate !== undefined && gate.note !== undefined && gate;
  });
  await world.decide(handle.workflowId, again);
  const { client } = world;
  expect(await client.workflow.getHandle(handle.workflowId).result()).toEqual([`publish ${page}`]);
  expect(world.ran.filter((line) => line === `publish ${page}`)).toHaveLength(1);
});
