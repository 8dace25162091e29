/**
 * The moment in which a run leaves for the next one: it stores its evidence, nothing starts any more, and messages
 * still arrive. What they say is never lost, and what they allow happens once, in the next run.
 */
import { expect, test } from 'vitest';
import { DEFAULT_TIERS, SECOND_MS, verifyChain } from '../../domain/index.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { createHand } from './held-evidence.ts';
import { currentRun, fillHistory, runsOf } from './session-runs.ts';

const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });
const TWO = { turns: [{ calls: [deletion('a'), deletion('b')] }, DONE] } as const;

const policy = deskPolicy({
  limits: { historyEventsMax: 50 },
  tiers: [
    ...DEFAULT_TIERS,
    {
      name: 'hasty',
      route: 'reviewer',
      reviewers: 'anyone',
      respondWithinMs: 6 * SECOND_MS,
      onNoResponse: 'reject',
    },
  ],
  rules: [{ name: 'draft', when: { tools: ['create_draft'] }, tier: 'hasty' }],
});

const hand = createHand();

/** Holds a session in the middle of leaving. `arrive` lets it go and waits for its next run. */
async function whileLeaving(
  { client }: World,
  sessionId: string,
): Promise<{ readonly letGo: () => void; readonly arrive: () => Promise<void> }> {
  const before = await currentRun(client, sessionId);
  const append = hand.hold('append');
  await fillHistory(client, sessionId);
  await append.reached;
  const arrive = async (): Promise<void> => {
    append.release();
    await until(`the next run of ${sessionId}`, async () => {
      return (await currentRun(client, sessionId)) !== before;
    });
  };
  return { letGo: append.release, arrive };
}

async function scheduledIn({ client }: World, sessionId: string): Promise<readonly number[]> {
  const runs = await runsOf(client, sessionId);
  const isDeletion = (type: string | null | undefined): boolean => type === 'delete_record';
  return runs.map(
    ({ events }) =>
      events.filter(({ activityTaskScheduledEventAttributes: scheduled }) =>
        isDeletion(scheduled?.activityType?.name),
      ).length,
  );
}

modes(
  'a run that leaves',
  (world) => {
    test('H7: takes decisions and answers them at once; the next run executes them, once', async () => {
      const { client, start, gates, decide, holdpoint, desk, trail } = world();
      const session = await start(TWO);
      const [a, b] = await gates(session, 2);
      if (a === undefined || b === undefined) throw new Error('A gate is missing');
      const { arrive } = await whileLeaving(world(), session);
      expect(await decide(session, a, {})).toMatchObject({ status: 'decided', gateId: a.gateId });
      const { gateId, runId, payloadDigest } = b;
      await client.workflow.getHandle(session).signal(SIGNALS.decide, {
        gateId,
        runId,
        payloadDigest,
        decision: 'approved',
        reviewerId: 'rob',
      });
      expect(desk.executionsOf(session)).toEqual([]);
      await arrive();
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(2);
      expect(await scheduledIn(world(), session)).toEqual([0, 2]);
      expect(verifyChain(await trail(session))).toBeUndefined();
    });

    test('H7: takes a pause along, and starts nothing of what was approved', async () => {
      const { start, gates, decide, holdpoint, desk } = world();
      const session = await start(TWO);
      const [a, b] = await gates(session, 2);
      if (a === undefined || b === undefined) throw new Error('A gate is missing');
      const { arrive } = await whileLeaving(world(), session);
      await decide(session, a, {});
      await holdpoint.pause(session, OPERATOR);
      await arrive();
      expect(await holdpoint.status(session)).toMatchObject({ phase: 'paused', openGates: 1 });
      expect(desk.executionsOf(session)).toEqual([]);
      await holdpoint.resume(session, OPERATOR);
      await decide(session, b, { decision: 'rejected' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toMatchObject([{ args: { id: 'a' } }]);
    });

    test('H7: is ended by a cancel: what was approved meanwhile does not run, and says so', async () => {
      const { start, gates, decide, holdpoint, desk, trail } = world();
      const session = await start(TWO);
      const [a] = await gates(session, 2);
      if (a === undefined) throw new Error('A gate is missing');
      const { letGo } = await whileLeaving(world(), session);
      await decide(session, a, {});
      await holdpoint.cancel(session, OPERATOR);
      letGo();
      await expect(holdpoint.result(session)).rejects.toMatchObject({
        cause: { type: 'AgentCancelled' },
      });
      expect(desk.executionsOf(session)).toEqual([]);
      const events = await trail(session);
      expect(verifyChain(events)).toBeUndefined();
      expect(events.slice(-5).map(({ eventType, actionId }) => [eventType, actionId])).toEqual([
        ['cancelled', undefined],
        ['withdrawn', '1/2'],
        ['not_executed', '1/1'],
        // The early decision that filled the history.
        ['decision_refused', undefined],
        ['ended', undefined],
      ]);
    });

    test("H7: is ended by Temporal's own cancellation, as Canceled", async () => {
      const { client, start, gates, desk, trail } = world();
      const session = await start(TWO);
      await gates(session, 2);
      const { letGo } = await whileLeaving(world(), session);
      const handle = client.workflow.getHandle(session);
      await handle.cancel();
      await until('the cancellation in the history', async () => {
        const { events } = await handle.fetchHistory();
        return events?.some((event) => event.workflowExecutionCancelRequestedEventAttributes);
      });
      letGo();
      await until('the end', async () => (await handle.describe()).status.name === 'CANCELLED');
      expect(desk.executionsOf(session)).toEqual([]);
      const events = await trail(session);
      expect(events.filter((event) => event.eventType === 'withdrawn')).toHaveLength(2);
      expect(verifyChain(events)).toBeUndefined();
    });

    test('H3: a deadline that passes meanwhile is an expiry, in the next run too', async () => {
      const { start, gates, holdpoint, desk, trail } = world();
      const draft = { name: 'create_draft', arguments: { text: 'hasty' } };
      const session = await start({ turns: [{ calls: [draft] }, DONE] });
      const [gate] = await gates(session);
      const { arrive } = await whileLeaving(world(), session);
      await until('the deadline', () => Date.now() > (gate?.respondBy ?? 0) + SECOND_MS);
      await arrive();
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(session)).toEqual([]);
      const events = await trail(session);
      expect(events.filter((event) => event.eventType === 'expired')).toHaveLength(1);
      expect(verifyChain(events)).toBeUndefined();
    });

    test.each([1, 2, 3])(
      'H4: a storm of decisions by update and signal while it leaves: each counts, none twice (round %i)',
      async (round) => {
        const { client, start, gates, decide, holdpoint, desk, trail } = world();
        const ids = Array.from({ length: 8 }, (_id, index) => `c-${index}`);
        const session = await start({ turns: [{ calls: ids.map(deletion) }, DONE] });
        const open = await gates(session, ids.length);
        const handle = client.workflow.getHandle(session);
        const { letGo } = await whileLeaving(world(), session);
        const begun = Date.now();
        const turn = async (index: number): Promise<number> =>
          until('its turn', () => Date.now() >= begun + index * round * 15 && index + 1);
        const replies = open.map(async (gate, index) => {
          const { gateId, runId, payloadDigest } = gate;
          const decisionId = `storm-${gateId}`;
          // Spread over the time in which it leaves, at another pace each round.
          await turn(index);
          const decision = { decisionId, gateId, runId, payloadDigest, reviewerId: 'rita' };
          if (index % 2 === 1) {
            await handle.signal(SIGNALS.decide, { ...decision, decision: 'approved' });
          }
          return decide(session, gate, { decisionId });
        });
        await turn(open.length / 2);
        letGo();
        for (const reply of await Promise.all(replies)) {
          expect(reply).toMatchObject({ status: 'decided', outcome: { status: 'approved' } });
        }
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
        expect(desk.executionsOf(session).map(({ args }) => args)).toEqual(
          expect.arrayContaining(ids.map((id) => ({ id }))),
        );
        expect(desk.executionsOf(session)).toHaveLength(ids.length);
        const events = await trail(session);
        expect(events.filter((event) => event.eventType === 'approved')).toHaveLength(ids.length);
        expect(events.filter((event) => event.eventType === 'executed')).toHaveLength(ids.length);
        expect(verifyChain(events)).toBeUndefined();
        expect((await runsOf(client, session)).length).toBeGreaterThanOrEqual(2);
      },
    );
  },
  { policy, evidence: hand.on },
);
