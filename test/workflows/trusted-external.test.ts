/**
 * External gates under a signed tier of several: for actions that no worker here executes, so that the gate's own judgement
 * is all there is. Who asked, and whose agent it is, never let it pass.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { deskPolicy } from '../support/desk.ts';
import { decideSigned, newKey, trustFiles } from '../support/trust.ts';
import { modes } from '../support/world.ts';

const base = { respondWithinMs: 300_000, onNoResponse: 'reject' } as const;
const POLICY = deskPolicy({
  agents: { coder: { owner: 'olaf' } },
  tiers: [
    { ...base, name: 'async_review', route: 'desk', reviewers: 'anyone' },
    {
      ...base,
      name: 'synchronous_gate',
      route: 'ops',
      groups: ['ops'],
      quorum: 2,
      proof: 'signed',
    },
    { ...base, name: 'escalation', route: 'boss', reviewers: ['bea'], proof: 'signed' },
  ],
});

const files = trustFiles();
const GATEWAY = await newKey('gateway-1');
files.writeKeys(GATEWAY.trusted);
afterAll(() => files.remove());

modes(
  'an external gate under a signed tier of two',
  (world) => {
    test('H1, H6: lets its action pass by two signatures, of people who did not ask for it', async () => {
      const { holdpoint, oneGate, decide, wholeTrail } = world();
      const { id } = await holdpoint.requestGate(
        {
          agentId: 'coder',
          requesterId: 'ci',
          actionType: 'drop_table',
          arguments: { table: 't' },
        },
        { key: randomUUID() },
      );
      const gate = await oneGate(id);
      expect(gate).toMatchObject({ proof: 'signed', decisionsNeeded: 2, groups: ['ops'] });
      expect(await decide(id, gate, {})).toMatchObject({ code: 'SIGNATURE_REQUIRED' });
      const by = (reviewerId: string, person?: string) =>
        decideSigned(world(), id, gate, GATEWAY, {
          reviewerId,
          login: { groups: ['ops'], ...(person === undefined ? {} : { person }) },
        });
      expect(await by('ci')).toMatchObject({ code: 'SELF_APPROVAL' });
      expect(await by('o-2', 'olaf')).toMatchObject({ code: 'SELF_APPROVAL' });
      expect(await by('coder')).toMatchObject({ code: 'SELF_APPROVAL' });
      expect(await by('rita')).toMatchObject({ status: 'recorded', votes: 1, needed: 2 });
      expect(await by('r-2', 'rita')).toMatchObject({ code: 'ALREADY_VOTED' });
      expect(await holdpoint.externalGate(id)).toMatchObject({ status: 'pending', proceed: false });
      expect(await by('bob')).toMatchObject({ status: 'decided' });
      expect(await holdpoint.externalGate(id, { waitMs: 30_000 })).toMatchObject({
        status: 'approved',
        proceed: true,
        arguments: { table: 't' },
        decidedBy: 'bob',
      });
      expect((await wholeTrail(id)).map(({ eventType }) => eventType)).toEqual([
        'started',
        'gate_presented',
        'decision_refused',
        'decision_refused',
        'decision_refused',
        'decision_refused',
        'voted',
        'decision_refused',
        'approved',
        'ended',
      ]);
    });

    test('H1: a key that was revoked after a vote counts for it no longer', async () => {
      const { holdpoint, oneGate } = world();
      const other = await newKey('gateway-2');
      files.writeKeys(GATEWAY.trusted, other.trusted);
      const { id } = await holdpoint.requestGate(
        {
          agentId: 'coder',
          requesterId: 'ci',
          actionType: 'drop_table',
          arguments: { table: 't' },
        },
        { key: randomUUID() },
      );
      const gate = await oneGate(id);
      const login = { groups: ['ops'] };
      const first = { reviewerId: 'rita', login };
      expect(await decideSigned(world(), id, gate, GATEWAY, first)).toMatchObject({ votes: 1 });
      const revoked = { ...GATEWAY.trusted, revokedAt: new Date().toISOString() };
      const fresh = await newKey('gateway-3');
      files.writeKeys(revoked, other.trusted, fresh.trusted);
      // Its key is new, so all are looked up again.
      const second = { reviewerId: 'bob', login };
      expect(await decideSigned(world(), id, gate, fresh, second)).toMatchObject({
        votes: 1,
        needed: 2,
      });
      const third = { reviewerId: 'carla', login };
      expect(await decideSigned(world(), id, gate, other, third)).toMatchObject({
        status: 'decided',
      });
      files.writeKeys(GATEWAY.trusted);
    });
  },
  { policy: POLICY, keys: files.keys },
);
