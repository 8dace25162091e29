/**
 * A tier that takes only signed decisions, from message to effect: what nobody signed, or somebody else did, is refused and
 * recorded; a reviewer's own key and an issuer's count, and what they let pass runs; keys rotate while sessions wait.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import type { DecisionInput } from '../../client/index.ts';
import { exportAuditReport } from '../../domain/index.ts';
import { TRUST_AGAIN_AFTER_MS } from '../../domain/limits.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { audienceOf } from '../../domain/proof/decision-proof.ts';
import { checkEventProof } from '../../domain/proof/event-proof.ts';
import { deskPolicy } from '../support/desk.ts';
import { decideSigned, newKey, trustFiles } from '../support/trust.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { runsOf } from './session-runs.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const ONE = { turns: [{ calls: [DELETE] }, DONE] } as const;

const POLICY = deskPolicy({
  tiers: [
    {
      name: 'async_review',
      route: 'desk',
      reviewers: 'anyone',
      respondWithinMs: 60_000,
      onNoResponse: 'reject',
    },
    {
      name: 'synchronous_gate',
      route: 'the team',
      reviewers: ['rita'],
      groups: ['ops'],
      proof: 'signed',
      rationaleRequired: true,
      respondWithinMs: 300_000,
      onNoResponse: 'reject',
    },
    {
      name: 'escalation',
      route: 'the boss',
      reviewers: ['bea'],
      proof: 'signed',
      respondWithinMs: 300_000,
      onNoResponse: 'reject',
    },
  ],
});

const files = trustFiles();
const RITA = await newKey('rita-1', { reviewerId: 'rita' });
const GATEWAY = await newKey('gateway-1');
const MALLORY = await newKey('mallory-1');
files.writeKeys(RITA.trusted, GATEWAY.trusted);
afterAll(() => files.remove());

const WHY = { rationale: 'the customer asked for it' };

/** What a reviewer is shown, approved. */
function approval(gate: { gateId: string; runId: string; payloadDigest: string }): DecisionInput {
  const { gateId, runId, payloadDigest } = gate;
  return { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rita', ...WHY };
}

async function activitiesOf({ client }: World, session: string): Promise<readonly string[]> {
  const runs = await runsOf(client, session);
  return runs.flatMap(({ events }) =>
    events.flatMap((event) => event.activityTaskScheduledEventAttributes?.activityType?.name ?? []),
  );
}

modes(
  'a signed tier',
  (world) => {
    test('H1: takes what a reviewer’s own key has signed, executes it, and the trail has the signature', async () => {
      const { start, oneGate, desk, holdpoint, wholeTrail, evidence } = world();
      const session = await start(ONE);
      const gate = await oneGate(session);
      expect(gate).toMatchObject({
        proof: 'signed',
        reviewers: ['rita'],
        groups: ['ops'],
        rationaleRequired: true,
        decisionsNeeded: 1,
      });
      const answer = await decideSigned(world(), session, gate, RITA, WHY);
      expect(answer).toMatchObject({ status: 'decided', outcome: { reviewerId: 'rita' } });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const trail = await wholeTrail(session);
      const approved = trail.find(({ eventType }) => eventType === 'approved');
      expect(approved?.details).toMatchObject({ proof: 'signed' });
      expect(approved?.details?.['signature']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/);
      const stored = await evidence.sessions(session);
      const [key] = stored;
      if (key === undefined) throw new Error('It is stored');
      expect((await evidence.events(key)).map(({ event }) => event)).toEqual(trail);
      expect(exportAuditReport(session, trail)).toMatch(/\nDecisions: 1\. Signed: 1\.$/);
      const audience = audienceOf(world().client.options.namespace);
      const keys = [RITA.trusted, GATEWAY.trusted];
      const audited = approved && checkEventProof(approved, keys, audience);
      expect(audited).toMatchObject({ ok: true, key: { kid: 'rita-1' } });
    });

    test('H6: takes what an issuer’s key has signed for a member of its group, and for nobody else', async () => {
      const { start, oneGate, desk, holdpoint, wholeTrail } = world();
      const session = await start(ONE);
      const gate = await oneGate(session);
      const by = (reviewerId: string, groups: readonly string[], person?: string) =>
        decideSigned(world(), session, gate, GATEWAY, {
          ...WHY,
          reviewerId,
          login: { groups, acr: 'mfa', ...(person === undefined ? {} : { person }) },
        });
      expect(await by('sam', ['sales'])).toMatchObject({ code: 'NOT_AUTHORIZED' });
      expect(await by('requester', ['ops'])).toMatchObject({ code: 'SELF_APPROVAL' });
      expect(await by('r-2', ['ops'], 'requester')).toMatchObject({ code: 'SELF_APPROVAL' });
      expect(await by('carla@corp', ['ops'], 'carla')).toMatchObject({ status: 'decided' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const trail = await wholeTrail(session);
      expect(trail.find(({ eventType }) => eventType === 'approved')).toMatchObject({
        reviewerId: 'carla@corp',
        details: { person: 'carla', groups: ['ops'], proof: 'signed' },
      });
    });

    test('H4, H6: refuses and records what nobody signed, and what somebody else did; the gate waits', async () => {
      const { client, start, oneGate, holdpoint, desk, wholeTrail } = world();
      const session = await start(ONE);
      const gate = await oneGate(session);
      expect(await holdpoint.decide(session, approval(gate))).toMatchObject({
        status: 'refused',
        code: 'SIGNATURE_REQUIRED',
      });
      const handle = client.workflow.getHandle(session);
      await handle.signal(SIGNALS.decide, { ...approval(gate), decisionId: 'pasted' });
      const tried = (how: Parameters<typeof decideSigned>[4], key = RITA) =>
        decideSigned(world(), session, gate, key, { ...WHY, ...how });
      expect(await tried({}, MALLORY)).toMatchObject({ code: 'SIGNATURE_INVALID' });
      expect(await tried({ reviewerId: 'bea' })).toMatchObject({ code: 'SIGNATURE_INVALID' });
      expect(await tried({ login: { groups: ['ops'] } })).toMatchObject({
        code: 'SIGNATURE_INVALID',
      });
      expect(await tried({ rationale: ' ' })).toMatchObject({ code: 'RATIONALE_REQUIRED' });
      const good = await RITA.signer.sign(
        { ...approval(gate), decisionId: 'taken' },
        {
          namespace: client.options.namespace,
          sessionId: session,
          policyVersion: gate.policyVersion,
        },
      );
      const changed = { ...good, rationale: 'whatever' };
      expect(await holdpoint.decide(session, changed)).toMatchObject({ code: 'SIGNATURE_INVALID' });
      const elsewhere = await RITA.signer.sign(
        { ...approval(gate), decisionId: 'elsewhere' },
        { namespace: 'another', sessionId: session, policyVersion: gate.policyVersion },
      );
      expect(await holdpoint.decide(session, elsewhere)).toMatchObject({
        code: 'SIGNATURE_INVALID',
        message: expect.stringContaining('Its aud is another one'),
      });
      expect(desk.executionsOf(session)).toEqual([]);
      expect(await decideSigned(world(), session, gate, RITA, WHY)).toMatchObject({
        status: 'decided',
      });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const trail = await wholeTrail(session);
      const codes = trail
        .filter(({ eventType }) => eventType === 'decision_refused')
        .flatMap(({ details }) => (typeof details?.['code'] === 'string' ? [details['code']] : []));
      expect(codes.toSorted()).toEqual([
        'RATIONALE_REQUIRED',
        'SIGNATURE_INVALID',
        'SIGNATURE_INVALID',
        'SIGNATURE_INVALID',
        'SIGNATURE_INVALID',
        'SIGNATURE_INVALID',
        'SIGNATURE_REQUIRED',
        'SIGNATURE_REQUIRED',
      ]);
    });

    test('a signed signal counts like an update, and one signature decides one gate', async () => {
      const { client, start, gates, holdpoint, desk } = world();
      const other = { name: 'delete_record', arguments: { id: 'c-2' } };
      const session = await start({ turns: [{ calls: [DELETE, other] }, DONE] });
      const [first, second] = await gates(session, 2);
      if (first === undefined || second === undefined) throw new Error('There are two');
      const signed = await RITA.signer.sign(
        { ...approval(first), decisionId: 'once' },
        {
          namespace: client.options.namespace,
          sessionId: session,
          policyVersion: first.policyVersion,
        },
      );
      await client.workflow.getHandle(session).signal(SIGNALS.decide, signed);
      const [left] = await gates(session, 1);
      expect(left?.gateId).toBe(second.gateId);
      const moved = { ...signed, gateId: second.gateId, payloadDigest: second.payloadDigest };
      for (const decisionId of ['once', 'twice']) {
        const answer = await holdpoint.decide(session, { ...moved, decisionId });
        expect(answer.status === 'refused' && answer.code).toBe(
          decisionId === 'once' ? 'DUPLICATE' : 'SIGNATURE_INVALID',
        );
      }
      await decideSigned(world(), session, second, RITA, { ...WHY, decision: 'rejected' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session).map(({ args }) => args)).toEqual([{ id: 'c-1' }]);
    });

    describe('keys', () => {
      test('rotate by kid while a session waits: the new one is looked up, and the client asks until it is', async () => {
        const { start, oneGate, holdpoint, desk } = world();
        const session = await start(ONE);
        const gate = await oneGate(session);
        await until('the keys are looked up', async () =>
          (await activitiesOf(world(), session)).includes('loadTrust'),
        );
        // A kid that the file did not have in the mode before.
        const next = await newKey(`gateway-${randomUUID()}`);
        files.writeKeys(RITA.trusted, GATEWAY.trusted, next.trusted);
        const login = { groups: ['ops'] };
        const answer = await decideSigned(world(), session, gate, next, {
          ...WHY,
          reviewerId: 'carla',
          login,
        });
        expect(answer).toMatchObject({ status: 'decided' });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toHaveLength(1);
        const looked = (await activitiesOf(world(), session)).filter(
          (name) => name === 'loadTrust',
        );
        expect(looked).toHaveLength(2);
      });

      test('H4: one that nobody knows costs one look-up, and is refused', async () => {
        const { start, oneGate, holdpoint } = world();
        const session = await start(ONE);
        const gate = await oneGate(session);
        const began = Date.now();
        const answers = await Promise.all(
          [1, 2, 3].map(() => decideSigned(world(), session, gate, MALLORY, WHY)),
        );
        for (const answer of answers) expect(answer).toMatchObject({ code: 'SIGNATURE_INVALID' });
        expect(Date.now() - began).toBeLessThan(TRUST_AGAIN_AFTER_MS + 20_000);
        await decideSigned(world(), session, gate, RITA, { ...WHY, decision: 'rejected' });
        await holdpoint.result(session);
        const looked = (await activitiesOf(world(), session)).filter(
          (name) => name === 'loadTrust',
        );
        expect(looked.length).toBeLessThanOrEqual(4);
      });
    });

    test('a tier that asks for no proof looks nothing up; a signature there has to be good all the same', async () => {
      const { start, oneGate, holdpoint, desk } = world();
      const refund = { name: 'refund', arguments: { order: 'o-1', amount: 300 } };
      const session = await start({ turns: [{ calls: [refund] }, DONE] });
      const gate = await oneGate(session);
      expect(gate.proof).toBe('claimed');
      expect(
        await holdpoint.decide(session, { ...approval(gate), signature: 'x.y.z' }),
      ).toMatchObject({ code: 'SIGNATURE_INVALID' });
      expect(await activitiesOf(world(), session)).not.toContain('loadTrust');
      await holdpoint.decide(session, approval(gate));
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      expect(await holdpoint.auditReport(session)).toContain(
        'Decisions: 1. Signed: 0. CLAIMED, NOT PROVEN: 1.',
      );
    });
  },
  { policy: POLICY, keys: files.keys },
);
