/**
 * Standing grants on a real server: later calls of the session pass within their bounds, each use against its grant in trail
 * and ledger; until it is used up, over, or revoked; and never after a Reset, nor for what the policy makes stricter.
 */
import { expect, test } from 'vitest';
import type { AuditEvent } from '../../domain/index.ts';
import { HOUR_MS } from '../../domain/limits.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { currentRun, isScheduled, reset, untilNextRun } from './session-runs.ts';

const refund = (order: string, amount: number) => ({
  name: 'refund',
  arguments: { order, amount },
});
const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };

const base = { respondWithinMs: HOUR_MS, onNoResponse: 'reject', reviewers: 'anyone' } as const;
const tiers = [
  { ...base, name: 'async_review', route: 'desk' },
  { ...base, name: 'synchronous_gate', route: 'team' },
  { ...base, name: 'escalation', route: 'boss' },
] as const;
const POLICY = deskPolicy({ tiers });

const WITHIN_400 = () => ({
  scope: 'tool' as const,
  tool: 'refund',
  bounds: [{ pointer: '/amount', atMost: 400 }],
  times: 2,
  until: new Date(Date.now() + HOUR_MS).toISOString(),
});

function told(events: readonly AuditEvent[]): readonly string[] {
  return events
    .filter(({ actionType }) => actionType === 'refund')
    .map(({ eventType, details }) => {
      const use = typeof details?.['use'] === 'number' ? ` ${details['use']}` : '';
      return `${eventType}${use}`;
    });
}

async function ledgerOf({ evidence }: World, session: string) {
  const [key] = await evidence.sessions(session);
  if (key === undefined) throw new Error('It is stored');
  return evidence.entriesOf(key);
}

/** Approves the gate that waits, with a grant, under the id `g`. */
async function grant(world: World, session: string): Promise<void> {
  const gate = await world.oneGate(session);
  const how = { decisionId: 'g', grant: WITHIN_400() };
  expect(await world.decide(session, gate, how)).toMatchObject({ status: 'decided' });
}

modes(
  'a standing grant',
  (world) => {
    test('H2: lets as many calls pass as were granted, each use in trail and ledger; the next one asks', async () => {
      const { start, oneGate, decide, holdpoint, desk, wholeTrail } = world();
      const session = await start({
        turns: [
          { calls: [refund('o-1', 300)] },
          { calls: [refund('o-2', 200)] },
          { calls: [refund('o-3', 400)] },
          { calls: [refund('o-4', 150)] },
          DONE,
        ],
      });
      await grant(world(), session);
      const last = await until('the fourth waits', async () => {
        const gate = await oneGate(session);
        return gate.payload['order'] === 'o-4' && gate;
      });
      expect(last.grantable).toBe(true);
      await decide(session, last, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(4);
      expect(told(await wholeTrail(session))).toEqual([
        'gate_presented',
        'approved',
        'executed',
        'grant_used 1',
        'executed',
        'grant_used 2',
        'executed',
        'gate_presented',
        'approved',
        'executed',
      ]);
      const decisions = (await ledgerOf(world(), session)).map(({ decisionId }) => decisionId);
      expect(decisions.slice(0, 3)).toEqual(['g', 'g#1', 'g#2']);
    });

    test('H9: what is above its bounds asks, and so does what the policy makes stricter', async () => {
      const { start, oneGate, decide, holdpoint, desk } = world();
      const session = await start({
        turns: [
          { calls: [refund('o-1', 300)] },
          { calls: [refund('o-2', 401)] },
          // In a turn with a deletion, all that waits does so at the stricter tier.
          { calls: [refund('o-3', 200), DELETE] },
          DONE,
        ],
      });
      await grant(world(), session);
      const above = await until('the second waits', async () => {
        const gate = await oneGate(session);
        return gate.payload['order'] === 'o-2' && gate;
      });
      await decide(session, above, {});
      const both = await world().gates(session, 2);
      expect(both.map(({ tier }) => tier)).toEqual(['synchronous_gate', 'synchronous_gate']);
      for (const gate of both) await decide(session, gate, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(4);
    });

    test('is listed in the status, and ends by a word of anybody who gives orders', async () => {
      const { start, oneGate, decide, holdpoint } = world();
      const session = await start({
        turns: [
          { calls: [refund('o-1', 300)] },
          { calls: [DELETE] },
          { calls: [refund('o-2', 200)] },
          DONE,
        ],
      });
      await grant(world(), session);
      const deletion = await until('the deletion waits', async () => {
        const gate = await oneGate(session);
        return gate.actionType === 'delete_record' && gate;
      });
      const { grants } = await holdpoint.status(session);
      expect(grants).toMatchObject([
        { grantId: 'g', actionType: 'refund', reviewerId: 'rita', used: 0 },
      ]);
      const order = { grantId: 'g', operatorId: 'oscar', reason: 'that is enough' };
      expect(await holdpoint.revokeGrant(session, order)).toMatchObject({ status: 'done' });
      expect(await holdpoint.revokeGrant(session, order)).toMatchObject({ code: 'UNKNOWN_GRANT' });
      expect(await holdpoint.status(session)).not.toHaveProperty('grants');
      await decide(session, deletion, {});
      const asked = await until('the second refund waits', async () => {
        const gate = await oneGate(session);
        return gate.actionType === 'refund' && gate;
      });
      await decide(session, asked, { decision: 'rejected' });
      await holdpoint.result(session);
    });

    test('H2: after a Reset its uses are refused by the executing worker, and a person is asked', async () => {
      const { client, start, oneGate, decide, holdpoint, desk } = world();
      const session = await start({
        turns: [{ calls: [refund('o-1', 300)] }, { calls: [refund('o-2', 200)] }, DONE],
      });
      await grant(world(), session);
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(2);
      const runId = await currentRun(client, session);
      // To before the second refund: the approval of the first, with its grant, is applied again.
      await reset(client, session, { runId, before: secondRefund() });
      const asked = await oneGate(session);
      expect(asked).toMatchObject({ payload: { order: 'o-2', amount: 200 } });
      expect(asked.note).toContain('It was approved in another run of this session');
      await decide(session, asked, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(2);
    });
  },
  { policy: POLICY },
);

/** The first event that schedules a refund is let pass. */
function secondRefund(): (event: Parameters<ReturnType<typeof isScheduled>>[0]) => boolean {
  const isRefund = isScheduled('refund');
  let seen = 0;
  return (event) => {
    if (!isRefund(event)) return false;
    seen += 1;
    return seen === 2;
  };
}

modes(
  'a standing grant, in a session of many runs',
  (world) => {
    test('H2: goes on with continue-as-new, and counts on', async () => {
      const { client, start, oneGate, decide, holdpoint, desk } = world();
      const session = await start({
        turns: [
          { calls: [refund('o-1', 300)] },
          { calls: [refund('o-2', 200)] },
          { calls: [DELETE] },
          { calls: [refund('o-3', 200)] },
          { calls: [refund('o-4', 200)] },
          DONE,
        ],
      });
      await grant(world(), session);
      const gate = await until('the deletion waits', async () => {
        const one = await oneGate(session);
        return one.actionType === 'delete_record' && one;
      });
      await untilNextRun(client, session);
      await decide(session, { ...gate, runId: await currentRun(client, session) }, {});
      const last = await until('the fourth refund waits', async () => {
        const one = await oneGate(session);
        return one.actionType === 'refund' && one;
      });
      expect(last.payload).toEqual({ order: 'o-4', amount: 200 });
      expect(desk.executionsOf(session).map(({ tool }) => tool)).toEqual([
        'refund',
        'refund',
        'delete_record',
        'refund',
      ]);
      await decide(session, last, { decision: 'rejected' });
      await holdpoint.result(session);
    });
  },
  { policy: deskPolicy({ tiers, limits: { historyEventsMax: 50 } }) },
);
