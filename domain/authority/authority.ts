/**
 * Authority: may this person decide this gate? By name or group in the tier that the gate is in, in one that it was in
 * before, or, where the policy lets authority cascade, in a stricter one.
 *
 * H1 only a person who may give it · H6 who asked for the work, who owns the agent, and the agents themselves, under
 * whatever account, never decide: exclusion goes before every role.
 */
import type { Gate } from '../gate/gate.ts';
import { gatedTier, type Policy } from '../policy/policy.ts';
import { strictnessOf, type Tier } from '../policy/tier.ts';
import { refusal, type Refusal } from '../refusal.ts';
import {
  foldId,
  isAccountOf,
  isRevoked,
  isSamePerson,
  type Person,
  personOf,
  withAccount,
} from './person.ts';

/** Who is behind a session: none of them decides about it. */
export interface Parties {
  /** Who asked for the work. */
  readonly requesterId?: string;
  /** The agent that does it, and those of the sessions above. */
  readonly agentIds: readonly string[];
}

/** Where a gate stands. */
export type Place = Pick<Gate, 'tier' | 'earlierTiers'>;

/** The same people for the same policy, so that their names are folded once. */
const LISTED = new WeakMap<object, readonly Person[]>();

/** The people that a policy lists; none where it leaves them to a directory. */
export function peopleOf({ people }: Pick<Policy, 'people'>): readonly Person[] {
  if (people === undefined || people === 'directory') return [];
  const known = LISTED.get(people);
  if (known !== undefined) return known;
  const listed = Object.entries(people).map(
    ([id, { accounts = [], groups = [], revokedSince }]) => ({
      id,
      accounts,
      groups,
      ...(revokedSince === undefined ? {} : { revokedSince }),
    }),
  );
  LISTED.set(people, listed);
  return listed;
}

/** The groups that a policy's tiers name: no other is looked at. */
export function groupsNamed({ tiers }: Pick<Policy, 'tiers'>): readonly string[] {
  return [...new Set(tiers.flatMap(({ groups = [] }) => groups))];
}

/** The accounts behind a session, as they were given: whose people a directory is asked for. */
export function partiesOf(policy: Policy, { requesterId, agentIds }: Parties): readonly string[] {
  const { requesterMayDecide } = policy.separationOfDuties;
  const requester = requesterId === undefined || requesterMayDecide ? [] : [requesterId];
  const owners = agentIds.flatMap((agentId) => ownersOf(policy, agentId));
  return [...requester, ...owners, ...agentIds];
}

/** Who starts a session writes the agent's id: in other letters it is still the same agent. */
function ownersOf({ agents = {} }: Policy, agentId: string): readonly string[] {
  const folded = foldId(agentId);
  return Object.entries(agents)
    .filter(([id]) => foldId(id) === folded)
    .map(([, { owner }]) => owner);
}

/** Whether a tier names this person: by account or id, or by a group. An account that only looks like theirs is not. */
function isNamedIn({ reviewers, groups = [] }: Tier, { account, person }: Reviewer): boolean {
  const isTheirs = isAccountOf(person, account);
  const isNamed = (name: string): boolean =>
    name === account || (isTheirs && isAccountOf(person, name));
  const isListed = reviewers !== 'anyone' && reviewers.some(isNamed);
  return isListed || (isTheirs && groups.some((group) => person.groups.includes(group)));
}

/** A person at one of their accounts. */
export interface Reviewer {
  readonly account: string;
  readonly person: Person;
}

export function mayDecideIn(tier: Tier, reviewer: Reviewer): boolean {
  return tier.reviewers === 'anyone' || isNamedIn(tier, reviewer);
}

/** By name: that anyone may look at a tier does not make everyone who decided below it decide there as well. */
export function isReviewerIn(tier: Tier, reviewer: Reviewer): boolean {
  return isNamedIn(tier, reviewer);
}

/** The tiers whose reviewers may decide, whoever they are. */
function decidingTiers(policy: Policy, { tier, earlierTiers }: Place): readonly Tier[] {
  return [tier, ...earlierTiers].map((name) => gatedTier(policy, name));
}

/** Those above a gate, whose named reviewers may decide it as well, where authority cascades. */
function cascadingTiers(policy: Policy, { tier }: Place): readonly Tier[] {
  if (policy.authority?.cascading !== true) return [];
  const strictness = strictnessOf(policy.tiers, tier);
  return policy.tiers.filter(({ name }) => strictnessOf(policy.tiers, name) > strictness);
}

function mayDecide(policy: Policy, place: Place, reviewer: Reviewer): boolean {
  return (
    decidingTiers(policy, place).some((tier) => mayDecideIn(tier, reviewer)) ||
    cascadingTiers(policy, place).some((tier) => isReviewerIn(tier, reviewer))
  );
}

export interface AuthorityContext {
  readonly policy: Policy;
  /** Everyone who is known: by the policy, or a directory. */
  readonly people: readonly Person[];
  readonly parties: Parties;
  /** People who may not decide this gate besides: who changed its payload. */
  readonly barred?: readonly string[];
  readonly now: number;
}

/** Why this person may not decide a gate that stands here; undefined: they may. */
export function whyNotReviewer(
  place: Place,
  reviewer: Reviewer,
  { policy, people, parties, barred = [], now }: AuthorityContext,
): Refusal | undefined {
  const { account, person } = reviewer;
  if (isRevoked(person, now)) {
    return refusal('NOT_AUTHORIZED', `${account} is revoked since ${person.revokedSince ?? ''}.`);
  }
  const isOneOf = (accounts: readonly string[]): boolean =>
    accounts.some((other) => isSamePerson(person, personOf(people, other)));
  if (isOneOf(partiesOf(policy, parties))) {
    return refusal('SELF_APPROVAL', `${account} asked for, owns or does this work.`);
  }
  if (isOneOf(barred)) {
    return refusal('SELF_APPROVAL', `${account} changed this payload: somebody else approves it.`);
  }
  return mayDecide(policy, place, reviewer)
    ? undefined
    : refusal('NOT_AUTHORIZED', `${account} is no reviewer of tier ${place.tier}.`);
}

/**
 * How many distinct people could decide here as far as is known; undefined: nobody can say, since anyone may, or a
 * group's members are known to a directory alone.
 */
export function reachableReviewers(place: Place, context: AuthorityContext): number | undefined {
  const { policy, people } = context;
  const deciding = decidingTiers(policy, place);
  if (deciding.some(({ reviewers }) => reviewers === 'anyone')) return undefined;
  const tiers = [...deciding, ...cascadingTiers(policy, place)];
  const groups = tiers.flatMap((tier) => tier.groups ?? []);
  if (groups.length > 0 && people.length === 0) return undefined;
  if (groups.length > 0 && policy.people === 'directory') return undefined;
  const named = tiers.flatMap(({ reviewers }) => (reviewers === 'anyone' ? [] : reviewers));
  const members = people.filter((person) => groups.some((group) => person.groups.includes(group)));
  const candidates: Reviewer[] = [
    ...named.map((account) => ({
      account,
      person: withAccount(personOf(people, account), account),
    })),
    ...members.map((person) => ({ account: person.id, person })),
  ];
  const able = candidates.filter(
    (reviewer) => whyNotReviewer(place, reviewer, context) === undefined,
  );
  return distinctPeople(able.map(({ person }) => person)).length;
}

export function distinctPeople(people: readonly Person[]): readonly Person[] {
  return people.filter(
    (person, index) => !people.slice(0, index).some((other) => isSamePerson(other, person)),
  );
}
