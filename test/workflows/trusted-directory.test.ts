/**
 * Sessions whose people are known to a directory alone, a real server over HTTP: who stands behind an account is asked, and
 * while it is not known nobody is let in; the gate waits, the error says why, and what was decided counts when it is known.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { directoryFrom, trustedKeysFrom } from '../../activities/adapters/trust-sources.ts';
import { deskPolicy } from '../support/desk.ts';
import { decideSigned, newKey } from '../support/trust.ts';
import { type Mood, openTrustServer } from '../support/trust-server.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const REFUND = { name: 'refund', arguments: { order: 'o-1', amount: 300 } };
const DONE = { text: 'All done.' };

const base = { respondWithinMs: 300_000, onNoResponse: 'reject' } as const;
const POLICY = deskPolicy({
  people: 'directory',
  agents: { 'desk-agent': { owner: 'olaf' } },
  tiers: [
    { ...base, name: 'async_review', route: 'anyone', reviewers: 'anyone' },
    { ...base, name: 'synchronous_gate', route: 'ops', groups: ['ops'], proof: 'signed' },
    { ...base, name: 'escalation', route: 'boss', reviewers: ['bea'] },
  ],
});

const server = await openTrustServer();
const RITA = await newKey('rita-1', { reviewerId: 'rita@corp' });
afterAll(async () => server.close());
beforeEach(() => {
  server.mood = 'well';
  server.keys = [RITA.trusted];
  server.people = {
    rita: { accounts: ['rita@corp'], groups: ['ops', 'a-group-that-counts-for-nothing'] },
    rosa: { accounts: ['requester', 'rosa-alt'], groups: ['ops'] },
    olaf: { accounts: ['olaf-alt'], groups: ['ops'] },
    'r.evoked': { accounts: ['revoked@corp'], revokedSince: '2026-01-01T00:00:00Z' },
  };
});

/** The error of the look-up that is under way. */
async function lookUpError({ client }: World, session: string): Promise<string | undefined> {
  const { raw } = await client.workflow.getHandle(session).describe();
  const looking = raw.pendingActivities?.find(
    ({ activityType }) => activityType?.name === 'loadTrust',
  );
  return looking?.lastFailure?.message ?? undefined;
}

modes(
  'a directory',
  (world) => {
    test('H6: shuts out who asked and who owns, under accounts that only it knows', async () => {
      const { start, oneGate, decide, desk, holdpoint, wholeTrail } = world();
      const session = await start({ turns: [{ calls: [REFUND] }, DONE] });
      const gate = await oneGate(session);
      for (const reviewerId of ['rosa-alt', 'ROSA', 'olaf-alt', 'desk-agent']) {
        expect(await decide(session, gate, { reviewerId })).toMatchObject({
          code: 'SELF_APPROVAL',
        });
      }
      expect(await decide(session, gate, { reviewerId: 'revoked@corp' })).toMatchObject({
        code: 'NOT_AUTHORIZED',
      });
      expect(await decide(session, gate, { reviewerId: 'somebody' })).toMatchObject({
        status: 'decided',
      });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      await wholeTrail(session);
    });

    test('is asked about no more than is needed, and the history keeps no more of what it says', async () => {
      const { client, start, oneGate, holdpoint, desk } = world();
      const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
      const gate = await oneGate(session);
      const said = await decideSigned(world(), session, gate, RITA, { reviewerId: 'rita@corp' });
      expect(said).toMatchObject({ status: 'decided' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const { events } = await client.workflow.getHandle(session).fetchHistory();
      const text = JSON.stringify(
        events?.map((event) => [
          event.activityTaskCompletedEventAttributes?.result?.payloads?.map(({ data }) =>
            Buffer.from(data ?? []).toString('utf8'),
          ),
        ]),
      );
      expect(text).toContain('rita@corp');
      expect(text).not.toContain('counts-for-nothing');
      expect(text).not.toContain('r.evoked');
      const [trail] = [await holdpoint.auditTrail(session)];
      const approved = trail
        .map(({ event }) => event)
        .find(({ eventType }) => eventType === 'approved');
      expect(approved?.details).toMatchObject({ person: 'rita', groups: ['ops'] });
    });

    describe('that does not answer as it should', () => {
      test.each<readonly [Mood, RegExp]>([
        ['closing', /does not answer: other side closed/],
        ['slow', /does not answer: not within 3 s/],
        ['garbage', /is no JSON/],
        ['redirect', /does not answer: unexpected redirect/],
        ['broken', /does not answer: status 500/],
      ])('H1: %s: lets nobody in, says why, and the gate waits', async (mood, why) => {
        const { start, oneGate, holdpoint, desk } = world();
        server.mood = mood;
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        const gate = await oneGate(session);
        const how = { reviewerId: 'rita@corp', decisionId: 'once' };
        const kept = await decideSigned(world(), session, gate, RITA, { ...how, withinMs: 2_000 });
        expect(kept).toMatchObject({ status: 'recorded', keptFor: 'trust' });
        const error = await until('the error', () => lookUpError(world(), session));
        expect(error).toMatch(why);
        expect(error).not.toContain('a-secret');
        expect(await oneGate(session)).toMatchObject({ gateId: gate.gateId });
        expect(desk.executionsOf(session)).toEqual([]);
        server.mood = 'well';
        const said = await decideSigned(world(), session, gate, RITA, how);
        expect(said).toMatchObject({ status: 'decided', outcome: { reviewerId: 'rita@corp' } });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toHaveLength(1);
      });

      test('H7: a session that waits for it ends by a cancel all the same, and whoever decided is told', async () => {
        const { start, oneGate, holdpoint, trail } = world();
        server.mood = 'closing';
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        const gate = await oneGate(session);
        const how = { reviewerId: 'rita@corp', decisionId: 'once', withinMs: 1_000 };
        await decideSigned(world(), session, gate, RITA, how);
        await holdpoint.cancel(session, { operatorId: 'oscar', reason: 'no longer needed' });
        await expect(holdpoint.result(session)).rejects.toThrow();
        const refused = (await trail(session)).filter(
          ({ eventType }) => eventType === 'decision_refused',
        );
        expect(refused).toMatchObject([{ details: { code: 'WITHDRAWN', decisionId: 'once' } }]);
      });
    });
  },
  {
    policy: POLICY,
    keys: trustedKeysFrom(server.keysUrl),
    directory: directoryFrom(server.peopleUrl, { token: 't' }),
  },
);
