/**
 * Claim and release: a reviewer says that they look at a gate. It keeps nobody from deciding and stops no clock; the
 * others see who has it, and it returns to the queue when its time is over, or when its holder says so.
 */
import { type Reviewer, whyNotReviewer } from '../authority/authority.ts';
import { findPerson, isSamePerson, personOf } from '../authority/person.ts';
import { type Claim, type Gate, gateEvent, type GateStep, groupsOf } from './gate.ts';
import { authorityContext, type DecisionContext } from './judgement.ts';
import { CLAIM_MS } from '../limits.ts';
import { gatedTier } from '../policy/policy.ts';
import { refusal, type Refusal } from '../refusal.ts';
import { identifier, readFields, type Reading, words } from '../text/reading.ts';

/** What a reviewer says of a gate without deciding it. */
export interface ClaimWord {
  readonly gateId: string;
  readonly reviewerId: string;
  readonly reason?: string;
}

export const CLAIM_VERBS = ['claim', 'release'] as const;
export type ClaimVerb = (typeof CLAIM_VERBS)[number];

const FIELDS = {
  gateId: { read: identifier },
  reviewerId: { read: identifier },
  reason: { read: words, optional: true },
} as const;

export function readClaim(raw: unknown): Reading<ClaimWord> {
  return readFields(raw, FIELDS);
}

/** Takes a gate, or keeps it for longer. Another's claim stands until it ends. */
export function claimGate(
  gate: Gate,
  { reviewerId, reason }: ClaimWord,
  context: DecisionContext,
): GateStep | Refusal {
  const { policy, people = [], now } = context;
  const reviewer: Reviewer = { account: reviewerId, person: personOf(people, reviewerId) };
  const no = whyNotReviewer(gate, reviewer, authorityContext(gate, context));
  const isDoubtful = no?.code === 'NOT_AUTHORIZED' && mayBeMember(gate, reviewer, context);
  if (no !== undefined && !isDoubtful) return no;
  const { claim: held } = gate;
  if (held !== undefined && !isHeldBy(held, reviewer, people)) {
    const until = new Date(held.until).toISOString();
    return refusal('CLAIMED', `${held.reviewerId} has it until ${until}.`);
  }
  const until = now + (gatedTier(policy, gate.tier).claimForMs ?? CLAIM_MS);
  const claim = { reviewerId, personId: reviewer.person.id, at: now, until };
  const event = gateEvent(gate, {
    eventType: 'claimed',
    reviewerId,
    ...(reason === undefined ? {} : { rationale: reason }),
    details: { until },
  });
  return { gate: { ...gate, claim }, events: [event] };
}

/**
 * Nobody proves who they are for a claim, so a group's member may be known to a directory or to a login alone. A claim lets
 * nothing pass: whom nobody knows is believed there.
 */
function mayBeMember(
  gate: Gate,
  { account }: Reviewer,
  { policy, people = [] }: DecisionContext,
): boolean {
  return findPerson(people, account) === undefined && groupsOf(policy, gate).length > 0;
}

/** Gives a gate back. Nobody else gives back what they have not. */
export function releaseGate(
  gate: Gate,
  { reviewerId, reason }: ClaimWord,
  { people = [] }: DecisionContext,
): GateStep | Refusal {
  const { claim: held, ...rest } = gate;
  const reviewer = { account: reviewerId, person: personOf(people, reviewerId) };
  if (held === undefined) return refusal('NOT_CLAIMED', 'Nobody has it.');
  if (!isHeldBy(held, reviewer, people))
    return refusal('NOT_CLAIMED', `${held.reviewerId} has it.`);
  const event = gateEvent(rest, {
    eventType: 'released',
    reviewerId,
    ...(reason === undefined ? {} : { rationale: reason }),
  });
  return { gate: rest, events: [event] };
}

/** Its time is over: it is in the queue again. */
export function releaseExpired(gate: Gate): GateStep {
  const { claim, ...rest } = gate;
  if (claim === undefined) return { gate, events: [] };
  const { reviewerId } = claim;
  const details = { expired: true };
  return {
    gate: rest,
    events: [gateEvent(rest, { eventType: 'released', reviewerId, details })],
  };
}

function isHeldBy(
  { personId }: Claim,
  { person }: Reviewer,
  people: NonNullable<DecisionContext['people']>,
): boolean {
  return isSamePerson(personOf(people, personId), person);
}
