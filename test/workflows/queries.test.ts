/**
 * Queries change nothing (H8): neither what a session leaves in its history, nor where, nor whether it can be replayed.
 * They come at every moment here, and workers stop and start meanwhile.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineTool } from '../../activities/index.ts';
import { QUERIES } from '../../domain/messages.ts';
import { type Asking, keepAsking, oneTrail } from '../support/asking.ts';
import { deskPolicy, type Script } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';
import { runsOf, untilNextRun } from './session-runs.ts';

const PATIENCE_MS = 180_000;
const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });
const ponder = (ms: number) => ({ name: 'ponder', arguments: { ms } });
const DONE = { text: 'All done.' };

const PONDER = defineTool({
  name: 'ponder',
  description: 'Looks something up, for a while.',
  input: z.object({ ms: z.number() }),
  readOnly: true,
  quick: true,
  execute: async ({ ms }) => {
    await delay(ms);
    return { ms };
  },
});

const POLICY = deskPolicy({ tools: { ponder: { readOnly: true }, glance: { readOnly: true } } });

/** Quick reads, some slower than others: by themselves, beside each other, and beside calls that wait. */
const script = (ms: number): Script => ({
  turns: [
    { calls: [ponder(1)] },
    { calls: [ponder(ms), deletion('c-1'), ponder(1), ponder(ms / 4)] },
    { calls: [ponder(ms / 2), ponder(1)] },
    { calls: [deletion('c-2'), ponder(ms / 2)] },
    DONE,
  ],
});

async function restart(world: World): Promise<void> {
  await world.stopWorker();
  await world.startWorker();
}

// Workers come and go here, so that runs are replayed. Not without a cache: asked at every moment, the SDK's own tasks time
// out there, of any workflow.
describe('a session that is asked', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ policy: POLICY, tools: [PONDER] });
  }, PATIENCE_MS);
  afterAll(async () => world.close(), PATIENCE_MS);

  const told = async (asking: readonly Asking[]) =>
    Promise.all(asking.map(async ({ stop }) => stop()));
  const facts = () => ({ ...world, people: world.holdpoint });

  test(
    'H8: asked at every moment, while workers come and go, each session has one trail: its history, its evidence, and any replay',
    async () => {
      const sessions: string[] = [];
      for (const ms of [20, 400]) sessions.push(await world.start(script(ms)));
      const asking = sessions.map((session) => keepAsking(world.client, session));
      let turns = 0;
      const driven = sessions.map(async (session) => {
        let isOver = false;
        const end = (): void => {
          isOver = true;
        };
        world.holdpoint.result(session).then(end, end);
        await until(
          `the end of ${session}`,
          async () => {
            const [gate] = await world.holdpoint.gates(session).catch(() => []);
            turns += 1;
            if (turns % 3 === 0) {
              await world.holdpoint.pause(session, OPERATOR).catch(() => undefined);
              await world.holdpoint.resume(session, OPERATOR).catch(() => undefined);
            }
            if (gate !== undefined) await world.decide(session, gate, {}).catch(() => undefined);
            return isOver;
          },
          PATIENCE_MS,
        );
      });
      for (const session of sessions) {
        await until(
          `a gate of ${session}`,
          async () => (await world.trail(session)).some(({ gateId }) => gateId !== undefined),
          PATIENCE_MS,
        );
      }
      await restart(world);
      await Promise.all(driven);
      const answers = await told(asking);
      await restart(world);
      for (const [index, session] of sessions.entries()) {
        const trail = await oneTrail(facts(), session, answers[index] ?? []);
        const executed = trail.filter(({ eventType }) => eventType === 'executed');
        expect(executed.filter(({ actionType }) => actionType === 'ponder')).toHaveLength(7);
        expect(executed.filter(({ actionType }) => actionType === 'delete_record')).toHaveLength(2);
      }
    },
    PATIENCE_MS,
  );

  test(
    'H8: quick reads of different lengths stand in the trail as a replay has them, also where nobody asks',
    async () => {
      const session = await world.start(script(120));
      const [first] = await world.gates(session, 1);
      if (first === undefined) throw new Error('No gate');
      await restart(world);
      await world.decide(session, first, {});
      await world.decide(session, await world.oneGate(session), {});
      await world.holdpoint.result(session);
      await restart(world);
      await oneTrail(facts(), session, []);
    },
    PATIENCE_MS,
  );
});

test(
  'H8: every run of a session that continued as new answers every query, and its worker goes on',
  async () => {
    const world = await openWorld({ policy: deskPolicy({ limits: { historyEventsMax: 50 } }) });
    const session = await world.start({ turns: [{ calls: [deletion('c-1')] }, DONE] });
    await world.oneGate(session);
    await untilNextRun(world.client, session);
    await world.decide(session, await world.oneGate(session), {});
    await world.holdpoint.result(session);
    const names = [...Object.values(QUERIES), '__temporal_workflow_metadata'];
    const runs = await runsOf(world.client, session);
    expect(runs.length).toBeGreaterThan(1);
    for (const { runId } of runs) {
      const run = world.client.workflow.getHandle(session, runId);
      for (const name of names) expect(await run.query(name), name).toBeDefined();
    }
    const next = await world.start({ turns: [DONE] });
    await world.holdpoint.result(next);
    await world.close();
  },
  PATIENCE_MS,
);
