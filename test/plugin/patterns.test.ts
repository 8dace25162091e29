/**
 * Workflows that nobody shaped for Holdpoint, in the patterns of Temporal's public samples: with the plugin, when all
 * is approved, they come to what they come to without it; when nothing is decided, nothing that is held executes; and
 * their histories replay with it, those from before it too.
 */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { add, cancel, checkOut, snooze, status } from './plain-workflows.ts';
import { openPluginWorld, type PluginWorld } from './plugin-world.ts';
import { historiesOf, replayAll } from './replays.ts';

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
      expect(await handle.query(status)).toEqual(['tea']);
      await handle.startUpdate(checkOut, { args: [5], waitForStage: 'ACCEPTED' });
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
  patching: { held: 1 },
  harmless: { args: [3], held: 0 },
};

const COMPENSATED: Pattern = { args: ['o-1', true], held: 1 };
const NAMES = Object.entries({ ...PATTERNS, 'saga that fails': COMPENSATED });

/** Activities that the policy holds, of all that ran since. */
function heldThatRan(world: PluginWorld, from: number): readonly string[] {
  return world.ran.slice(from).filter((line) => /^(?:charge|erase|publish|surprise)\b/.test(line));
}

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
  beforeAll(async () => {
    [without, world] = await Promise.all([openPluginWorld({ plugin: 'none' }), openPluginWorld()]);
  }, 120_000);
  afterAll(async () => Promise.all([without.close(), world.close()]));

  test.each(NAMES)(
    'H1: %s comes to the same when all is approved, and nothing that is held ran before',
    async (name, { args = [], meanwhile, held }) => {
      const before = await without.start(typeOf(name), ...args);
      await meanwhile?.(before);
      const expected = plain(await before.result());

      const from = world.ran.length;
      const handle = await world.start(typeOf(name), ...args);
      await meanwhile?.(handle);
      if (held > 0) {
        await until(`${held} calls of ${name} that wait`, async () => {
          const waiting = await world.waiting(handle.workflowId);
          return waiting.reduce((sum, { gatesCount }) => sum + gatesCount, 0) === held;
        });
        expect(heldThatRan(world, from)).toEqual([]);
        // What was scheduled behind a gate's back would be in the queue before the calls of this one.
        await (await world.start('harmless', 3)).result();
        expect(heldThatRan(world, from)).toEqual([]);
      }
      expect(plain(await world.approveAll(handle))).toEqual(expected);
      await replayAll(await historiesOf(world.client, handle.workflowId));
    },
    60_000,
  );

  test.each(NAMES)(
    'the history of %s from before the plugin replays with it',
    async (name, { args = [], meanwhile }) => {
      const handle = await without.start(typeOf(name), ...args);
      await meanwhile?.(handle);
      await handle.result();
      await replayAll(await historiesOf(without.client, handle.workflowId));
    },
    60_000,
  );

  test('H1: what a saga undoes waits as well: it runs after its own approval', async () => {
    const from = world.ran.length;
    const handle = await world.start('saga', 'o-2', true);
    const [charge] = await world.gates(handle.workflowId);
    if (charge === undefined) throw new Error('No gate');
    await world.decide(handle.workflowId, charge);
    const erase = await until('the gate of what is undone', async () => {
      const [gate] = await world.people.gates(handle.workflowId);
      return gate?.actionType === 'erase' && gate;
    });
    await (await world.start('harmless', 1)).result();
    expect(heldThatRan(world, from).map((line) => line.split(' ')[0])).toEqual(['charge']);
    await world.decide(handle.workflowId, erase);
    await handle.result();
    expect(heldThatRan(world, from).map((line) => line.split(' ')[0])).toEqual(['charge', 'erase']);
  });

  test('a run that a Temporal Schedule starts is held as any other', async () => {
    const scheduleId = `daily-${randomUUID()}`;
    const schedule = await world.client.schedule.create({
      scheduleId,
      spec: { intervals: [{ every: '1 day' }] },
      action: {
        type: 'startWorkflow',
        workflowType: 'polling',
        args: [scheduleId],
        taskQueue: world.taskQueue,
      },
    });
    await schedule.trigger();
    const workflowId = await until('its run', async () => {
      const [action] = (await schedule.describe()).info.recentActions;
      return action?.action.workflow.workflowId;
    });
    const [gate] = await world.gates(workflowId);
    if (gate === undefined) throw new Error('No gate');
    const published = `publish ${scheduleId} after 3`;
    expect(world.ran).not.toContain(published);
    await world.decide(workflowId, gate);
    expect(await world.client.workflow.getHandle(workflowId).result()).toBe(published);
    await schedule.delete();
  });

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
