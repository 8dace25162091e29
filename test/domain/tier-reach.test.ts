/** Who can answer at each tier of a policy, and the alarms where too few can. */
import { describe, expect, test } from 'vitest';
import { tierReaches } from '../../domain/authority/tier-reach.ts';
import { DEFAULT_TIERS, definePolicy, type PolicySource } from '../../domain/index.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { NOW } from './builders.ts';

type TierSource = NonNullable<PolicySource['tiers']>[number];

const PEOPLE = {
  alice: { accounts: ['alice@example.com'], groups: ['desk'] },
  bob: { groups: ['desk'] },
  cleo: { groups: ['desk'], revokedSince: '2020-01-01T00:00:00Z' },
  mona: { groups: ['managers'] },
};

/** What is said of the tier `synchronous_gate`, where it is changed so; anyone may decide at the others. */
function reachOf(
  tier: Partial<TierSource>,
  { keys, ...source }: Partial<PolicySource> & { readonly keys?: readonly TrustedKey[] } = {},
) {
  const tiers = DEFAULT_TIERS.map((one) => {
    if (one.name !== 'synchronous_gate') return one;
    const { reviewers: _anyone, ...rest } = one;
    return { ...rest, ...tier };
  });
  const policy = definePolicy({ name: 'desk', version: '1', tiers, people: PEOPLE, ...source });
  const reaches = tierReaches(policy, { now: NOW, ...(keys === undefined ? {} : { keys }) });
  const found = reaches.find((one) => one.tier.name === 'synchronous_gate');
  if (found === undefined) throw new Error('It is one of the tiers');
  return found;
}

const keyOf = (kid: string, more: Partial<TrustedKey> = {}): TrustedKey => ({
  kid,
  kty: 'OKP',
  crv: 'Ed25519',
  x: 'A'.repeat(43),
  ...more,
});

describe('who may decide at a tier', () => {
  test('is said by person, whichever account or group named them, without who is revoked', () => {
    const { able, alarms } = reachOf({ reviewers: ['alice@example.com', 'zoe'], groups: ['desk'] });
    expect(able).toEqual(['alice', 'zoe', 'bob']);
    expect(alarms).toEqual([]);
  });

  test('includes those whose authority cascades', () => {
    const tiers = DEFAULT_TIERS.map((one) =>
      one.name === 'escalation' ? { ...one, reviewers: ['mona'] } : { ...one, reviewers: ['bob'] },
    );
    const policy = definePolicy({
      name: 'desk',
      version: '1',
      tiers,
      people: PEOPLE,
      authority: { cascading: true },
    });
    const [first] = tierReaches(policy, { now: NOW });
    expect(first?.able).toEqual(['bob', 'mona']);
  });

  test('is anyone, or whom a directory knows, and then nobody raises an alarm', () => {
    expect(reachOf({ reviewers: 'anyone', quorum: 3 })).toMatchObject({
      able: 'anyone',
      alarms: [],
    });
    const unknown = { people: 'directory' } as const;
    expect(reachOf({ groups: ['desk'], quorum: 3 }, unknown)).toMatchObject({
      unknownGroups: ['desk'],
      alarms: [],
    });
  });
});

describe('an alarm', () => {
  test.each<[string, Partial<TierSource>, Partial<PolicySource>, string]>([
    ['nobody is left', { reviewers: ['cleo'] }, {}, 'nobody can decide at synchronous_gate'],
    [
      'one of as many as it takes is revoked',
      { groups: ['desk'], quorum: 3 },
      {},
      'takes 3 people, and 2 can',
    ],
    [
      'the owner of an agent is one of two',
      { groups: ['desk'], quorum: 2 },
      { agents: { bot: { owner: 'bob' } } },
      'without bob, who owns bot, 1 can decide',
    ],
  ])('says that %s', (_what, tier, source, alarm) => {
    expect(reachOf(tier, source).alarms).toEqual([expect.stringContaining(alarm)]);
  });

  const signed = { groups: ['desk'], proof: 'signed', quorum: 2 } as const;
  const ofAlice = keyOf('a', { reviewerId: 'alice@example.com' });

  test.each<[string, readonly TrustedKey[], string]>([
    ['no key is there', [], 'no key counts'],
    [
      'all are revoked',
      [keyOf('a', { reviewerId: 'alice', revokedAt: '2020-01-01T00:00:00Z' })],
      'no key counts',
    ],
    ['one of two has a key', [ofAlice], 'takes 2 signed, and 1 can sign: no key of bob counts'],
    [
      'a key is of nobody who may decide',
      [ofAlice, keyOf('m', { reviewerId: 'mona' })],
      'no key of bob',
    ],
  ])('says that %s', (_what, keys, alarm) => {
    expect(reachOf(signed, { keys }).alarms).toEqual([expect.stringContaining(alarm)]);
  });

  test('is silent where each has a key, or an issuer signs for all', () => {
    const ofBob = keyOf('b', { reviewerId: 'bob' });
    expect(reachOf(signed, { keys: [ofAlice, ofBob] }).alarms).toEqual([]);
    expect(reachOf(signed, { keys: [keyOf('issuer')] }).alarms).toEqual([]);
  });

  test('says that nobody knows who is in a group', () => {
    const tiers = DEFAULT_TIERS.map(({ reviewers: _anyone, ...tier }) => ({
      ...tier,
      groups: ['desk'],
    }));
    const policy = definePolicy({ name: 'desk', version: '1', tiers });
    const alarmsWith = (keys: readonly TrustedKey[]) =>
      tierReaches(policy, { now: NOW, keys }).flatMap(({ alarms }) => alarms);
    expect(alarmsWith([])).toHaveLength(3);
    expect(alarmsWith([])[0]).toContain('nobody knows who is in desk');
    expect(alarmsWith([keyOf('issuer')])).toEqual([]);
  });
});
