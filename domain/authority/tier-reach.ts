/**
 * Who can answer at each tier of a policy, as far as is known before anything waits there: what its author looks at. A
 * tier at which too few people can decide is an alarm, since each gate there runs out.
 */
import type { Policy } from '../policy/policy.ts';
import type { Tier } from '../policy/tier.ts';
import { standingOf } from '../proof/trusted-key-list.ts';
import type { TrustedKey } from '../proof/trusted-key.ts';
import {
  type AuthorityContext,
  distinctPeople,
  peopleOf,
  reachableReviewers,
  whyNotReviewer,
} from './authority.ts';
import { isSamePerson, type Person, personOf } from './person.ts';

export interface TierReach {
  readonly tier: Tier;
  /** People who may decide there, by id; `anyone`: whoever is not behind the session. */
  readonly able: 'anyone' | readonly string[];
  /** Groups of which a directory, or the issuer of signatures, knows who is in them. */
  readonly unknownGroups: readonly string[];
  readonly alarms: readonly string[];
}

export interface ReachContext {
  readonly now: number;
  /** Whose signatures count; left out: that is not looked at. */
  readonly keys?: readonly TrustedKey[];
}

export function tierReaches(policy: Policy, context: ReachContext): readonly TierReach[] {
  return policy.tiers.map((tier) => tierReach(policy, tier, context));
}

function tierReach(policy: Policy, tier: Tier, { now, keys }: ReachContext): TierReach {
  const context = { policy, people: peopleOf(policy), parties: { agentIds: [] }, now };
  const place = { tier: tier.name, earlierTiers: [] };
  const people = able(tier, context);
  const isKnown = reachableReviewers(place, context) !== undefined;
  return {
    tier,
    able: tier.reviewers === 'anyone' ? 'anyone' : people.map(({ id }) => id),
    unknownGroups: isKnown || tier.reviewers === 'anyone' ? [] : (tier.groups ?? []),
    alarms: [
      ...tooFew(tier, isKnown ? people.length : undefined),
      ...(isKnown ? ownersAway(tier, context, people.length) : []),
      ...(keys === undefined ? [] : withoutKeys(tier, { policy, people, isKnown, keys, now })),
    ],
  };
}

/** Everyone with a name who may decide there: named in a tier, or listed among the people. */
function able({ name: tier }: Tier, context: AuthorityContext): readonly Person[] {
  const { policy, people } = context;
  const named = policy.tiers.flatMap(({ reviewers }) => (reviewers === 'anyone' ? [] : reviewers));
  const accounts = [...new Set([...named, ...people.map(({ id }) => id)])];
  const candidates = accounts.map((account) => ({ account, person: personOf(people, account) }));
  const place = { tier, earlierTiers: [] };
  const may = candidates.filter((one) => whyNotReviewer(place, one, context) === undefined);
  return distinctPeople(may.map(({ person }) => person));
}

function tooFew({ name, quorum = 1 }: Tier, count: number | undefined): readonly string[] {
  if (count === undefined || count >= quorum) return [];
  return [
    count === 0
      ? `nobody can decide at ${name}: each gate there runs out`
      : `${name} takes ${quorum} people, and ${count} can decide there: each gate there runs out`,
  ];
}

/** The owner of an agent does not decide about it, so that for this agent there is one less. */
function ownersAway(
  { name, quorum = 1 }: Tier,
  context: AuthorityContext,
  count: number,
): readonly string[] {
  if (count < quorum) return [];
  return Object.entries(context.policy.agents ?? {}).flatMap(([agentId, { owner }]) => {
    const parties = { agentIds: [agentId] };
    const left = reachableReviewers({ tier: name, earlierTiers: [] }, { ...context, parties });
    if (left === undefined || left >= quorum) return [];
    return [
      `${name} takes ${quorum}, and without ${owner}, who owns ${agentId}, ${left} can decide`,
    ];
  });
}

interface Holders {
  readonly policy: Policy;
  readonly people: readonly Person[];
  readonly isKnown: boolean;
  readonly keys: readonly TrustedKey[];
  readonly now: number;
}

function withoutKeys(
  { name, proof, groups = [], quorum = 1 }: Tier,
  { policy, people, isKnown, keys, now }: Holders,
): readonly string[] {
  const counting = keys.filter((key) => ['counts', 'ending'].includes(standingOf(key, now)));
  // An issuer signs for whoever has logged in there, and says in which groups they are.
  if (counting.some(({ reviewerId }) => reviewerId === undefined)) return [];
  if (!isKnown && policy.people === undefined && people.length < quorum) {
    return [
      `nobody knows who is in ${groups.join(', ')}: list people, name a directory, or trust an issuer's key`,
    ];
  }
  if (proof !== 'signed') return [];
  if (counting.length === 0) return [`${name} takes signed decisions, and no key counts`];
  if (!isKnown) return [];
  const hasKey = (person: Person): boolean =>
    counting.some(({ reviewerId = '' }) => isSamePerson(personOf(people, reviewerId), person));
  const holders = people.filter(hasKey).length;
  if (holders >= quorum) return [];
  const missing = people.filter((person) => !hasKey(person)).map(({ id }) => id);
  return [
    `${name} takes ${quorum} signed, and ${holders} can sign: no key of ${missing.join(', ')} counts`,
  ];
}
