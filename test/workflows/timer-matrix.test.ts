/**
 * A decision against its gate's timer, in every order in which the two can reach a session (H3, H4). The stated rule:
 * a decision that the session sees before it acts on expiry wins, whatever the order of arrival was. So it is decided
 * by the workflow task: in one task the decision comes first, and once a task has expired the gate, it is late.
 *
 * Each case is played with a decision by signal and one by update, on sessions of their own, which a question in a
 * slow tier keeps open.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DecisionAnswer } from '../../client/index.ts';
import type { AuditEvent } from '../../domain/index.ts';
import { type PendingApproval, SIGNALS } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, REVIEWER, type World } from '../support/world.ts';
import type { HistoryEvent } from './session-runs.ts';

const RESPOND_WITHIN_MS = 3_000;
const ROUNDS = 4;
const RACES_A_ROUND = 5;
/** Decisions are sent from well before to well after the moment at which the timer is due. */
const SEND_FROM_MS = -100;
const SEND_STEP_MS = 10;
const DONE = { text: 'All done.' };
/** A question is none of a turn's batch, whose calls share the strictest tier: it keeps a tier of its own. */
const SLOW = { name: 'ask_person', arguments: { question: 'Anything else?' } };

const SHORT_GATE = deskPolicy({
  rules: [{ name: 'slow question', when: { kinds: ['question'] }, tier: 'escalation' }],
  tiers: [
    {
      name: 'async_review',
      route: 'queue',
      reviewers: 'anyone',
      respondWithinMs: 60_000,
      onNoResponse: 'reject',
    },
    {
      name: 'synchronous_gate',
      route: 'reviewer',
      reviewers: 'anyone',
      respondWithinMs: RESPOND_WITHIN_MS,
      onNoResponse: 'reject',
    },
    {
      name: 'escalation',
      route: 'manager',
      reviewers: 'anyone',
      respondWithinMs: 600_000,
      onNoResponse: 'reject',
    },
  ],
});

const DOORS = ['signal', 'update'] as const;
type Door = (typeof DOORS)[number];

/** One session that waits at a gate with a short deadline, and how its decision came and was answered. */
interface Duel {
  readonly door: Door;
  readonly session: string;
  readonly gate: PendingApproval;
  readonly slow: PendingApproval;
  readonly due: number;
  readonly decisionId: string;
}

/** A signal is only taken; an update is answered. */
type Answer = DecisionAnswer | undefined;

async function openDuel(world: World, door: Door): Promise<Duel> {
  const { start, gates } = world;
  const decisionId = randomUUID();
  const calls = [{ name: 'delete_record', arguments: { id: decisionId } }, SLOW];
  const session = await start({ turns: [{ calls }, DONE] });
  const open = await gates(session, 2);
  const gate = open.find(({ actionType }) => actionType === 'delete_record');
  const slow = open.find(({ kind }) => kind === 'question');
  if (gate === undefined || slow === undefined) throw new Error('Both calls have a gate');
  return { door, session, gate, slow, due: Number(gate.respondBy), decisionId };
}

async function openDuels(world: World): Promise<readonly Duel[]> {
  return Promise.all(DOORS.map((door) => openDuel(world, door)));
}

/** Sends the decision. By signal it is with the server then; by update it is on its way. */
async function send({ client, decide }: World, duel: Duel): Promise<() => Promise<Answer>> {
  const { session, gate, decisionId, door } = duel;
  if (door === 'update') {
    const answer = decide(session, gate, { decisionId });
    answer.catch(() => undefined);
    return () => answer;
  }
  const { gateId, runId, payloadDigest } = gate;
  await client.workflow.getHandle(session).signal(SIGNALS.decide, {
    decisionId,
    gateId,
    runId,
    payloadDigest,
    decision: 'approved',
    reviewerId: REVIEWER,
  });
  return async () => undefined;
}

async function sendAll(
  world: World,
  duels: readonly Duel[],
): Promise<readonly (() => Promise<Answer>)[]> {
  return Promise.all(duels.map((duel) => send(world, duel)));
}

async function historyOf({ client }: World, { session }: Duel): Promise<readonly HistoryEvent[]> {
  return (await client.workflow.getHandle(session).fetchHistory()).events ?? [];
}

const isTimerFired = (event: HistoryEvent): boolean => event.timerFiredEventAttributes != null;
const isDecision = (event: HistoryEvent): boolean =>
  event.workflowExecutionSignaledEventAttributes != null ||
  event.workflowExecutionUpdateAcceptedEventAttributes != null;

async function untilTimerFired(world: World, duels: readonly Duel[]): Promise<void> {
  await until('the timers have fired', async () => {
    const histories = await Promise.all(duels.map((duel) => historyOf(world, duel)));
    return histories.every((events) => events.some(isTimerFired));
  });
}

/** The number of the completed workflow task that took this event. What a task brings forth follows it. */
function taskOf(events: readonly HistoryEvent[], holds: (event: HistoryEvent) => boolean): number {
  const at = events.findIndex(holds);
  if (at === -1) throw new Error('There is no such event');
  const before = events
    .slice(0, at)
    .filter((event) => event.workflowTaskCompletedEventAttributes != null).length;
  return events[at]?.workflowExecutionUpdateAcceptedEventAttributes == null ? before + 1 : before;
}

const OUTCOMES = ['approved', 'rejected', 'modified', 'expired', 'withdrawn'];

/** How the short gate ended, by the trail: one way, once. */
function outcomesOf(events: readonly AuditEvent[], { gate }: Duel): readonly string[] {
  const ofGate = events.filter(({ gateId }) => gateId === gate.gateId);
  return ofGate.map(({ eventType }) => eventType).filter((type) => OUTCOMES.includes(type));
}

function refusalsOf(events: readonly AuditEvent[], { gate }: Duel): readonly AuditEvent[] {
  return events.filter((e) => e.eventType === 'decision_refused' && e.gateId === gate.gateId);
}

/** Lets the session end, and returns its trail. */
async function finish(world: World, { session, slow }: Duel): Promise<readonly AuditEvent[]> {
  await world.decide(session, slow, { decision: 'rejected' });
  expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  return world.wholeTrail(session);
}

/** The decision won: one outcome, one effect, a true answer, and no refusal. */
async function expectDecided(world: World, duel: Duel, answer: Answer): Promise<void> {
  const outcome = { status: 'approved', reviewerId: REVIEWER };
  if (duel.door === 'update') expect(answer).toMatchObject({ status: 'decided', outcome });
  const events = await finish(world, duel);
  expect(outcomesOf(events, duel)).toEqual(['approved']);
  expect(refusalsOf(events, duel)).toEqual([]);
  expect(world.desk.executionsOf(duel.session)).toHaveLength(1);
}

/** The timer won: one outcome, no effect, and the decision told so and recorded. */
async function expectExpired(world: World, duel: Duel, answer: Answer): Promise<void> {
  const outcome = { status: 'expired' };
  if (duel.door === 'update')
    expect(answer).toMatchObject({ status: 'refused', code: 'EXPIRED', outcome });
  const events = await finish(world, duel);
  expect(outcomesOf(events, duel)).toEqual(['expired']);
  expect(refusalsOf(events, duel)).toMatchObject([
    { reviewerId: REVIEWER, details: { code: 'EXPIRED', decisionId: duel.decisionId } },
  ]);
  expect(world.desk.executionsOf(duel.session)).toEqual([]);
}

async function eachDuel(
  duels: readonly Duel[],
  answers: readonly (() => Promise<Answer>)[],
  check: (duel: Duel, answer: Answer) => Promise<void>,
): Promise<void> {
  for (const [index, duel] of duels.entries()) await check(duel, await answers[index]?.());
}

modes(
  'a decision against the timer of its gate',
  (world) => {
    describe('with a worker', () => {
      test('H4: before the deadline it decides, and the timer fires without effect', async () => {
        const duels = await openDuels(world());
        const answers = await sendAll(world(), duels);
        await untilTimerFired(world(), duels);
        await eachDuel(duels, answers, async (duel, answer) => {
          const events = await historyOf(world(), duel);
          expect(events.findIndex(isDecision)).toBeLessThan(events.findIndex(isTimerFired));
          await expectDecided(world(), duel, answer);
        });
      });

      test('H3, H4: after the session acted on the deadline it is late, and is told so', async () => {
        const duels = await openDuels(world());
        await untilEnded(world(), duels);
        const answers = await sendAll(world(), duels);
        await eachDuel(duels, answers, (duel, answer) => expectExpired(world(), duel, answer));
      });
    });

    describe('without a worker', () => {
      test('H4: before the deadline, and a worker is back in time: it decides', async () => {
        const { stopWorker, startWorker } = world();
        const duels = await openDuels(world());
        await stopWorker();
        const answers = await sendAll(world(), duels);
        await startWorker();
        await eachDuel(duels, answers, (duel, answer) => expectDecided(world(), duel, answer));
      });

      test('H4: before the deadline, and a worker is back after it: both in one task, it decides', async () => {
        const { stopWorker, startWorker } = world();
        const duels = await openDuels(world());
        await stopWorker();
        const answers = await sendAll(world(), duels);
        await untilTimerFired(world(), duels);
        await startWorker();
        await eachDuel(duels, answers, (duel, answer) => expectDecidedInOneTask(duel, answer));
      });

      test('H4: after the deadline: both in one task, the timer first, and it decides all the same', async () => {
        const { stopWorker, startWorker } = world();
        const duels = await openDuels(world());
        await stopWorker();
        await untilTimerFired(world(), duels);
        const answers = await sendAll(world(), duels);
        await startWorker();
        await eachDuel(duels, answers, (duel, answer) => expectDecidedInOneTask(duel, answer));
      });

      test('H3, H4: after the session acted on the deadline it is late, and is told so', async () => {
        const { stopWorker, startWorker } = world();
        const duels = await openDuels(world());
        await untilEnded(world(), duels);
        await stopWorker();
        const answers = await sendAll(world(), duels);
        await startWorker();
        await eachDuel(duels, answers, (duel, answer) => expectExpired(world(), duel, answer));
      });

      test('H4: a yes by signal, a no by update and the timer in one task: one of the two decides, the other is told', async () => {
        const { stopWorker, startWorker, decide, desk } = world();
        const duel = await openDuel(world(), 'signal');
        await stopWorker();
        const no = decide(duel.session, duel.gate, { decision: 'rejected' });
        await send(world(), duel);
        await untilTimerFired(world(), [duel]);
        await startWorker();
        const reply = await no;
        const events = await finish(world(), duel);
        const [outcome, ...more] = outcomesOf(events, duel);
        expect(more).toEqual([]);
        expect(refusalsOf(events, duel)).toMatchObject([{ details: { code: 'ALREADY_DECIDED' } }]);
        expect(reply).toMatchObject(
          outcome === 'approved'
            ? { status: 'refused', code: 'ALREADY_DECIDED', outcome: { status: 'approved' } }
            : { status: 'decided', outcome: { status: 'rejected' } },
        );
        expect(desk.executionsOf(duel.session)).toHaveLength(outcome === 'approved' ? 1 : 0);
      });
    });

    test(`H1, H3, H4: in each of ${ROUNDS * RACES_A_ROUND} races with the timer there is one outcome, an effect only of a yes, and a true answer`, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const opening = Array.from({ length: RACES_A_ROUND }, (_, index) => index);
        const races = await Promise.all(
          opening.map(async (index) => {
            const duel = await openDuel(world(), DOORS[index % DOORS.length] ?? 'signal');
            const number = index * ROUNDS + round;
            return { duel, sendAt: duel.due + SEND_FROM_MS + number * SEND_STEP_MS };
          }),
        );
        const raced = await Promise.all(
          races.map(async ({ duel, sendAt }) => {
            await until('the timer is about due', () => Date.now() >= sendAt);
            return { duel, answer: await (await send(world(), duel))() };
          }),
        );
        await untilEnded(
          world(),
          races.map(({ duel }) => duel),
        );
        for (const { duel, answer } of raced) {
          const [outcome] = outcomesOf(await world().trail(duel.session), duel);
          if (outcome === 'approved') await expectDecided(world(), duel, answer);
          else await expectExpired(world(), duel, answer);
        }
      }
    });

    async function expectDecidedInOneTask(duel: Duel, answer: Answer): Promise<void> {
      await expectDecided(world(), duel, answer);
      const events = await historyOf(world(), duel);
      expect(taskOf(events, isTimerFired)).toBe(taskOf(events, isDecision));
    }
  },
  { policy: SHORT_GATE },
);

async function untilEnded({ trail }: World, duels: readonly Duel[]): Promise<void> {
  await until('the gates have ended', async () => {
    const trails = await Promise.all(duels.map(({ session }) => trail(session)));
    return duels.every((duel, index) => outcomesOf(trails[index] ?? [], duel).length > 0);
  });
}
