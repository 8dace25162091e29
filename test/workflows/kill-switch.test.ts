/**
 * The kill switch meets sessions in every moment of an action (H7): at its gate, scheduled, reserved, at work; and says
 * of each session what has come of it. No gateway runs here, or anywhere in these tests.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sendKill } from '../../client/kill-orders.ts';
import type { KilledSession, KillScope } from '../../client/index.ts';
import type { AuditEvent } from '../../domain/index.ts';
import { until } from '../support/until.ts';
import { AGENT, modes, type World } from '../support/world.ts';
import { createHand } from './held-evidence.ts';

const OLGA = { operatorId: 'olga', reason: 'it deletes too much' };
const DONE = { text: 'All done.' };
const WITHIN = { withinMs: 20_000 };
const deletion = (id: string = randomUUID()) => ({ name: 'delete_record', arguments: { id } });
const refund = { name: 'refund', arguments: { order: 'o-1', amount: 10 } };

/** The flag alone: no session is told anything. */
async function flag(
  { client, taskQueue }: World,
  verb: 'kill' | 'lift',
  scope: KillScope = { agentId: AGENT },
): Promise<void> {
  const sending = { orderId: randomUUID(), taskQueue, ...WITHIN };
  const answer = await sendKill(client, { verb, ...scope, ...OLGA }, sending);
  expect(answer).toMatchObject({ status: 'stored', order: { verb, ...scope, ...OLGA } });
}

/** Kills the agent, and lifts it at the end: the tests of a world share its switch. */
async function whileKilled(world: World, work: () => Promise<void>): Promise<void> {
  await flag(world, 'kill');
  try {
    await work();
  } finally {
    await flag(world, 'lift');
  }
}

async function cancelled({ holdpoint }: World, session: string): Promise<void> {
  await expect(holdpoint.result(session)).rejects.toMatchObject({
    cause: { type: 'AgentCancelled', details: [OLGA] },
  });
}

function typesOf(events: readonly AuditEvent[]): readonly string[] {
  return events.map(({ eventType }) => eventType);
}

const NOT_EXECUTED = { eventType: 'not_executed', details: { code: 'KILLED' } };

modes('an action of a killed agent', (world) => {
  test('H7: that a person approves is not executed, with the code, and the agent is told', async () => {
    const { start, oneGate, decide, holdpoint, desk, wholeTrail } = world();
    const session = await start({ turns: [{ calls: [deletion()] }, DONE] });
    const gate = await oneGate(session);
    await whileKilled(world(), async () => {
      expect(await decide(session, gate, {})).toMatchObject({ status: 'decided' });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    });
    expect(desk.executionsOf(session)).toEqual([]);
    const events = await wholeTrail(session);
    expect(typesOf(events)).toEqual([
      'started',
      'gate_presented',
      'approved',
      'not_executed',
      'auto_proceeded',
      'ended',
    ]);
    expect(events[3]).toMatchObject({ ...NOT_EXECUTED, actionType: 'delete_record' });
  });

  test('H7: of a new session does not start, and nobody is asked about it; a read runs', async () => {
    const { start, holdpoint, desk, wholeTrail } = world();
    await whileKilled(world(), async () => {
      const search = { name: 'search', arguments: { query: 'c-1' } };
      const session = await start({ turns: [{ calls: [refund] }, { calls: [search] }, DONE] });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session).map(({ tool }) => tool)).toEqual(['search']);
      const events = await wholeTrail(session);
      expect(typesOf(events)).not.toContain('gate_presented');
      expect(events.find(({ eventType }) => eventType === 'not_executed')).toMatchObject({
        ...NOT_EXECUTED,
        actionType: 'refund',
      });
    });
  });

  test('H7: of another agent runs', async () => {
    const { holdpoint, desk, taskQueue, client } = world();
    await whileKilled(world(), async () => {
      const goal = `another agent's ${randomUUID()}`;
      desk.play(goal, { turns: [{ calls: [refund] }, DONE] });
      const session = await holdpoint.start({ goal, agentId: 'another' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      await flag({ client, taskQueue } as World, 'kill', { all: true });
      const later = await holdpoint.start({ goal, agentId: 'another' });
      await holdpoint.result(later);
      expect(desk.executionsOf(later)).toEqual([]);
      await flag({ client, taskQueue } as World, 'lift', { all: true });
    });
  });

  test('H7: runs again after the lift, in a session that is asked again', async () => {
    const { start, holdpoint, desk } = world();
    await whileKilled(world(), async () => undefined);
    const session = await start({ turns: [{ calls: [refund] }, DONE] });
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toHaveLength(1);
  });

  test('an external gate of it is refused, and one of another agent is not', async () => {
    const { holdpoint, oneGate } = world();
    await whileKilled(world(), async () => {
      const ask = async (agentId: string): Promise<string> => {
        const input = { agentId, requesterId: 'ci', actionType: 'drop_table', arguments: {} };
        return (await holdpoint.requestGate(input, { key: randomUUID() })).id;
      };
      const id = await ask(AGENT);
      expect(await holdpoint.externalGate(id, { waitMs: 20_000 })).toMatchObject({
        status: 'refused',
        proceed: false,
        message: expect.stringMatching(/kill of this agent/),
      });
      expect(await holdpoint.auditTrail(id)).toMatchObject([
        { event: { eventType: 'started' } },
        { event: NOT_EXECUTED },
        { event: { eventType: 'ended' } },
      ]);
      const other = await ask('another');
      await oneGate(other);
      await holdpoint.cancel(other, OLGA);
    });
  });
});

const hand = createHand();

modes(
  'a kill',
  (world) => {
    const kill = async (): Promise<readonly KilledSession[]> => {
      const report = await world().holdpoint.kill({ agentId: AGENT }, OLGA, WITHIN);
      expect(report).toMatchObject({ isQuiet: true, answers: [{ status: 'stored' }] });
      await flag(world(), 'lift');
      return report.sessions;
    };

    test('H7: withdraws what waits at a gate, ends the session, and who decides then is told', async () => {
      const { start, oneGate, decide, desk, trail } = world();
      const session = await start({ turns: [{ calls: [deletion()] }, DONE] });
      const gate = await oneGate(session);
      expect(await kill()).toEqual([
        {
          sessionId: session,
          workflowType: 'agentSession',
          agentId: AGENT,
          state: 'quiet',
          cancel: 'taken',
          inFlight: [],
        },
      ]);
      await cancelled(world(), session);
      expect(await decide(session, gate, {})).toMatchObject({ code: 'WITHDRAWN' });
      expect(desk.executionsOf(session)).toEqual([]);
      const events = await trail(session);
      expect(typesOf(events)).toEqual([
        'started',
        'gate_presented',
        'cancelled',
        'withdrawn',
        'ended',
      ]);
      expect(events[2]).toMatchObject({ reviewerId: 'olga', rationale: OLGA.reason });
    });

    test('H7: meets what is reserved and not started: it does not start', async () => {
      const { start, oneGate, decide, desk, trail, evidence } = world();
      const session = await start({ turns: [{ calls: [deletion()] }, DONE] });
      const gate = await oneGate(session);
      const held = hand.hold('move');
      await decide(session, gate, {});
      await held.reached;
      const [stored] = await evidence.sessions(session);
      if (stored === undefined) throw new Error('The reservation stored its evidence');
      expect(await evidence.entriesOf(stored)).toMatchObject([{ state: 'reserved' }]);
      const seen: KilledSession[] = [];
      const killed = world().holdpoint.kill({ agentId: AGENT }, OLGA, {
        ...WITHIN,
        onAnswer: () => held.release(),
        onSession: (one) => void seen.push(one),
      });
      expect(await killed).toMatchObject({ isQuiet: true });
      await flag(world(), 'lift');
      // The cancel, or the agent's last word, ends it: whichever comes first.
      await world()
        .holdpoint.result(session)
        .catch(() => undefined);
      expect(desk.executionsOf(session)).toEqual([]);
      expect(await evidence.entriesOf(stored)).toMatchObject([{ state: 'reserved' }]);
      expect((await trail(session)).find((one) => one.eventType === 'not_executed')).toMatchObject(
        NOT_EXECUTED,
      );
    });

    test('H7, H11: says what is at work until it has come home, and its outcome is known', async () => {
      const { start, oneGate, decide, desk, trail } = world();
      const id = randomUUID();
      const release = desk.holdBack(id);
      const session = await start({ turns: [{ calls: [deletion(id)] }, DONE] });
      await decide(session, await oneGate(session), {});
      await until('the deletion is at work', () => desk.executionsOf(session).length === 1);
      const early = await world().holdpoint.kill({ agentId: AGENT }, OLGA, { withinMs: 2_500 });
      expect(early).toMatchObject({
        isQuiet: false,
        answers: [{ status: 'stored' }],
        sessions: [
          {
            sessionId: session,
            state: 'not_quiet',
            cancel: 'taken',
            inFlight: [{ actionType: 'delete_record', workId: '1/1' }],
          },
        ],
      });
      release();
      const [later] = await kill();
      if (later !== undefined) expect(later).toMatchObject({ sessionId: session, state: 'quiet' });
      await cancelled(world(), session);
      expect(typesOf(await trail(session))).toContain('executed');
    });

    test('H7: ends a session at its model turn, an external gate, and no session of another agent', async () => {
      const { start, desk, holdpoint } = world();
      const goal = `held back ${randomUUID()}`;
      const release = desk.holdBack(goal);
      const turning = await start({ turns: [DONE] }, { goal });
      const input = {
        agentId: AGENT,
        requesterId: 'ci',
        actionType: 'drop_table',
        arguments: { table: 'orders' },
      };
      const { id } = await holdpoint.requestGate(input, { key: randomUUID() });
      const other = await holdpoint.requestGate(
        { ...input, agentId: 'another' },
        { key: randomUUID() },
      );
      await world().oneGate(id);
      await world().oneGate(other.id);
      await until('the model turn runs', async () => {
        return (await holdpoint.status(turning)).inFlight.length === 1;
      });
      const sessions = await kill();
      expect(sessions.map(({ sessionId }) => sessionId).toSorted()).toEqual(
        [turning, id].toSorted(),
      );
      await cancelled(world(), turning);
      release();
      expect(await holdpoint.externalGate(id, { waitMs: 10_000 })).toMatchObject({
        status: 'withdrawn',
        proceed: false,
      });
      expect(await holdpoint.externalGate(other.id)).toMatchObject({ status: 'pending' });
      expect(await holdpoint.kills()).toEqual({ kills: [], count: 0 });
      await holdpoint.cancel(other.id, OLGA);
    });

    test('H7: of all ends all, twice if need be, and stands once', async () => {
      const { start, oneGate, holdpoint } = world();
      const session = await start({ turns: [{ calls: [deletion()] }, DONE] });
      await oneGate(session);
      const orderId = randomUUID();
      const first = await holdpoint.kill({ all: true }, OLGA, { ...WITHIN, orderId });
      expect(first).toMatchObject({ orderId, isQuiet: true, answers: [{ status: 'stored' }] });
      expect(first.sessions.map(({ sessionId }) => sessionId)).toContain(session);
      await cancelled(world(), session);
      // The same order again is the same; another one is another, and one of them stands.
      const resent = await holdpoint.kill({ all: true }, OLGA, { ...WITHIN, orderId });
      expect(resent.answers).toEqual(first.answers);
      const again = await holdpoint.kill({ all: true }, { ...OLGA, reason: 'once more' }, WITHIN);
      expect(again).toMatchObject({ isQuiet: true, sessions: [] });
      expect(await holdpoint.kills()).toMatchObject({
        count: 1,
        kills: [{ all: true, reason: 'once more' }],
      });
      const lifted = await holdpoint.liftKill({ all: true }, OLGA);
      expect(lifted).toMatchObject([{ status: 'stored', inForce: 0 }]);
    });

    test('that names no agent is no order', async () => {
      const { holdpoint } = world();
      const report = await holdpoint.kill({ agentId: '' }, OLGA, WITHIN);
      expect(report).toMatchObject({
        isQuiet: false,
        sessions: [],
        answers: [{ status: 'refused', code: 'MALFORMED' }],
      });
      expect(await holdpoint.liftKill({ agentId: 'a' }, { ...OLGA, reason: '' })).toMatchObject([
        { status: 'refused', code: 'MALFORMED' },
      ]);
    });

    describe('while no worker runs', () => {
      test('H7: is not acknowledged and says so; it counts when a worker comes back', async () => {
        const { start, oneGate, holdpoint, desk, stopWorker, startWorker, evidence } = world();
        const session = await start({ turns: [{ calls: [deletion()] }, DONE] });
        await oneGate(session);
        await stopWorker();
        const other = await holdpoint.kill({ agentId: 'another' }, OLGA, { withinMs: 1_000 });
        expect(other).toMatchObject({ isQuiet: false, sessions: [] });
        const report = await holdpoint.kill({ all: true }, OLGA, { withinMs: 4_000 });
        expect(report).toMatchObject({
          isQuiet: false,
          answers: [
            {
              status: 'unacknowledged',
              message: expect.stringMatching(/^No worker of the task queue .* left with Temporal/),
            },
          ],
          sessions: [{ sessionId: session, state: 'unknown', cancel: 'sent' }],
        });
        expect(await evidence.kills()).toEqual([]);
        expect(await holdpoint.kills({ withinMs: 1_000 })).toBeUndefined();
        const old = holdpoint.liftKill({ all: true }, OLGA, { withinMs: 500 });
        expect(await old).toMatchObject([{ status: 'unacknowledged' }]);
        await startWorker();
        await cancelled(world(), session);
        expect(desk.executionsOf(session)).toEqual([]);
        // Both orders were left with Temporal: whichever came first to the worker, the later lift counts or is refused.
        await until('the kill is stored', async () => {
          const resent = await holdpoint.kill({ all: true }, OLGA, {
            withinMs: 5_000,
            orderId: report.orderId,
          });
          return resent.answers[0]?.status === 'stored';
        });
        for (const scope of [{ all: true }, { agentId: 'another' }] as const) {
          await holdpoint.liftKill(scope, OLGA);
        }
        await until('nothing stands', async () => (await evidence.kills()).length === 0);
      });
    });
  },
  { evidence: hand.on },
);
