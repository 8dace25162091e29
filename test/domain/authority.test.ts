/**
 * Proves who may decide: by person, account and group; that exclusion goes before every role; that a person is one under
 * all accounts where that forbids something, and exactly themselves where it allows something.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AuthorityContext,
  distinctPeople,
  type Parties,
  peopleOf,
  reachableReviewers,
  whyNotReviewer,
} from '../../domain/authority/authority.ts';
import { findPerson, isRevoked, isSamePerson, personOf } from '../../domain/authority/person.ts';
import type { Policy } from '../../domain/index.ts';
import { NOW, policyOf, tierOf, tiersWith } from './builders.ts';

const YESTERDAY = '2026-11-22T09:30:00Z';
const TOMORROW = '2026-11-24T09:30:00Z';

/** `rosa` asks, `olaf` owns the agent; alice and bob review, carla is of the group, dora is revoked, bea is the boss. */
const PEOPLE = {
  rosa: { accounts: ['rosa@corp', 'rosa-admin'], groups: ['ops', 'admins'] },
  olaf: { accounts: ['olaf@corp'], groups: ['ops', 'admins'] },
  alice: { accounts: ['alice@corp', 'alice-gh'] },
  carla: { accounts: ['carla@corp'], groups: ['ops'] },
  dora: { accounts: ['dora@corp'], groups: ['ops', 'admins'], revokedSince: YESTERDAY },
  emil: { groups: ['ops'], revokedSince: TOMORROW },
  bea: { accounts: ['bea@corp'] },
  'agent-person': { accounts: ['agent-smith'] },
};

function policyWith(changes: object = {}): Policy {
  return policyOf({
    name: 'people',
    version: '1',
    people: PEOPLE,
    agents: { 'agent-smith': { owner: 'olaf' }, overseer: { owner: 'bea' } },
    tiers: [
      tierOf('open'),
      ...tiersWith({
        async_review: { reviewers: ['alice', 'bob', 'rosa', 'olaf@corp', 'dora'] },
        synchronous_gate: { reviewers: [], groups: ['ops', 'admins'] },
        escalation: { reviewers: ['bea'] },
      }),
    ].map((tier) => {
      const { reviewers, ...rest } = tier as { readonly reviewers: unknown };
      return Array.isArray(reviewers) && reviewers.length === 0 ? rest : tier;
    }),
    ...changes,
  });
}

const POLICY = policyWith();
const PARTIES: Parties = { requesterId: 'rosa', agentIds: ['agent-smith'] };

interface Trial {
  readonly policy?: Policy;
  readonly parties?: Parties;
  readonly earlierTiers?: readonly string[];
  readonly barred?: readonly string[];
}

/** `ok`, or the code of the refusal. */
function verdict(tier: string, account: string, trial: Trial = {}): string {
  const { policy = POLICY, parties = PARTIES, earlierTiers = [], barred } = trial;
  const people = peopleOf(policy);
  const context: AuthorityContext = {
    policy,
    people,
    parties,
    now: NOW,
    ...(barred === undefined ? {} : { barred }),
  };
  const reviewer = { account, person: personOf(people, account) };
  return whyNotReviewer({ tier, earlierTiers }, reviewer, context)?.code ?? 'ok';
}

const S = 'SELF_APPROVAL';
const N = 'NOT_AUTHORIZED';

describe('H1, H6: who may decide, by relation, account and tier', () => {
  // Each line: open (anyone), async_review (names), synchronous_gate (groups), escalation (bea).
  test.each([
    ['the requester', 'rosa', [S, S, S, S]],
    ['the requester under an account', 'rosa@corp', [S, S, S, S]],
    ['the requester as an administrator', 'rosa-admin', [S, S, S, S]],
    ['the requester in other letters', 'ROSA@CORP', [S, S, S, S]],
    ['the owner of the agent', 'olaf', [S, S, S, S]],
    ['the owner under an account that a tier names', 'olaf@corp', [S, S, S, S]],
    ['the agent', 'agent-smith', [S, S, S, S]],
    ['the agent as a person', 'agent-person', [S, S, S, S]],
    ['a reviewer by name', 'alice', ['ok', 'ok', N, N]],
    ['a reviewer under an account', 'alice-gh', ['ok', 'ok', N, N]],
    ['a reviewer that nobody lists as a person', 'bob', ['ok', 'ok', N, N]],
    ['a member of a group', 'carla', ['ok', N, 'ok', N]],
    ['a member under an account', 'carla@corp', ['ok', N, 'ok', N]],
    ['whoever is revoked', 'dora', [N, N, N, N]],
    ['whoever is revoked, under an account', 'dora@corp', [N, N, N, N]],
    ['whoever will be revoked tomorrow', 'emil', ['ok', N, 'ok', N]],
    ['the boss', 'bea@corp', ['ok', N, N, 'ok']],
    ['a stranger', 'mallory', ['ok', N, N, N]],
    // What only looks like somebody may be somebody else: it is shut out like them, and let in unlike them.
    ['an account in other letters than a reviewer’s', 'ALICE', ['ok', N, N, N]],
    ['an account in other letters than a member’s', 'ｃａｒｌａ', ['ok', N, N, N]],
    ['an account in other letters than one that is revoked', 'DORA', [N, N, N, N]],
    ['the name of a group', 'ops', ['ok', N, N, N]],
  ] as const)('%s (%s)', (_who, account, expected) => {
    const tiers = ['open', 'async_review', 'synchronous_gate', 'escalation'];
    expect(tiers.map((tier) => verdict(tier, account))).toEqual(expected);
  });

  test('the agents of the sessions above, and their owners, under any account', () => {
    const parties = { agentIds: ['agent-smith', 'overseer'] };
    for (const account of ['overseer', 'Overseer', 'bea', 'bea@corp', 'olaf@corp']) {
      expect(verdict('open', account, { parties })).toBe(S);
    }
    expect(verdict('escalation', 'bea', { parties })).toBe(S);
    expect(verdict('open', 'rosa', { parties })).toBe('ok');
  });

  test('the owner of an agent, in whatever letters a session writes the agent', () => {
    const parties = { agentIds: ['AGENT-Smith'] };
    expect(verdict('open', 'olaf@corp', { parties })).toBe(S);
    expect(verdict('open', 'rosa', { parties })).toBe('ok');
  });

  test('a policy may let the requester decide; never the owner, though they are one', () => {
    const lax = policyWith({ separationOfDuties: { requesterMayDecide: true } });
    expect(verdict('async_review', 'rosa@corp', { policy: lax })).toBe('ok');
    const parties = { requesterId: 'olaf', agentIds: ['agent-smith'] };
    expect(verdict('async_review', 'olaf', { policy: lax, parties })).toBe(S);
  });

  test('who changed the payload, under any account, where somebody else has to approve it', () => {
    const barred = ['alice-gh'];
    for (const account of ['alice', 'alice@corp', 'ALICE']) {
      expect(verdict('open', account, { barred })).toBe(S);
    }
    expect(verdict('async_review', 'bob', { barred })).toBe('ok');
  });

  test('a tier that the gate was in before still lets its reviewers decide', () => {
    const climbed = { earlierTiers: ['async_review'] };
    expect(verdict('escalation', 'alice', climbed)).toBe('ok');
    expect(verdict('escalation', 'carla', climbed)).toBe(N);
    expect(verdict('escalation', 'rosa', climbed)).toBe(S);
  });

  test('where authority cascades, whom a stricter tier names may decide below, and nobody the other way', () => {
    const cascading = { policy: policyWith({ authority: { cascading: true } }) };
    expect(verdict('async_review', 'bea', cascading)).toBe('ok');
    expect(verdict('async_review', 'carla', cascading)).toBe('ok');
    expect(verdict('synchronous_gate', 'alice', cascading)).toBe(N);
    expect(verdict('escalation', 'carla', cascading)).toBe(N);
    expect(verdict('async_review', 'mallory', cascading)).toBe(N);
    expect(verdict('async_review', 'rosa', cascading)).toBe(S);
    const not = { policy: policyWith({ authority: { cascading: false } }) };
    expect(verdict('async_review', 'bea', not)).toBe(N);
  });

  test('that anyone may decide in a stricter tier makes nobody a reviewer below it', () => {
    const tiers = [
      tierOf('async_review', { reviewers: ['alice'] }),
      tierOf('synchronous_gate', { reviewers: 'anyone' }),
      tierOf('escalation', { reviewers: 'anyone' }),
    ];
    const policy = policyOf({ name: 'p', version: '1', tiers, authority: { cascading: true } });
    expect(verdict('async_review', 'mallory', { policy, parties: { agentIds: ['a'] } })).toBe(N);
  });

  test('H10: a tier that the policy does not know is its strictest', () => {
    expect(verdict('gone', 'alice')).toBe(N);
    expect(verdict('gone', 'bea')).toBe('ok');
  });
});

describe('a person', () => {
  const people = peopleOf(POLICY);

  test('is found under id and accounts, in any letters', () => {
    for (const name of ['alice', 'alice@corp', 'ALICE-GH', 'ａｌｉｃｅ']) {
      expect(findPerson(people, name)?.id).toBe('alice');
    }
    expect(findPerson(people, 'alice ')).toBeUndefined();
  });

  test('is revoked from a moment on, and at once where the moment can’t be read', () => {
    const since = (revokedSince: string) => ({ id: 'x', accounts: [], groups: [], revokedSince });
    const moment = new Date(NOW).toISOString();
    expect(isRevoked(since(moment), NOW - 1)).toBe(false);
    expect(isRevoked(since(moment), NOW)).toBe(true);
    expect(isRevoked(since('one day'), NOW)).toBe(true);
    expect(isRevoked({ id: 'x', accounts: [], groups: [] }, NOW)).toBe(false);
  });

  test('counts once, however many accounts are there', () => {
    const name = fc.constantFrom('alice', 'ALICE', 'alice-gh', 'bob', 'carla', 'carla@corp', 'zed');
    fc.assert(
      fc.property(fc.array(name, { maxLength: 12 }), (names) => {
        const distinct = distinctPeople(names.map((one) => personOf(people, one)));
        const ids = new Set(names.map((one) => personOf(people, one).id.toLowerCase()));
        expect(distinct).toHaveLength(ids.size);
        for (const [index, one] of distinct.entries()) {
          expect(distinct.slice(0, index).some((other) => isSamePerson(one, other))).toBe(false);
        }
      }),
    );
  });

  test('H6: is excluded under any of their accounts, whatever their roles are', () => {
    const account = fc.constantFrom('rosa', 'rosa@corp', 'rosa-admin', 'olaf', 'olaf@corp');
    const letters = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.toUpperCase(),
      (text: string) => text.normalize('NFKD'),
    );
    const tier = fc.constantFrom('open', 'async_review', 'synchronous_gate', 'escalation', 'gone');
    fc.assert(
      fc.property(account, letters, tier, fc.boolean(), (name, written, at, cascading) => {
        const policy = policyWith({ authority: { cascading } });
        expect(verdict(at, written(name), { policy })).toBe(S);
      }),
      { numRuns: 60 },
    );
  });
});

describe('how many people could decide', () => {
  const reach = (tier: string, trial: Trial = {}): number | undefined => {
    const { policy = POLICY, parties = PARTIES, earlierTiers = [], barred } = trial;
    const bars = barred === undefined ? {} : { barred };
    const context = { policy, people: peopleOf(policy), parties, now: NOW, ...bars };
    return reachableReviewers({ tier, earlierTiers }, context);
  };

  test('is not known where anyone may', () => {
    expect(reach('open')).toBeUndefined();
    expect(reach('escalation', { earlierTiers: ['open'] })).toBeUndefined();
  });

  test('leaves out who asked, who owns, who is revoked, who changed it, and counts nobody twice', () => {
    // alice and bob; not rosa, olaf, dora.
    expect(reach('async_review')).toBe(2);
    expect(reach('async_review', { barred: ['alice@corp'] })).toBe(1);
    // carla and emil.
    expect(reach('synchronous_gate')).toBe(2);
    expect(reach('synchronous_gate', { earlierTiers: ['async_review'] })).toBe(4);
    expect(reach('escalation', { parties: { requesterId: 'bea@corp', agentIds: [] } })).toBe(0);
  });

  test('counts whom a stricter tier names, where authority cascades', () => {
    const cascading = { policy: policyWith({ authority: { cascading: true } }) };
    expect(reach('synchronous_gate', cascading)).toBe(3);
    const alone = { ...cascading, parties: { requesterId: 'alice', agentIds: [] } };
    // bob, rosa, olaf, carla, emil, bea.
    expect(reach('async_review', alone)).toBe(6);
  });

  test('is not known where a directory, or the issuer of a login, knows a group’s members', () => {
    const {
      people: _people,
      agents: _agents,
      ...rest
    } = {
      ...policyWith(),
      agents: undefined,
    };
    expect(reach('synchronous_gate', { policy: rest as unknown as Policy })).toBeUndefined();
    const asked = { ...rest, people: 'directory' } as unknown as Policy;
    expect(reach('synchronous_gate', { policy: asked })).toBeUndefined();
    expect(reach('escalation', { policy: asked })).toBe(1);
  });
});
