/**
 * The ladder at its real length, on the server that skips time: the next tier asked at half of the response target, the
 * deadline kept, what a pause does to it, reminders that end, and the alarm where nobody could decide (H3, H7).
 */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEvent } from '../../domain/index.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/limits.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { describeWith } from '../support/skip.ts';
import { startTimeSkipping, timeSkippingServer } from '../support/time-skipping.ts';
import { until } from '../support/until.ts';
import { modes, type Server } from '../support/world.ts';

const REFUND = { name: 'refund', arguments: { order: 'o-1', amount: 300 } };
const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'looks odd' };

const POLICY = deskPolicy({
  tiers: [
    {
      name: 'async_review',
      route: 'desk',
      reviewers: ['rita'],
      respondWithinMs: HOUR_MS,
      escalateAfterMs: 30 * MINUTE_MS,
      remindAfterMs: 10 * MINUTE_MS,
      repeat: 2,
      onNoResponse: 'escalate',
      escalateTo: 'escalation',
    },
    {
      name: 'synchronous_gate',
      route: 'only the requester',
      reviewers: ['requester'],
      respondWithinMs: 5 * MINUTE_MS,
      onNoResponse: 'reject',
    },
    {
      name: 'escalation',
      route: 'boss',
      reviewers: ['bea'],
      quorum: 1,
      respondWithinMs: 30 * MINUTE_MS,
      onNoResponse: 'reject',
    },
  ],
});

/** Minutes after its gate opened, and what happened. */
function clock(events: readonly AuditEvent[]): readonly string[] {
  const opened = events.find(({ eventType }) => eventType === 'gate_presented')?.at ?? 0;
  return events
    .filter(({ gateId }) => gateId !== undefined)
    .map(({ at, eventType, tier, details }) => {
      const early = details?.['early'] === true ? ' early' : '';
      return `${Math.round((at - opened) / MINUTE_MS)} ${eventType}${early} ${tier ?? ''}`;
    });
}

describeWith('on the server that skips time', await timeSkippingServer(), (installed) => {
  let environment: TestWorkflowEnvironment | undefined;
  beforeAll(async () => {
    environment = await startTimeSkipping(installed);
  });
  afterAll(async () => environment?.teardown());

  const server = async (): Promise<Server> => {
    if (environment === undefined) throw new Error('The server has not started');
    const { client, nativeConnection: native } = environment;
    return { client, native, close: async () => undefined };
  };
  const pass = async (minutes: number): Promise<void> => environment?.sleep(minutes * MINUTE_MS);

  modes(
    'the ladder',
    (world) => {
      const inTier = async (session: string, tier: string): Promise<PendingApproval> =>
        until(`${session} in ${tier}`, async () => {
          const gate = await world().oneGate(session);
          return gate.tier === tier && gate;
        });
      const ended = async (session: string): Promise<readonly AuditEvent[]> =>
        until(`${session} has ended`, async () => {
          const events = await world().trail(session);
          return (
            events.some(({ eventType }) => eventType === 'ended') && world().wholeTrail(session)
          );
        });

      test('H3: at half of the response target the next tier is asked as well; the deadline stays, then it climbs and ends', async () => {
        const { start, oneGate, desk } = world();
        const session = await start({ turns: [{ calls: [REFUND] }, DONE] });
        const first = await oneGate(session);
        expect(first).toMatchObject({ tier: 'async_review', reviewers: ['rita'] });
        await pass(29);
        expect(await oneGate(session)).toMatchObject({ tier: 'async_review' });
        await pass(1);
        const asked = await inTier(session, 'escalation');
        expect(asked).toMatchObject({
          gateId: first.gateId,
          respondBy: first.respondBy,
          reviewers: ['bea', 'rita'],
        });
        await pass(30);
        await until('it has climbed', async () => {
          const gate = await oneGate(session);
          return gate.respondBy !== first.respondBy;
        });
        await pass(30);
        expect(clock(await ended(session))).toEqual([
          '0 gate_presented async_review',
          '10 reminded async_review',
          '20 reminded async_review',
          '30 escalated early escalation',
          '60 escalated escalation',
          '90 expired escalation',
        ]);
        expect(desk.executionsOf(session)).toEqual([]);
      });

      test.each(['rita', 'bea'])('after it, %s may decide', async (reviewerId) => {
        const { start, oneGate, decide, holdpoint, desk } = world();
        const session = await start({ turns: [{ calls: [REFUND] }, DONE] });
        const first = await oneGate(session);
        expect(await decide(session, first, { reviewerId: 'bea' })).toMatchObject({
          code: 'NOT_AUTHORIZED',
        });
        await pass(31);
        const asked = await inTier(session, 'escalation');
        expect(await decide(session, asked, { reviewerId })).toMatchObject({ status: 'decided' });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toHaveLength(1);
      });

      test('H7: a pause moves also the moment at which the next tier is asked', async () => {
        const { start, oneGate, holdpoint, wholeTrail } = world();
        const session = await start({ turns: [{ calls: [REFUND] }, DONE] });
        await oneGate(session);
        await pass(5);
        await holdpoint.pause(session, OPERATOR);
        await pass(120);
        expect(await oneGate(session)).toMatchObject({ tier: 'async_review' });
        await holdpoint.resume(session, OPERATOR);
        await pass(24);
        expect(await oneGate(session)).toMatchObject({ tier: 'async_review' });
        await pass(2);
        await inTier(session, 'escalation');
        const early = clock(await wholeTrail(session)).at(-1);
        expect(early).toBe('150 escalated early escalation');
        await holdpoint.cancel(session, OPERATOR);
      });

      test('a tier that nobody can answer is an alarm, and the clock goes on to its safe end', async () => {
        const { start, oneGate, desk } = world();
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        await oneGate(session);
        await pass(5);
        const events = await ended(session);
        expect(clock(events)).toEqual([
          '0 gate_presented synchronous_gate',
          '0 no_reviewer synchronous_gate',
          '5 expired synchronous_gate',
        ]);
        expect(events.find(({ eventType }) => eventType === 'no_reviewer')?.details).toEqual({
          able: 0,
          needed: 1,
        });
        expect(desk.executionsOf(session)).toEqual([]);
      });
    },
    { policy: POLICY, server },
  );
});
