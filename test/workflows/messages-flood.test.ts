/**
 * Many messages: refusals beyond their budget, decisions all at once, words as long as they may be, with a worker and
 * without one. One effect, true answers, and a session that lives (H2, H4).
 */
import { expect, test } from 'vitest';
import { type AuditEvent, verifyChain } from '../../domain/index.ts';
import {
  type HoldpointMemo,
  MEMO_KEY,
  type PendingApproval,
  SIGNALS,
} from '../../domain/messages.ts';
import type { DecisionAnswer } from '../../client/index.ts';
import { until } from '../support/until.ts';
import { modes, REVIEWER, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'enough' };
/** started, gate_presented */
const BEFORE_FLOOD = 2;
/** The budget, and the event that says that it is spent. */
const REFUSED = 257;
const PATIENCE_MS = 300_000;
const LONGEST = '漢'.repeat(8_000);

async function gated({
  start,
  oneGate,
}: World): Promise<{ session: string; gate: PendingApproval }> {
  const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
  return { session, gate: await oneGate(session) };
}

function refusedIn(events: readonly AuditEvent[]): readonly AuditEvent[] {
  return events.filter(({ eventType }) => eventType === 'decision_refused');
}

/** Decisions over other bytes than those that wait, sent as signals, `size` at a time. */
async function flood(
  { client }: World,
  session: string,
  gate: PendingApproval,
  options: { readonly count: number; readonly rationale?: string },
): Promise<void> {
  const handle = client.workflow.getHandle(session);
  const { gateId, runId } = gate;
  const { count, rationale = 'no' } = options;
  for (let sent = 0; sent < count; sent += 1) {
    await handle.signal(SIGNALS.decide, {
      decisionId: `flood-${sent}`,
      gateId,
      runId,
      payloadDigest: 'b'.repeat(64),
      decision: 'approved',
      reviewerId: REVIEWER,
      rationale,
    });
  }
}

/**
 * As many refusals as are recorded are in the trail. Seen in the memo, since a look at the trail reads megabytes; what was
 * ignored afterwards leaves a memo without events.
 */
async function untilSpent({ client, trail }: World, session: string): Promise<void> {
  await until(
    'the budget is spent',
    async () => {
      const { memo } = await client.workflow.getHandle(session).describe();
      const written = (memo?.[MEMO_KEY] as HoldpointMemo | undefined)?.audit ?? [];
      const last = written.at(-1) ?? (await trail(session)).at(-1);
      return last !== undefined && last.seq >= BEFORE_FLOOD + REFUSED;
    },
    PATIENCE_MS,
  );
}

/** What was answered, in the order of the calls, when all are sent at once. */
async function allAtOnce<T>(
  count: number,
  send: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: count }, (_none, index) => send(index)));
}

modes('a flood', (world) => {
  test(
    'H4: of refused decisions: 256 are recorded, then one event says so, and a valid one still decides',
    async () => {
      const { decide, holdpoint, desk, wholeTrail } = world();
      const { session, gate } = await gated(world());
      await flood(world(), session, gate, { count: 300 });
      await untilSpent(world(), session);
      const beyond = { status: 'refused', code: 'LIMIT_REACHED' };
      expect(await decide(session, { ...gate, payloadDigest: 'c'.repeat(64) }, {})).toMatchObject(
        beyond,
      );
      expect(await decide(session, gate, { decisionId: 'valid' })).toMatchObject({
        status: 'decided',
      });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const codes = refusedIn(await wholeTrail(session)).map(({ details }) => details?.['code']);
      expect(codes).toEqual([
        ...Array.from({ length: 256 }, () => 'DIGEST_MISMATCH'),
        'LIMIT_REACHED',
      ]);
    },
    PATIENCE_MS,
  );

  test(
    'H8: of the longest words: the trail stays readable, and the evidence store gets it all',
    async () => {
      const { holdpoint, evidence, trail } = world();
      const { session, gate } = await gated(world());
      await flood(world(), session, gate, { count: 260, rationale: LONGEST });
      await untilSpent(world(), session);
      await holdpoint.status(session);
      await holdpoint.cancel(session, OPERATOR);
      await expect(holdpoint.result(session)).rejects.toMatchObject({
        cause: { type: 'AgentCancelled' },
      });
      const events = await trail(session);
      expect(verifyChain(events)).toBeUndefined();
      const [stored] = await evidence.sessions(session);
      if (stored === undefined) throw new Error('The evidence store knows nothing of the session');
      expect((await evidence.events(stored)).map(({ event }) => event)).toEqual(events);
    },
    PATIENCE_MS,
  );

  test(
    'H8: of the longest words while no worker runs: the session lives when one comes back',
    async () => {
      const { holdpoint, stopWorker, startWorker, trail, decide, desk } = world();
      const { session, gate } = await gated(world());
      await stopWorker();
      await flood(world(), session, gate, { count: 260, rationale: LONGEST });
      await startWorker();
      await untilSpent(world(), session);
      expect(await decide(session, gate, {})).toMatchObject({ status: 'decided' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      expect(verifyChain(await trail(session))).toBeUndefined();
    },
    PATIENCE_MS,
  );

  test(
    'H7: of instructions as long as they may be: those beyond the limit are refused',
    async () => {
      const { client, holdpoint, stopWorker, startWorker, trail, decide } = world();
      const { session, gate } = await gated(world());
      await stopWorker();
      const handle = client.workflow.getHandle(session);
      const told = { operatorId: 'oscar', reason: LONGEST, message: LONGEST };
      for (let sent = 0; sent < 80; sent += 1) await handle.signal(SIGNALS.instruct, told);
      await startWorker();
      await until(
        'all are in the trail',
        async () =>
          (await trail(session)).filter(
            ({ eventType }) => eventType === 'instructed' || eventType === 'message_refused',
          ).length === 80,
        PATIENCE_MS,
      );
      expect(await decide(session, gate, { decision: 'rejected' })).toMatchObject({
        status: 'decided',
      });
      await holdpoint.result(session);
      expect(verifyChain(await trail(session))).toBeUndefined();
    },
    PATIENCE_MS,
  );
});

/** An answer is true when it says what the trail says of the gate. */
function expectTruth(replies: readonly DecisionAnswer[], events: readonly AuditEvent[]): void {
  const [ended, ...more] = events.filter(({ eventType }) =>
    ['approved', 'rejected'].includes(eventType),
  );
  expect(more).toEqual([]);
  const { eventType: status, reviewerId } = ended ?? {};
  for (const reply of replies) {
    expect(reply).toMatchObject({ outcome: { status, reviewerId } });
  }
}

modes('decisions all at once', (world) => {
  test('H2, H4: ten by ten people: one decides, nine are told who did', async () => {
    const { decide, holdpoint, desk, wholeTrail } = world();
    const { session, gate } = await gated(world());
    await holdpoint.pause(session, OPERATOR);
    const replies = await allAtOnce(10, async (index) =>
      decide(session, gate, { reviewerId: `reviewer-${index}` }),
    );
    await holdpoint.resume(session, OPERATOR);
    await holdpoint.result(session);
    const events = await wholeTrail(session);
    expectTruth(replies, events);
    expect(replies.filter(({ status }) => status === 'decided')).toHaveLength(1);
    expect(refusedIn(events)).toHaveLength(9);
    expect(desk.executionsOf(session)).toHaveLength(1);
  });

  test(
    'H2, H4: a hundred times the same: one effect, one answer for all',
    async () => {
      const { decide, holdpoint, desk, wholeTrail } = world();
      const { session, gate } = await gated(world());
      await holdpoint.pause(session, OPERATOR);
      const replies = await allAtOnce(100, async () =>
        decide(session, gate, { decisionId: 'once' }),
      );
      await holdpoint.resume(session, OPERATOR);
      await holdpoint.result(session);
      const events = await wholeTrail(session);
      expectTruth(replies, events);
      expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
      expect(refusedIn(events)).toEqual([]);
      expect(desk.executionsOf(session)).toHaveLength(1);
    },
    PATIENCE_MS,
  );

  test(
    'H2, H4: a hundred that contradict each other, while the session goes on and ends: one effect, a hundred true answers',
    async () => {
      const { decide, holdpoint, desk, wholeTrail, evidence } = world();
      const { session, gate } = await gated(world());
      const replies = await allAtOnce(100, async (index) =>
        decide(session, gate, {
          decisionId: `storm-${index}`,
          decision: index % 2 === 0 ? 'approved' : 'rejected',
          reviewerId: `reviewer-${index}`,
        }),
      );
      await holdpoint.result(session);
      const events = await wholeTrail(session);
      expectTruth(replies, events);
      expect(replies.filter(({ status }) => status === 'decided')).toHaveLength(1);
      const isApproved = events.some(({ eventType }) => eventType === 'approved');
      expect(desk.executionsOf(session)).toHaveLength(isApproved ? 1 : 0);
      // In the session, or after it had ended. Whoever was not answered by it in time is found in both.
      const late = await evidence.lateDecisions(session);
      const refused = refusedIn(events).map(({ details }) => details?.['decisionId']);
      expect(new Set(refused).size).toBe(refused.length);
      const recorded = new Set([...refused, ...late.map(({ decision }) => decision.decisionId)]);
      expect(recorded.size).toBe(99);
    },
    PATIENCE_MS,
  );

  test('P15: ten updates that wait for the worker hold up no signal', async () => {
    const { client, decide, holdpoint, stopWorker, startWorker, desk } = world();
    const { session, gate } = await gated(world());
    await stopWorker();
    const waiting = allAtOnce(10, async (index) =>
      decide(session, { ...gate, payloadDigest: 'd'.repeat(64) }, { decisionId: `wrong-${index}` }),
    );
    const { gateId, runId, payloadDigest } = gate;
    const approval = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: REVIEWER };
    await client.workflow.getHandle(session).signal(SIGNALS.decide, approval);
    await startWorker();
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toHaveLength(1);
    const codes = (await waiting).map((reply) =>
      reply.status === 'refused' ? reply.code : reply.status,
    );
    expect(codes.every((code) => code === 'ALREADY_DECIDED' || code === 'DIGEST_MISMATCH')).toBe(
      true,
    );
  });
});
