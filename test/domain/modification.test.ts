/**
 * Proves H5: a modification makes a new payload, which is merged, prepared, evaluated and digested again, and executes
 * only where the reviewer could have decided about it as well.
 */
import { describe, expect, test } from 'vitest';
import type { PreparedAction } from '../../domain/activities.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import { peopleOf } from '../../domain/authority/authority.ts';
import { endGate, type Gate, type GateOutcome, type Vote } from '../../domain/gate/gate.ts';
import type { JsonObject, Policy } from '../../domain/index.ts';
import { passTime } from '../../domain/gate/ladder.ts';
import { afterModification, mergeModifications } from '../../domain/gate/modification.ts';
import { gateIn, NOW, policyOf, present, RUN, tiersWith } from './builders.ts';

const tools = { refund: { reversibility: 'partially_reversible', value: '/amount' } };
const OPEN_POLICY = policyOf({ name: 'open', version: '1', tools });
const NAMED_POLICY = policyOf({
  name: 'named',
  version: '1',
  tools,
  tiers: tiersWith({
    async_review: { reviewers: ['dana', 'bea'] },
    synchronous_gate: { reviewers: ['dana'] },
    escalation: { reviewers: ['bea'] },
  }),
});

function refundOf(amount: number, extra: Partial<PreparedAction> = {}): PreparedAction {
  const args = { amount };
  return {
    actionType: 'refund',
    arguments: args,
    reversibility: 'partially_reversible',
    readOnly: false,
    toolVersion: '1',
    payloadDigest: payloadDigest({ actionType: 'refund', toolVersion: '1', arguments: args }),
    description: `Refund ${amount}`,
    quick: false,
    timeoutMs: 1_000,
    ...extra,
  };
}

function decidedBy(reviewerId: string, gate: Gate): { gate: Gate; outcome: GateOutcome } {
  const outcome = {
    status: 'modified',
    at: NOW,
    tier: gate.tier,
    decisionId: 'd',
    reviewerId,
    runId: RUN,
  } as const;
  return { gate: endGate(gate, outcome), outcome };
}

/** What follows when `reviewerId` modifies a refund of 500, held in async review, to `amount`. */
function modifiedTo(amount: number, reviewerId: string, policy: Policy, gate?: Gate): string {
  const held = gate ?? gateIn('async_review', { policy });
  const prepared = { ok: true, action: refundOf(amount) } as const;
  const after = afterModification(
    policy,
    { original: refundOf(500), ...decidedBy(reviewerId, held), prepared },
    'medium_stakes',
  );
  expect(after.action).toEqual(prepared.action);
  return after.status;
}

describe('modifications are merged over the arguments', () => {
  test.each<readonly [JsonObject, JsonObject, JsonObject]>([
    [{ a: 1, b: 2 }, { b: 3 }, { a: 1, b: 3 }],
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
    [{ a: { x: 1, y: 2 } }, { a: { x: 9 } }, { a: { x: 9 } }],
    [{ a: [1, 2] }, { a: [] }, { a: [] }],
    [{ a: 1 }, { a: null }, { a: null }],
    [{ a: 1 }, {}, { a: 1 }],
    [{}, { constructor: 1, toString: 2 }, { constructor: 1, toString: 2 }],
  ])('%j with %j is %j', (args, modifications, merged) => {
    expect(mergeModifications(args, modifications)).toEqual(merged);
  });

  test('and neither of the two is changed by it', () => {
    const [args, modifications] = [Object.freeze({ a: 1 }), Object.freeze({ a: 2 })];
    mergeModifications(args, modifications);
    expect([args, modifications]).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

describe('H5: the new payload', () => {
  test('executes where it needs no stricter tier than the gate was in', () => {
    for (const amount of [1, 100, 100.01, 1_000]) {
      expect(modifiedTo(amount, 'dana', NAMED_POLICY)).toBe('execute');
      expect(modifiedTo(amount, 'alice', OPEN_POLICY)).toBe('execute');
    }
  });

  test('asks again, in the stricter tier, where the reviewer may not decide there', () => {
    expect(modifiedTo(1_000.01, 'dana', NAMED_POLICY)).toBe('ask');
  });

  test('executes where the reviewer is named in the stricter tier, too', () => {
    expect(modifiedTo(1_000.01, 'bea', NAMED_POLICY)).toBe('execute');
  });

  test('asks again where the stricter tier is open to anyone: who decided below has not decided there', () => {
    expect(modifiedTo(1_000.01, 'alice', OPEN_POLICY)).toBe('ask');
  });

  test('says why it asks', () => {
    const gate = gateIn('async_review', { policy: OPEN_POLICY });
    const after = afterModification(
      OPEN_POLICY,
      {
        original: refundOf(500),
        ...decidedBy('alice', gate),
        prepared: { ok: true, action: refundOf(2_000) },
      },
      'medium_stakes',
    );
    expect(after).toMatchObject({
      note: 'The modification needs tier escalation (rule value-escalation), above async_review.',
    });
  });

  test('of a gate that climbed counts for what its reviewer may decide, not for where the gate stood', () => {
    const below = gateIn('async_review', { policy: NAMED_POLICY });
    const climbed = passTime(below, {
      policy: NAMED_POLICY,
      now: present(below.respondBy ?? undefined),
    }).gate;
    expect(climbed.tier).toBe('escalation');
    expect(modifiedTo(2_000, 'bea', NAMED_POLICY, climbed)).toBe('execute');
    expect(modifiedTo(2_000, 'dana', NAMED_POLICY, climbed)).toBe('ask');
  });

  test('H10: that turns out to be irreversible asks the tier of what is irreversible', () => {
    const prepared = { ok: true, action: refundOf(5, { reversibility: 'irreversible' }) } as const;
    const gate = gateIn('async_review', { policy: OPEN_POLICY });
    const after = afterModification(
      OPEN_POLICY,
      { original: refundOf(500), ...decidedBy('alice', gate), prepared },
      'medium_stakes',
    );
    expect(after.status).toBe('ask');
  });

  test('that is invalid asks about the old one again, and says what was wrong', () => {
    const refused = {
      actionType: 'refund',
      reason: 'invalid_arguments',
      message: 'amount must be positive',
    } as const;
    const gate = gateIn('async_review', { policy: OPEN_POLICY });
    const original = refundOf(500);
    const after = afterModification(
      OPEN_POLICY,
      { original, ...decidedBy('alice', gate), prepared: { ok: false, refused } },
      'medium_stakes',
    );
    expect(after).toEqual({
      status: 'ask',
      action: original,
      note: 'The modification was refused: amount must be positive',
    });
  });
});

describe('who changed it, and whoever approves it then', () => {
  const alike = { alice: { accounts: ['alice-gh'] }, bea: { groups: ['bosses'] } };
  const policyWith = (changes: object, tiers: Parameters<typeof tiersWith>[0] = {}): Policy =>
    policyOf({
      name: 'own',
      version: '1',
      tools,
      people: alike,
      tiers: tiersWith(tiers),
      ...changes,
    });
  const APART = policyWith({ separationOfDuties: { modifierMayDecide: false } });
  const refused = { actionType: 'refund', reason: 'invalid_arguments', message: 'no' } as const;

  const after = (
    policy: Policy,
    reviewerId: string,
    how: { gate?: Partial<Gate>; vote?: Partial<Vote>; amount?: number; ok?: false } = {},
  ) => {
    const gate = { ...gateIn('async_review', { policy }), ...how.gate };
    const { outcome } = decidedBy(reviewerId, gate);
    const decision = { decisionId: 'd', reviewerId } as Vote['decision'];
    const by = { personId: reviewerId, groups: [], tier: gate.tier, proof: 'claimed', at: NOW };
    const votes = [{ ...by, decision, ...how.vote } as Vote];
    const action = refundOf(how.amount ?? 400);
    const prepared =
      how.ok === false ? ({ ok: false, refused } as const) : { ok: true as const, action };
    const people = peopleOf(policy);
    const held = {
      original: refundOf(500),
      gate,
      outcome: { ...outcome, votes },
      prepared,
      people,
    };
    return afterModification(policy, held, 'medium_stakes');
  };

  test('a policy may ask somebody else about every change', () => {
    expect(after(APART, 'alice')).toMatchObject({
      status: 'ask',
      note: 'Changed by alice, who does not approve it as well.',
      barred: ['alice'],
    });
  });

  test('who changed it before stays shut out: of what another made of it, and where that was invalid', () => {
    const gate = { barred: ['alice'] };
    expect(after(APART, 'bob', { gate })).toMatchObject({ barred: ['alice', 'bob'] });
    expect(after(APART, 'bob', { gate, ok: false })).toMatchObject({
      action: refundOf(500),
      barred: ['alice'],
    });
  });

  test('a change into a tier that asks for proof needs one', () => {
    const policy = policyWith({}, { escalation: { proof: 'signed', reviewers: ['alice'] } });
    const how = { amount: 2_000 };
    expect(after(policy, 'alice', how)).toMatchObject({
      status: 'ask',
      note: expect.stringContaining('asks for proof'),
    });
    expect(after(policy, 'alice', { ...how, vote: { proof: 'signed' } }).status).toBe('execute');
  });

  test('a change into a tier of several is approved by several', () => {
    const policy = policyWith({}, { escalation: { quorum: 2 } });
    expect(after(policy, 'bob', { amount: 2_000 })).toMatchObject({
      status: 'ask',
      note: 'Changed by bob: 2 people approve what it is now.',
    });
    expect(after(policy, 'bob').status).toBe('execute');
  });

  test('a reviewer who is named under another account may change what they may decide', () => {
    const policy = policyWith({}, { async_review: { reviewers: ['alice'] } });
    expect(after(policy, 'alice-gh').status).toBe('execute');
    expect(after(policy, 'ALICE').status).toBe('ask');
  });

  test('where authority cascades, up to the tier that names them', () => {
    const tiers = {
      async_review: { reviewers: ['bob'] },
      escalation: { reviewers: ['nobody'], groups: ['bosses'] },
    };
    const named = policyWith({}, tiers);
    const cascading = { ...named, authority: { cascading: true } };
    expect(after(cascading, 'bea', { amount: 2_000 }).status).toBe('execute');
    expect(after(cascading, 'bob', { amount: 2_000 }).status).toBe('ask');
  });
});
