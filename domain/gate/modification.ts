/**
 * A modification makes a new payload, which goes through everything again (H5): prepared, evaluated, digested. Then
 * it executes on the reviewer's word, or a new gate asks, saying why.
 */
import type { PreparedAction, PreparedCall } from '../activities.ts';
import type { Stakes } from '../policy/confidence.ts';
import { isReviewerIn, mayDecideIn, type Reviewer } from '../authority/authority.ts';
import { type Person, personOf } from '../authority/person.ts';
import { type Gate, type GateOutcome, type HeldGate, quorumOf } from './gate.ts';
import { voterOf } from './reviewer.ts';
import type { JsonObject } from '../text/json.ts';
import { evaluateAction, gatedTier, type Policy } from '../policy/policy.ts';
import { AUTOMATED, strictnessOf } from '../policy/tier.ts';

/** Merged per top-level key; `null` is a value like any other. */
export function mergeModifications(args: JsonObject, modifications: JsonObject): JsonObject {
  return Object.fromEntries([...Object.entries(args), ...Object.entries(modifications)]);
}

export type AfterModification =
  | { readonly status: 'execute'; readonly action: PreparedAction }
  /** Asks again: about the new payload, or about the old one where the new one is invalid. */
  | {
      readonly status: 'ask';
      readonly action: PreparedAction;
      readonly note: string;
      /** Who changed it, where somebody else has to approve that. */
      readonly barred?: readonly string[];
    };

export interface Modified {
  readonly original: PreparedAction;
  readonly gate: Gate;
  readonly outcome: GateOutcome;
  readonly prepared: PreparedCall;
  /** Everyone who is known. */
  readonly people?: readonly Person[];
}

export function afterModification(
  policy: Policy,
  modified: Modified,
  stakes: Stakes,
): AfterModification {
  const { original, gate, outcome, prepared, people = [] } = modified;
  if (!prepared.ok) {
    const note = `The modification was refused: ${prepared.refused.message}`;
    const { barred } = gate;
    return { status: 'ask', action: original, note, ...(barred === undefined ? {} : { barred }) };
  }
  const { action } = prepared;
  const { tier, rule } = evaluateAction(policy, action, stakes);
  const others = othersAfter(policy, { gate, outcome }, tier);
  if (others !== undefined) return { status: 'ask', action, ...others };
  if (!isProven(policy, outcome, tier)) {
    const note = `The modification needs tier ${tier} (rule ${rule}), which asks for proof.`;
    return { status: 'ask', action, note };
  }
  const reviewer = reviewerIn(outcome, people);
  const decidedIn = strictestTierOf(policy, gate, reviewer);
  const isStricter = strictnessOf(policy.tiers, tier) > strictnessOf(policy.tiers, decidedIn);
  if (!isStricter || isNamedIn(policy, tier, reviewer)) return { status: 'execute', action };
  const note = `The modification needs tier ${tier} (rule ${rule}), above ${decidedIn}.`;
  return { status: 'ask', action, note };
}

/**
 * Whether what one person changed has to be approved by others: why, and who may not. Of answers and effects as well,
 * which are changed in their place. Undefined: their word is enough.
 */
export function othersAfter(
  policy: Policy,
  { gate, outcome }: HeldGate,
  tier: string = gate.tier,
): { readonly note: string; readonly barred?: readonly string[] } | undefined {
  const { reviewerId = 'somebody' } = outcome;
  if (policy.separationOfDuties.modifierMayDecide === false) {
    const note = `Changed by ${reviewerId}, who does not approve it as well.`;
    // What somebody else changed before is in it, too.
    return { note, barred: [...new Set([...(gate.barred ?? []), reviewerId])] };
  }
  const needed = Math.max(quorumOf(policy, gate), quorumIn(policy, gate, tier));
  return needed > 1
    ? { note: `Changed by ${reviewerId}: ${needed} people approve what it is now.` }
    : undefined;
}

function quorumIn(policy: Policy, { request }: Gate, tier: string): number {
  return tier === AUTOMATED ? 1 : quorumOf(policy, { request, tier, earlierTiers: [] });
}

function isProven(policy: Policy, { votes = [] }: GateOutcome, tier: string): boolean {
  const asked = tier !== AUTOMATED && gatedTier(policy, tier).proof === 'signed';
  return !asked || votes.at(-1)?.proof === 'signed';
}

/** Who changed it. */
function reviewerIn(
  { reviewerId, votes }: GateOutcome,
  people: readonly Person[],
): Reviewer | undefined {
  if (reviewerId === undefined) return undefined;
  const vote = votes?.at(-1);
  return vote === undefined
    ? { account: reviewerId, person: personOf(people, reviewerId) }
    : voterOf(vote, people);
}

/**
 * The strictest tier that this reviewer decides in: of the gate's own, since a gate that climbed takes nobody up with it;
 * and of those above that name them, where authority cascades.
 */
function strictestTierOf(policy: Policy, gate: Gate, reviewer: Reviewer | undefined): string {
  const own = [...gate.earlierTiers, gate.tier].filter((name) => {
    const tier = gatedTier(policy, name);
    return tier.reviewers === 'anyone' || (reviewer !== undefined && mayDecideIn(tier, reviewer));
  });
  const above =
    policy.authority?.cascading === true
      ? policy.tiers.map(({ name }) => name).filter((name) => isNamedIn(policy, name, reviewer))
      : [];
  const [strictest = AUTOMATED] = [...own, ...above].toSorted(
    (a, b) => strictnessOf(policy.tiers, b) - strictnessOf(policy.tiers, a),
  );
  return strictest;
}

/** By name: that anyone may look at a tier does not make everyone who decided below it decide there as well. */
function isNamedIn(policy: Policy, tierName: string, reviewer: Reviewer | undefined): boolean {
  return reviewer !== undefined && isReviewerIn(gatedTier(policy, tierName), reviewer);
}
