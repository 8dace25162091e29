/**
 * A modification makes a new payload, which goes through everything again (H5): prepared, evaluated, digested. Then
 * it executes on the reviewer's word, or a new gate asks, saying why.
 */
import type { PreparedAction, PreparedCall } from '../activities.ts';
import type { Stakes } from '../policy/confidence.ts';
import { isReviewerIn, mayDecideIn, type Reviewer } from '../authority/authority.ts';
import { type Gate, type GateOutcome, type HeldGate, quorumOf } from './gate.ts';
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
}

export function afterModification(
  policy: Policy,
  modified: Modified,
  stakes: Stakes,
): AfterModification {
  const { original, gate, outcome, prepared } = modified;
  if (!prepared.ok) {
    const note = `The modification was refused: ${prepared.refused.message}`;
    return { status: 'ask', action: original, note };
  }
  const { action } = prepared;
  const { tier, rule } = evaluateAction(policy, action, stakes);
  const others = othersAfter(policy, { gate, outcome }, tier);
  if (others !== undefined) return { status: 'ask', action, ...others };
  const reviewer = reviewerIn(outcome);
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
    return { note, barred: [reviewerId] };
  }
  const needed = Math.max(...[tier, gate.tier].map((name) => quorumIn(policy, gate, name)));
  return needed > 1
    ? { note: `Changed by ${reviewerId}: ${needed} people approve what it is now.` }
    : undefined;
}

function quorumIn(policy: Policy, { request }: Gate, tier: string): number {
  return tier === AUTOMATED ? 1 : quorumOf(policy, { request, tier });
}

/** Who changed it, as they were known when they did. */
function reviewerIn({ reviewerId, votes }: GateOutcome): Reviewer | undefined {
  if (reviewerId === undefined) return undefined;
  const { personId = reviewerId, groups = [] } = votes?.at(-1) ?? {};
  return { account: reviewerId, person: { id: personId, accounts: [reviewerId], groups } };
}

/** The strictest of the gate's tiers in which this reviewer may decide: a gate that climbed takes nobody up with it. */
function strictestTierOf(policy: Policy, gate: Gate, reviewer: Reviewer | undefined): string {
  const own = [...gate.earlierTiers, gate.tier].filter((name) => {
    const tier = gatedTier(policy, name);
    return tier.reviewers === 'anyone' || (reviewer !== undefined && mayDecideIn(tier, reviewer));
  });
  return (
    own.toSorted((a, b) => strictnessOf(policy.tiers, b) - strictnessOf(policy.tiers, a))[0] ??
    AUTOMATED
  );
}

/** By name: that anyone may look at a tier does not make everyone who decided below it decide there as well. */
function isNamedIn(policy: Policy, tierName: string, reviewer: Reviewer | undefined): boolean {
  return reviewer !== undefined && isReviewerIn(gatedTier(policy, tierName), reviewer);
}
