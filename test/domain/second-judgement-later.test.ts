/**
 * Proves what the second judgement finds that was true when an action was approved and is no longer; the uses of standing
 * grants, each as it was given; and consents of an earlier version.
 */
import { describe, expect, test } from 'vitest';
import type { Consent, ConsentDecision } from '../../domain/action/consent.ts';
import { decisionsUsed, votesOf } from '../../domain/action/second-judgement.ts';
import { peopleOf } from '../../domain/authority/authority.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';
import { NOW, policyOf, RUN, tierOf, tiersWith } from './builders.ts';
import {
  decided,
  digestOf,
  judged,
  OWN,
  PAIR,
  POLICY,
  REFUND,
  TOOLS,
  type Trial,
  voteOf,
} from './consents.ts';
import { ISSUER } from './signing.ts';

describe('H1: what was true when it was approved, and is no longer', () => {
  const revokedKey = { ...ISSUER.trusted, revokedAt: new Date(NOW).toISOString() };
  const without = (id: string, changes: object) =>
    peopleOf(POLICY).map((person) => (person.id === id ? { ...person, ...changes } : person));
  test.each<readonly [string, Trial, string]>([
    [
      'a reviewer is revoked',
      { people: without('bob', { revokedSince: '2026-11-23T09:00:00Z' }) },
      'NOT_AUTHORIZED',
    ],
    ['a key is revoked', { keys: [revokedKey, OWN.trusted] }, 'SIGNATURE_INVALID'],
    ['a key is gone', { keys: [OWN.trusted] }, 'SIGNATURE_INVALID'],
    [
      'a reviewer is found to be who asked',
      { people: without('rosa', { accounts: ['bob-2', 'bob'] }) },
      'SELF_APPROVAL',
    ],
    [
      'a reviewer is found to own the agent',
      { people: without('olaf', { accounts: ['bob'] }) },
      'SELF_APPROVAL',
    ],
  ])('%s', (_what, trial, code) => {
    const shared = trial.people?.filter(({ id }) => id !== 'bob' || code === 'NOT_AUTHORIZED');
    const people = shared === undefined ? {} : { people: shared };
    expect(judged({ ...trial, ...people, decision: decided(PAIR) })).toBe(code);
  });

  test('who behind the session approves it, under any account', () => {
    for (const who of ['rosa', 'rosa-alt', 'olaf', 'agent-smith']) {
      expect(judged({ decision: decided([voteOf('alice'), voteOf(who)]) })).toBe('SELF_APPROVAL');
    }
    const above = { consent: { agentsAbove: ['bob'] }, decision: decided(PAIR) };
    expect(judged(above)).toBe('SELF_APPROVAL');
  });

  test('the worker’s policy has been tightened', () => {
    const three = policyOf({
      name: 'three',
      version: '2',
      tools: TOOLS,
      tiers: tiersWith({ async_review: { reviewers: ['alice', 'bob', 'carla'], quorum: 3 } }),
    });
    expect(judged({ decision: decided(PAIR), policy: three })).toBe('NOT_AUTHORIZED');
    const apart = {
      ...POLICY,
      separationOfDuties: { requesterMayDecide: false, modifierMayDecide: false },
    };
    const change = voteOf('bea', { decision: 'modified', modifications: { amount: 1_100 } });
    const decision = decided([change], { decision: 'modified', shown: REFUND });
    const args = { order: 'o-1', amount: 1_100 };
    expect(judged({ decision, args, consent: { tier: 'escalation' }, policy: apart })).toBe(
      'SELF_APPROVAL',
    );
  });
});

describe('a use of a standing grant', () => {
  const SINGLE = { ...POLICY, tiers: POLICY.tiers.map((tier) => ({ ...tier, quorum: 1 })) };
  const terms = {
    scope: 'tool',
    tool: 'refund',
    bounds: [{ pointer: '/amount', atMost: 400 }],
    times: 3,
    until: '2026-11-23T17:00:00Z',
  };
  const giver = (grant: JsonObject = terms, changes: Readonly<Record<string, Json>> = {}) =>
    voteOf('alice', {
      decisionId: 'g',
      payloadDigest: digestOf({ order: 'o-0', amount: 1 }),
      grant,
      ...changes,
    });
  const use = (
    n: number,
    vote = giver(),
    changes: Partial<ConsentDecision> = {},
  ): ConsentDecision => decided([vote], { decisionId: `g#${n}`, grantUse: n, ...changes });

  test.each<readonly [string, Trial, string]>([
    ['the first', { decision: use(1) }, 'runs'],
    ['the last', { decision: use(3) }, 'runs'],
    ['one more than were given', { decision: use(4) }, 'GRANT_NOT_ALLOWED'],
    ['none', { decision: use(0) }, 'GRANT_NOT_ALLOWED'],
    ['half of one', { decision: use(1.5) }, 'GRANT_NOT_ALLOWED'],
    [
      'one under another number',
      { decision: use(1, giver(), { decisionId: 'g#2' }) },
      'GRANT_NOT_ALLOWED',
    ],
    [
      'one of another grant',
      { decision: use(1, giver(), { decisionId: 'h#1' }) },
      'GRANT_NOT_ALLOWED',
    ],
    [
      'of an approval without a grant',
      { decision: use(1, voteOf('alice', { decisionId: 'g' })) },
      'GRANT_NOT_ALLOWED',
    ],
    [
      'with more terms than were signed',
      {
        decision: use(9, {
          ...giver(),
          decision: {
            ...giver().decision,
            grant: { ...giver().decision.grant, times: 9 } as never,
          },
        }),
      },
      'SIGNATURE_INVALID',
    ],
    [
      'outside of its bounds',
      { decision: use(1), args: { order: 'o-1', amount: 401 } },
      'GRANT_NOT_ALLOWED',
    ],
    [
      'of another tool',
      { decision: use(1), actionType: 'lock', args: { amount: 1 } },
      'GRANT_NOT_ALLOWED',
    ],
    ['after its end', { decision: use(1), now: NOW + 8 * 3_600_000 }, 'GRANT_NOT_ALLOWED'],
    [
      'by two givers',
      { decision: use(1, giver(), { votes: [giver(), giver()] }) },
      'GRANT_NOT_ALLOWED',
    ],
    [
      'of a rejection',
      {
        decision: use(1, giver(terms, { decision: 'rejected' }), { decision: 'rejected' as never }),
      },
      'CONSENT_MISSING',
    ],
    [
      'of an exact call, for another',
      { decision: use(1, giver({ scope: 'exact', times: 3, until: '2026-11-23T17:00:00Z' })) },
      'GRANT_NOT_ALLOWED',
    ],
    [
      'of a giver who may not decide this call',
      { decision: use(1), consent: { tier: 'escalation' } },
      'NOT_AUTHORIZED',
    ],
    ['of a key that is revoked', { decision: use(1), keys: [] }, 'SIGNATURE_INVALID'],
  ])('%s', (_what, trial, code) => {
    expect(judged({ policy: SINGLE, ...trial })).toBe(code);
  });

  test('where the worker’s policy takes two for it, or grants nothing', () => {
    expect(judged({ decision: use(1) })).toBe('GRANT_NOT_ALLOWED');
    const { grants: _none, ...ungranted } = SINGLE;
    expect(judged({ decision: use(1), policy: ungranted })).toBe('GRANT_NOT_ALLOWED');
  });

  test('H2: spends its own number, and an approval each of its votes', () => {
    const consent = (decision: ConsentDecision) => ({ decision, payloadDigest: 'x' }) as Consent;
    expect(decisionsUsed(consent(use(2)))).toEqual([{ decisionId: 'g#2', runId: RUN }]);
    expect(decisionsUsed(consent(decided(PAIR)))).toEqual([
      { decisionId: 'by-bob', runId: RUN },
      { decisionId: 'by-alice', runId: RUN },
    ]);
    expect(decisionsUsed({} as Consent)).toEqual([]);
  });
});

describe('a consent of an earlier version, without votes', () => {
  const CLAIMED = policyOf({
    name: 'claimed',
    version: '1',
    tools: TOOLS,
    tiers: [tierOf('first'), ...tiersWith({})],
  });
  const legacy = (changes: Partial<ConsentDecision> = {}): ConsentDecision => ({
    decisionId: 'd',
    gateId: 'gate-1',
    runId: RUN,
    reviewerId: 'alice',
    decision: 'approved',
    ...changes,
  });

  test('counts as one person who proves nothing, where that is enough', () => {
    expect(judged({ decision: legacy(), policy: CLAIMED })).toBe('runs');
    expect(judged({ decision: legacy({ decision: 'modified' }), policy: CLAIMED })).toBe('runs');
    expect(votesOf({ decision: legacy(), payloadDigest: 'x' } as Consent)).toHaveLength(1);
  });

  test('and not where it is not', () => {
    expect(judged({ decision: legacy(), policy: POLICY })).toBe('SIGNATURE_REQUIRED');
    expect(judged({ decision: legacy({ decision: 'rejected' as never }), policy: CLAIMED })).toBe(
      'CONSENT_MISSING',
    );
    expect(judged({ decision: legacy({ grantUse: 1 }), policy: CLAIMED })).toBe(
      'GRANT_NOT_ALLOWED',
    );
    expect(judged({ decision: legacy({ reviewerId: 'rosa' }), policy: CLAIMED })).toBe(
      'SELF_APPROVAL',
    );
  });
});
