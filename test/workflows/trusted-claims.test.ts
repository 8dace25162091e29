/**
 * Claims on a real server: who looks at a gate is told in the list, to whoever opens the gate, and in the trail; it keeps
 * nobody from deciding, ends by itself, and costs no more than the message and what tells it.
 */
import { expect, test } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../domain/limits.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const REFUND = { name: 'refund', arguments: { order: 'o-1', amount: 300 } };
const DONE = { text: 'All done.' };

const base = { respondWithinMs: HOUR_MS, onNoResponse: 'reject' } as const;
const POLICY = deskPolicy({
  people: { rita: { accounts: ['rita-alt'] }, bob: {} },
  tiers: [
    { ...base, name: 'async_review', route: 'desk', reviewers: ['rita', 'bob'], claimForMs: 1_000 },
    { ...base, name: 'synchronous_gate', route: 'team', reviewers: ['rita', 'bob'] },
    { ...base, name: 'escalation', route: 'boss', reviewers: ['bea'] },
  ],
});

/** Who has claimed the session's gate, as the visibility list says. */
async function listedClaim({ holdpoint }: World, session: string): Promise<string | undefined> {
  for await (const one of holdpoint.everyPending()) {
    if (one.sessionId === session) return one.gates[0]?.claimedBy ?? 'nobody';
  }
  return undefined;
}

async function untilClaimedBy(world: World, session: string, who: string): Promise<void> {
  await until(`claimed by ${who}`, async () => (await listedClaim(world, session)) === who);
}

modes(
  'a claim',
  (world) => {
    test('is told in list, gate and trail; keeps nobody from deciding; is released by whoever has it', async () => {
      const { start, oneGate, holdpoint, decide, desk, wholeTrail } = world();
      const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
      const { gateId } = await oneGate(session);
      const by = (reviewerId: string) => ({ gateId, reviewerId });
      const said = await holdpoint.claim(session, { ...by('rita'), reason: 'on it' });
      expect(said).toEqual({ status: 'done', phase: 'running' });
      const gate = await oneGate(session);
      expect(gate.claim).toMatchObject({ reviewerId: 'rita' });
      expect(Number(gate.claim?.until) - Date.now()).toBeGreaterThan(9 * MINUTE_MS);
      await untilClaimedBy(world(), session, 'rita');
      expect(await holdpoint.claim(session, by('bob'))).toMatchObject({ code: 'CLAIMED' });
      expect(await holdpoint.claim(session, by('requester'))).toMatchObject({
        code: 'SELF_APPROVAL',
      });
      expect(await holdpoint.release(session, by('bob'))).toMatchObject({ code: 'NOT_CLAIMED' });
      expect(await holdpoint.release(session, by('rita-alt'))).toMatchObject({ status: 'done' });
      await untilClaimedBy(world(), session, 'nobody');
      expect(await holdpoint.claim(session, by('bob'))).toMatchObject({ status: 'done' });
      expect(await decide(session, gate, { reviewerId: 'rita' })).toMatchObject({
        status: 'decided',
      });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const told = (await wholeTrail(session)).map(({ eventType, reviewerId = '' }) =>
        `${eventType} ${reviewerId}`.trim(),
      );
      expect(told).toEqual([
        'started',
        'gate_presented',
        'claimed rita',
        'message_refused bob',
        'message_refused requester',
        'message_refused bob',
        'released rita-alt',
        'claimed bob',
        'approved rita',
        'executed',
        'auto_proceeded',
        'ended',
      ]);
      expect(await holdpoint.claim(session, by('rita')).catch(String)).toMatch(
        /already completed|not found/,
      );
    });

    test('ends by itself, as its own end, and the gate is in the queue again', async () => {
      const { client, start, oneGate, holdpoint, wholeTrail } = world();
      const session = await start({ turns: [{ calls: [REFUND] }, DONE] });
      const { gateId } = await oneGate(session);
      await client.workflow
        .getHandle(session)
        .signal(SIGNALS.claim, { gateId, reviewerId: 'rita' });
      await untilClaimedBy(world(), session, 'rita');
      await untilClaimedBy(world(), session, 'nobody');
      const trail = await wholeTrail(session);
      expect(trail.slice(-2)).toMatchObject([
        { eventType: 'claimed', reviewerId: 'rita' },
        { eventType: 'released', reviewerId: 'rita', details: { expired: true } },
      ]);
      await holdpoint.cancel(session, { operatorId: 'oscar', reason: 'over' });
    });
  },
  { policy: POLICY },
);
