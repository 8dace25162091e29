/**
 * Proves the second judgement: whatever a consent says, the worker that executes believes only what was signed, what its
 * own policy asks, and who its own directory knows. Each way in which one can lie is refused, with its code. What has
 * changed since the approval, and standing grants: second-judgement-later.test.ts.
 */
import { describe, expect, test } from 'vitest';
import type { ConsentDecision } from '../../domain/action/consent.ts';
import { NOW, OTHER_DIGEST, policyOf } from './builders.ts';
import {
  decided,
  digestOf,
  judged,
  OWN,
  PAIR,
  REFUND,
  type Trial,
  unsigned,
  voteOf,
} from './consents.ts';

describe('H1: an honest consent', () => {
  const big = { order: 'o-1', amount: 1_500 };
  const bigVote = voteOf('bea', { payloadDigest: digestOf(big) });
  const change = voteOf('bea', {
    decision: 'modified',
    payloadDigest: digestOf(big),
    modifications: { amount: 1_200 },
  });
  test.each<readonly [string, Trial]>([
    ['of two people', { decision: decided(PAIR) }],
    [
      'of two people, one by their own key',
      { decision: decided([voteOf('alice', {}, { key: OWN }), voteOf('bob')]) },
    ],
    [
      'of the stricter tier',
      { args: big, decision: decided([bigVote]), consent: { tier: 'escalation' } },
    ],
    [
      'with a change',
      {
        args: { order: 'o-1', amount: 1_200 },
        consent: { tier: 'escalation' },
        decision: decided([change], { decision: 'modified', shown: big }),
      },
    ],
    [
      'of a signature whose time has passed since',
      { decision: decided(PAIR), now: NOW + 72 * 3_600_000 },
    ],
    ['that nobody had to give', { args: { order: 'o-1', amount: 50 } }],
    ['to a read', { actionType: 'look', args: {} }],
  ])('%s runs', (_what, trial) => {
    expect(judged(trial)).toBe('runs');
  });
});

describe('H1, H6: a consent that lies', () => {
  const rejection = voteOf('alice', { decision: 'rejected' });
  const modified = voteOf('bea', {
    decision: 'modified',
    modifications: { amount: 1_100 },
    payloadDigest: digestOf(REFUND),
  });
  const lie = (changes: Partial<ConsentDecision>, votes = PAIR): Trial => ({
    decision: decided(votes, changes),
  });
  test.each<readonly [string, Trial, string]>([
    ['that nobody had to be asked', {}, 'CONSENT_MISSING'],
    [
      'that nobody had to be asked, in the tier without a gate',
      { consent: { tier: 'automated' } },
      'CONSENT_MISSING',
    ],
    ['that somebody said yes, without a vote', lie({}, []), 'CONSENT_MISSING'],
    [
      'with votes that are none',
      { decision: decided([], { votes: [7, { decision: 1 }] as never }) },
      'CONSENT_MISSING',
    ],
    [
      'with votes that are no list',
      { decision: decided(PAIR, { votes: 'alice' as never }) },
      'CONSENT_MISSING',
    ],
    [
      'that a rejection is a yes',
      { decision: decided([rejection], { decision: 'rejected' as never, shown: REFUND }) },
      'CONSENT_MISSING',
    ],
    [
      'that rejections are approvals',
      { decision: decided([rejection, voteOf('bob', { decision: 'rejected' })]) },
      'CONSENT_MISSING',
    ],
    ['that one was enough', { decision: decided([voteOf('alice')]) }, 'NOT_AUTHORIZED'],
    [
      'that one vote is two',
      { decision: decided([voteOf('alice'), voteOf('alice')]) },
      'NOT_AUTHORIZED',
    ],
    [
      'that one person is two',
      { decision: decided([voteOf('alice'), voteOf('alice-gh')]) },
      'NOT_AUTHORIZED',
    ],
    [
      'that it was a tier of one',
      { decision: decided([voteOf('alice')]), consent: { tier: 'automated' } },
      'NOT_AUTHORIZED',
    ],
    [
      'that a tier was asked that does not know them',
      { decision: decided(PAIR), consent: { tier: 'escalation' } },
      'NOT_AUTHORIZED',
    ],
    [
      'of a tier that is not there',
      { decision: decided(PAIR), consent: { tier: 'easy' } },
      'NOT_AUTHORIZED',
    ],
    [
      'that nothing had to be proven',
      { decision: decided(PAIR.map(unsigned)) },
      'SIGNATURE_REQUIRED',
    ],
    [
      'that one of two had to prove nothing',
      { decision: decided([voteOf('bob'), unsigned(voteOf('alice'))]) },
      'SIGNATURE_REQUIRED',
    ],
    [
      'of who said it',
      {
        decision: decided([
          voteOf('alice'),
          { ...voteOf('carla'), decision: { ...voteOf('carla').decision, reviewerId: 'bob' } },
        ]),
      },
      'SIGNATURE_INVALID',
    ],
    [
      'of which group they are in',
      {
        decision: decided([
          voteOf('alice'),
          { ...voteOf('mallory'), groups: ['admins'], personId: 'bea' },
        ]),
      },
      'NOT_AUTHORIZED',
    ],
    ['of the gate', lie({ gateId: 'gate-2' }), 'CONSENT_MISSING'],
    ['of the decision that the ledger spends', lie({ decisionId: 'fresh' }), 'CONSENT_MISSING'],
    ['of the run', lie({ runId: 'another' }), 'CONSENT_MISSING'],
    [
      'of the session',
      { decision: decided(PAIR), consent: { sessionId: 'session-2' } },
      'SIGNATURE_INVALID',
    ],
    [
      'of the policy',
      { decision: decided(PAIR), consent: { policyVersion: 'lax@1#0' } },
      'SIGNATURE_INVALID',
    ],
    [
      'of the payload',
      { args: { order: 'o-1', amount: 400 }, decision: decided(PAIR) },
      'DIGEST_MISMATCH',
    ],
    [
      'of the payload, beyond who was asked',
      { args: { order: 'o-1', amount: 9_000 }, decision: decided(PAIR) },
      'DIGEST_MISMATCH',
    ],
    [
      'of one of two payloads',
      { decision: decided([voteOf('alice', { payloadDigest: OTHER_DIGEST }), voteOf('bob')]) },
      'DIGEST_MISMATCH',
    ],
    [
      'that an approval was a change',
      { decision: decided([voteOf('alice')], { decision: 'modified', shown: REFUND }) },
      'CONSENT_MISSING',
    ],
    ['that a change was an approval', { decision: decided([modified]) }, 'CONSENT_MISSING'],
    [
      'of what was shown',
      {
        args: { order: 'o-1', amount: 1_100 },
        decision: decided([modified], {
          decision: 'modified',
          shown: { order: 'o-2', amount: 300 },
        }),
      },
      'DIGEST_MISMATCH',
    ],
    [
      'of what was changed',
      {
        args: { order: 'o-1', amount: 1_900 },
        decision: decided([modified], { decision: 'modified', shown: REFUND }),
      },
      'DIGEST_MISMATCH',
    ],
    [
      'without what was shown',
      {
        args: { order: 'o-1', amount: 1_100 },
        decision: decided([modified], { decision: 'modified' }),
      },
      'DIGEST_MISMATCH',
    ],
    [
      'that two changed it',
      { decision: decided([modified, modified], { decision: 'modified', shown: REFUND }) },
      'DIGEST_MISMATCH',
    ],
    ['with a key that nobody trusts', { decision: decided(PAIR), keys: [] }, 'SIGNATURE_INVALID'],
    [
      'with the groups of one’s own key',
      {
        decision: decided([
          voteOf('bob'),
          voteOf('alice', {}, { key: OWN, claims: { groups: ['ops'] } }),
        ]),
      },
      'SIGNATURE_INVALID',
    ],
  ])('%s', (_what, trial, code) => {
    expect(judged(trial)).toBe(code);
  });

  test('of what its tool is: the worker’s own policy says what is asked', () => {
    const strict = policyOf({ name: 'strict', version: '1' });
    expect(judged({ args: { order: 'o-1', amount: 50 }, policy: strict })).toBe('CONSENT_MISSING');
    const lock = { actionType: 'lock', args: { id: 1 } };
    expect(judged({ ...lock, consent: { oneShot: false } })).toBe('CONSENT_MISSING');
    expect(judged({ ...lock, consent: { tier: 'automated' } })).toBe('CONSENT_MISSING');
  });
});
