/**
 * Proves the parts of a policy that are about people: each mistake is refused with its path and the way out, each field
 * has the default that docs/reference/policy.md states, and people and keys are read as strictly from elsewhere.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { readPeople } from '../../domain/authority/person-reading.ts';
import {
  GATES_PER_HOUR_MAX,
  GRANT_TIMES_MAX,
  PEOPLE_MAX,
  POLICY_PEOPLE_MAX,
  QUORUM_MAX,
  TRUSTED_KEYS_MAX,
} from '../../domain/limits.ts';
import { readPolicy } from '../../domain/index.ts';
import { readTrustedKeys } from '../../domain/proof/trusted-key.ts';
import { policyOf, tierOf, tiersWith } from './builders.ts';
import { testKey } from './signing.ts';

const NAMED = { name: 'shop', version: '1' };
const tier = (changes: object): object => ({
  tiers: [tierOf('own', { reviewers: ['ada', 'bob'], ...changes }), ...tiersWith({})],
});
const bare = (changes: object): object => {
  const { reviewers: _nobody, ...rest } = tierOf('own', changes) as { readonly reviewers: unknown };
  return { tiers: [rest, ...tiersWith({})] };
};
const people = (count: number): object =>
  Object.fromEntries(Array.from({ length: count }, (_one, index) => [`p${index}`, {}]));

/** What is wrong, where it is said to be, and a part of what the message says to do. */
const BAD: readonly (readonly [string, object, string, string])[] = [
  ['a tier that names nobody', bare({}), 'tiers[0].reviewers', 'name reviewers'],
  ['an empty list of reviewers', tier({ reviewers: [] }), 'tiers[0].reviewers', '>=1'],
  ['an empty list of groups', tier({ groups: [] }), 'tiers[0].groups', '>=1'],
  [
    'groups where anyone may decide',
    tier({ reviewers: 'anyone', groups: ['ops'] }),
    'tiers[0].groups',
    'list reviewers, or leave them out',
  ],
  ['a quorum of nobody', tier({ quorum: 0 }), 'tiers[0].quorum', '>=1'],
  ['a quorum of a crowd', tier({ quorum: QUORUM_MAX + 1 }), 'tiers[0].quorum', `<=${QUORUM_MAX}`],
  ['a quorum of one and a half', tier({ quorum: 1.5 }), 'tiers[0].quorum', 'int'],
  [
    'a quorum of more than are named',
    tier({ quorum: 3 }),
    'tiers[0].quorum',
    'reviewers names 2: name more of them, or ask for fewer',
  ],
  [
    'a quorum of two accounts of one person',
    {
      ...tier({ quorum: 2 }),
      people: { ada: { accounts: ['bob'] } },
    },
    'tiers[0].quorum',
    'reviewers names 1',
  ],
  ['a proof that there is not', tier({ proof: 'strong' }), 'tiers[0].proof', 'claimed'],
  [
    'an escalation after the deadline',
    tier({ escalateAfterMs: 60_000, escalateTo: 'escalation' }),
    'tiers[0].escalateAfterMs',
    'never comes: the tier ends after 60000 ms',
  ],
  [
    'a reminder after the deadline',
    tier({ remindAfterMs: 61_000 }),
    'tiers[0].remindAfterMs',
    'never comes',
  ],
  ['a repeat of nothing', tier({ repeat: 2 }), 'tiers[0].repeat', 'set remindAfterMs as well'],
  ['a repeat of none', tier({ remindAfterMs: 1_000, repeat: 0 }), 'tiers[0].repeat', '>=1'],
  [
    'an early escalation to nowhere',
    tier({ escalateAfterMs: 1_000 }),
    'tiers[0].escalateTo',
    'name the next tier',
  ],
  [
    'an early escalation to a tier that is not there',
    tier({ escalateAfterMs: 1_000, escalateTo: 'boss' }),
    'tiers[0].escalateTo',
    'unknown tier boss',
  ],
  [
    'an early escalation that comes back',
    tier({ escalateAfterMs: 1_000, escalateTo: 'own' }),
    'tiers[0].escalateTo',
    'must end in another answer',
  ],
  [
    'a next tier that nothing climbs to',
    tier({ escalateTo: 'escalation' }),
    'tiers[0].escalateTo',
    'escalateAfterMs',
  ],
  ['a claim of no time', tier({ claimForMs: 0 }), 'tiers[0].claimForMs', '>=1000'],
  [
    'a rationale perhaps',
    tier({ rationaleRequired: 'yes' }),
    'tiers[0].rationaleRequired',
    'boolean',
  ],
  ['people that are a list', { people: ['ada'] }, 'people', "must be 'directory', or people by id"],
  ['people by a blank', { people: { ' ada': {} } }, 'people', 'people by id'],
  [
    'a field that nobody reads',
    { people: { ada: { email: 'x' } } },
    'people.ada.email',
    'nothing implements email',
  ],
  [
    'a moment that is none',
    { people: { ada: { revokedSince: 'monday' } } },
    'people.ada.revokedSince',
    'ISO 8601',
  ],
  [
    'an account of two people',
    { people: { ada: { accounts: ['a@corp'] }, bob: { accounts: ['A@CORP'] } } },
    'people.bob',
    'A@CORP is also ada: an account stands for one person',
  ],
  [
    'a person under another’s account',
    { people: { ada: { accounts: ['bob'] }, bob: {} } },
    'people.bob',
    'bob is also ada',
  ],
  [
    'more people than a session carries',
    { people: people(POLICY_PEOPLE_MAX + 1) },
    'people',
    'use people: directory',
  ],
  [
    'a group that nobody is in',
    { ...bare({ groups: ['ops'] }), people: { ada: { groups: ['op'] } } },
    'tiers[0].groups',
    'nobody in people is in group ops: add somebody, or correct the name',
  ],
  [
    'an owner that nobody knows',
    { people: { ada: {} }, agents: { bot: { owner: 'olaf' } } },
    'agents.bot.owner',
    'olaf is not in people: add them, with every account they have',
  ],
  ['an agent of nobody', { agents: { bot: {} } }, 'agents.bot.owner', 'expected string'],
  ['authority that cascades perhaps', { authority: {} }, 'authority.cascading', 'expected boolean'],
  [
    'a pause after no rejection',
    { afterRejection: { pauseAfter: 0 } },
    'afterRejection.pauseAfter',
    '>=1',
  ],
  [
    'a payload that is forgotten',
    { afterRejection: { samePayload: 'no' } },
    'afterRejection.samePayload',
    'refuse',
  ],
  [
    'grants without end',
    { grants: { timesMax: GRANT_TIMES_MAX + 1 } },
    'grants.timesMax',
    `<=${GRANT_TIMES_MAX}`,
  ],
  ['grants for ever', { grants: { withinMs: 1e12 } }, 'grants.withinMs', '<='],
  [
    'a tool that is grantable where nothing is granted',
    { grants: false, tools: { lock: { reversibility: 'irreversible', grantable: true } } },
    'tools.lock.grantable',
    'allow grants, or leave it out',
  ],
  ['no gates within an hour', { overload: { gatesPerHour: 0 } }, 'overload.gatesPerHour', '>=1'],
  [
    'more gates than are counted',
    { overload: { gatesPerHour: GATES_PER_HOUR_MAX + 1 } },
    'overload.gatesPerHour',
    '<=',
  ],
  [
    'to read in less than no time',
    { overload: { readingMs: { atLeast: -1 } } },
    'overload.readingMs.atLeast',
    '>=0',
  ],
  [
    'who may decide about a change, perhaps',
    { separationOfDuties: { modifierMayDecide: 'no' } },
    'separationOfDuties.modifierMayDecide',
    'boolean',
  ],
];

describe('a policy is refused, with the path and the way out', () => {
  test.each(BAD)('%s', (_what, changes, path, advice) => {
    const reading = readPolicy({ ...NAMED, ...changes });
    if (reading.ok) throw new Error('It was taken');
    const found = reading.problems.find((problem) => problem.path === path);
    expect(found?.message, JSON.stringify(reading.problems)).toContain(advice);
  });
});

describe('a policy that says nothing of people', () => {
  const { tiers, separationOfDuties, ...policy } = policyOf(NAMED);

  test('has the defaults that the reference states', async () => {
    expect(separationOfDuties).toEqual({ requesterMayDecide: false, modifierMayDecide: true });
    expect(policy.afterRejection).toEqual({ samePayload: 'refuse' });
    expect(policy.grants).toEqual({ timesMax: 20, withinMs: 24 * 3_600_000 });
    expect(policy.overload).toEqual({
      gatesPerHour: 500,
      readingMs: { atLeast: 2_000, perKiB: 1_000 },
    });
    const page = await readFile(new URL('../../docs/reference/policy.md', import.meta.url), 'utf8');
    for (const row of [
      '| `separationOfDuties.modifierMayDecide` | `true` |',
      '| `afterRejection.samePayload` | `refuse` |',
      '| `grants.timesMax` | 20 |',
      '| `grants.withinMs` | 24 h |',
      '| `overload.gatesPerHour` | 500 |',
      '| `overload.readingMs.atLeast` | 2 s |',
      '| `overload.readingMs.perKiB` | 1 s |',
    ]) {
      expect(page).toContain(row);
    }
  });

  test('lists nobody, and its tiers take one person who proves nothing', () => {
    expect(policy).not.toHaveProperty('people');
    expect(policy).not.toHaveProperty('agents');
    expect(policy).not.toHaveProperty('authority');
    for (const one of tiers) {
      expect(one).not.toHaveProperty('quorum');
      expect(one).not.toHaveProperty('proof');
    }
  });

  test('may let nobody give standing grants', () => {
    expect(policyOf({ ...NAMED, grants: false })).not.toHaveProperty('grants');
  });

  test('a tier by groups alone lists no reviewers', () => {
    const grouped = policyOf({ ...NAMED, ...bare({ groups: ['ops'], quorum: 2 }) });
    expect(grouped.tiers[0]).toMatchObject({ reviewers: [], groups: ['ops'], quorum: 2 });
  });
});

describe('people of a directory', () => {
  test('are read with what is known of them', () => {
    const ada = { accounts: ['ada@corp'], groups: ['ops'], revokedSince: '2026-11-23T09:30:00Z' };
    expect(readPeople({ people: { ada, bob: {} } })).toEqual({
      ok: true,
      value: [
        { id: 'ada', ...ada },
        { id: 'bob', accounts: [], groups: [] },
      ],
    });
  });

  test.each([
    ['nothing', undefined],
    ['a list', []],
    ['no people', {}],
    ['people as a list', { people: [] }],
    ['a person that is text', { people: { ada: 'x' } }],
    ['a field that nobody reads', { people: { ada: { mail: 'x' } } }],
    ['an account that is no name', { people: { ada: { accounts: [' x'] } } }],
    ['groups that are no list', { people: { ada: { groups: 'ops' } } }],
    ['a moment that is none', { people: { ada: { revokedSince: 'x' } } }],
    ['an id that is none', { people: { '': {} } }],
    ['an account of two', { people: { ada: { accounts: ['x'] }, bob: { accounts: ['X'] } } }],
    [
      'more accounts than anybody has',
      {
        people: { ada: { accounts: Array.from({ length: 33 }, (_one, index) => `a${index}`) } },
      },
    ],
    ['more people than are read', { people: people(PEOPLE_MAX + 1) }],
  ])('are refused, and nobody is let in by that: %s', (_what, raw) => {
    expect(readPeople(raw)).toMatchObject({ ok: false, problem: expect.any(String) });
  });

  test('ten thousand are read, each name looked at once', () => {
    const raw = {
      people: Object.fromEntries(
        Array.from({ length: PEOPLE_MAX }, (_one, index) => [
          `p${index}`,
          { accounts: [`p${index}@corp`] },
        ]),
      ),
    };
    expect(readPeople(raw)).toMatchObject({ ok: true });
  });
});

describe('trusted keys', () => {
  const { trusted } = testKey('gateway');

  test('are read as a set of JSON Web Keys, with what such sets say', () => {
    const keys = [
      { ...trusted, alg: 'EdDSA', use: 'sig' },
      testKey('alice-1', { reviewerId: 'alice', notBefore: '2026-11-23T09:30:00Z' }).trusted,
      testKey('old', { revokedAt: '2026-11-23T09:30:00Z' }).trusted,
    ];
    expect(readTrustedKeys({ keys })).toEqual({ ok: true, value: keys });
    expect(readTrustedKeys({ keys: [] })).toEqual({ ok: true, value: [] });
  });

  test.each([
    ['nothing', undefined, 'must be { "keys": [ … ] }'],
    ['a list', [trusted], 'must be'],
    ['a private key', { keys: [{ ...trusted, d: 'x' }] }, 'holds a private key'],
    ['another curve', { keys: [{ ...trusted, crv: 'X25519' }] }, 'crv must be Ed25519'],
    ['another type', { keys: [{ ...trusted, kty: 'EC' }] }, 'kty must be OKP'],
    ['a secret', { keys: [{ kid: 'a', kty: 'oct', k: 'x' }] }, 'unknown field k'],
    ['a key of 31 bytes', { keys: [{ ...trusted, x: 'A'.repeat(42) }] }, '32 bytes in base64url'],
    ['a key with padding', { keys: [{ ...trusted, x: `${trusted.x}=` }] }, '32 bytes'],
    ['another use', { keys: [{ ...trusted, use: 'enc' }] }, 'use must be sig'],
    ['another algorithm', { keys: [{ ...trusted, alg: 'HS256' }] }, 'alg must be one of'],
    [
      'one kid twice',
      { keys: [trusted, { ...testKey('x').trusted, kid: 'gateway' }] },
      'kid gateway is there twice',
    ],
    ['no kid', { keys: [{ ...trusted, kid: undefined }] }, 'kid is missing'],
    ['a moment that is none', { keys: [{ ...trusted, revokedAt: 'soon' }] }, 'revokedAt must be'],
    ['a field that nobody reads', { keys: [{ ...trusted, owner: 'x' }] }, 'unknown field owner'],
    [
      'more than are carried',
      {
        keys: Array.from({ length: TRUSTED_KEYS_MAX + 1 }, () => trusted),
      },
      `at most ${TRUSTED_KEYS_MAX}`,
    ],
  ])('are refused as a whole: %s', (_what, raw, problem) => {
    const reading = readTrustedKeys(raw);
    expect(reading.ok ? '' : reading.problem).toContain(problem);
  });
});
