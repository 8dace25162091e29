/**
 * Workflows that nobody shaped for Holdpoint, in the patterns of Temporal's public samples: with the plugin, when all
 * is approved, they come to what they come to without it; when nothing is decided, nothing that is held executes; and
 * their histories from before the plugin replay with it.
 */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker, type WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holdpoint } from '../../workers/plugin.ts';
import { until } from '../support/until.ts';
import { add, cancel, checkOut, snooze } from './plain-workflows.ts';
import { openPluginWorld, plainPolicy, type PluginWorld, WORKFLOWS } from './plugin-world.ts';

interface Pattern {
  readonly args?: readonly unknown[];
  /** What others do to it while it runs. */
  readonly meanwhile?: (handle: WorkflowHandle) => Promise<unknown>;
  /** How many calls wait at once before anybody decides, it and its children together. */
  readonly held: number;
}

const PATTERNS: Readonly<Record<string, Pattern>> = {
  saga: { args: ['o-1', false], held: 1 },
  polling: { args: ['tide'], held: 1 },
  batch: { args: [['a', 'b', 'c']], held: 3 },
  loop: { args: [1, 3], held: 1 },
  scheduled: { args: ['wake up'], meanwhile: (handle) => handle.signal(snooze, 50), held: 1 },
  cart: {
    meanwhile: async (handle) => {
      await handle.signal(add, 'tea');
      void handle.executeUpdate(checkOut, { args: [5] });
      await until('the payment', async () => true);
    },
    held: 1,
  },
  fanOut: { args: [100], held: 100 },
  nested: { args: [3], held: 1 },
  withinTime: { args: [60_000], held: 1 },
  asker: { held: 1 },
  interpreter: {
    args: [
      {
        each: [
          { do: 'look', what: 'x' },
          {
            all: [
              { do: 'publish', what: 'y' },
              { do: 'note', what: 'z' },
              { do: 'publish', what: 'w' },
            ],
          },
          { do: 'publish', what: 'last' },
        ],
      },
    ],
    held: 2,
  },
  harmless: { args: [3], held: 0 },
};

const COMPENSATED: Pattern = { args: ['o-1', true], held: 1 };
const NAMES = Object.entries({ ...PATTERNS, 'saga that fails': COMPENSATED });

function typeOf(name: string): string {
  return name.split(' ')[0] ?? name;
}

/** Ids of workflows stand in results: they are cut out. */
function plain(result: unknown): unknown {
  return JSON.parse(
    JSON.stringify(result).replaceAll(/[a-zA-Z]+-[0-9a-f]{8}-[0-9a-f-]{27}/g, 'some-id'),
  );
}

describe('with the plugin', () => {
  let without: PluginWorld;
  let world: PluginWorld;
  let pluggedBundle: WorkflowBundle;
  beforeAll(async () => {
    [without, world] = await Promise.all([openPluginWorld({ plugin: 'none' }), openPluginWorld()]);
    pluggedBundle = await bundleWorkflowCode({
      workflowsPath: WORKFLOWS,
      plugins: [holdpoint({ policy: plainPolicy() })],
      logger: new DefaultLogger('WARN'),
    });
  }, 120_000);
  afterAll(async () => Promise.all([without.close(), world.close()]));

  test.each(NAMES)(
    'H1: %s comes to the same when all is approved, and nothing that is held ran before',
    async (name, { args = [], meanwhile, held }) => {
      const before = await without.start(typeOf(name), ...args);
      await meanwhile?.(before);
      const expected = plain(await before.result());

      const handle = await world.start(typeOf(name), ...args);
      await meanwhile?.(handle);
      if (held > 0) {
        await until(`${held} calls of ${name} that wait`, async () => {
          const waiting = await world.waiting(handle.workflowId);
          return waiting.reduce((sum, { gatesCount }) => sum + gatesCount, 0) === held;
        });
        const ids = (await world.waiting(handle.workflowId)).map(({ sessionId }) => sessionId);
        for (const id of ids) {
          const events = (await world.people.auditTrail(id)).map(({ event }) => event.eventType);
          expect(events).not.toContain('executed');
        }
      }
      expect(plain(await world.approveAll(handle))).toEqual(expected);
    },
    60_000,
  );

  test.each(NAMES)(
    'the history of %s from before the plugin replays with it',
    async (name, { args = [], meanwhile }) => {
      const handle = await without.start(typeOf(name), ...args);
      await meanwhile?.(handle);
      await handle.result();
      const options = {
        workflowBundle: pluggedBundle,
        plugins: [holdpoint({ policy: plainPolicy() })],
      };
      for (const runId of await runsOf(without, handle.workflowId)) {
        const history = await without.client.workflow
          .getHandle(handle.workflowId, runId)
          .fetchHistory();
        await Worker.runReplayHistory(options, history, handle.workflowId);
      }
    },
    60_000,
  );

  test('a run that nothing was held in leaves no event of Holdpoint', async () => {
    const [before, handle] = [await without.start('harmless', 2), await world.start('harmless', 2)];
    await Promise.all([before.result(), handle.result()]);
    const [plainHistory, plugged] = await Promise.all([
      before.fetchHistory(),
      handle.fetchHistory(),
    ]);
    expect(plugged.events?.map(({ eventType }) => eventType)).toEqual(
      plainHistory.events?.map(({ eventType }) => eventType),
    );
    expect(await world.evidence.sessions(handle.workflowId)).toEqual([]);
    expect(await world.people.auditTrail(handle.workflowId)).toEqual([]);
  });

  test('messages of its own, under the names of ours, are its own', async () => {
    const handle = await world.start('cart');
    await handle.signal(add, `tea ${randomUUID()}`);
    await handle.signal(cancel);
    expect(await handle.result()).toEqual([expect.stringContaining('tea'), 'cancelled']);
    await expect(
      world.people.cancel(handle.workflowId, { operatorId: 'olga', reason: 'late' }),
    ).rejects.toThrow();
  });
});

async function runsOf(world: PluginWorld, workflowId: string): Promise<readonly string[]> {
  const runs: string[] = [];
  let runId = (await world.client.workflow.getHandle(workflowId).describe()).runId;
  while (runId !== '') {
    runs.push(runId);
    runId = await continuedBy(world.client.workflow.getHandle(workflowId, runId));
  }
  return runs;
}

/** The run that this one continues; empty where it is the first. */
async function continuedBy(run: WorkflowHandle): Promise<string> {
  const { events } = await run.fetchHistory();
  return events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
}
