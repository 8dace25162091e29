/**
 * A modification makes a new payload, which goes through everything again (H5): prepared, evaluated, digested. Then
 * it executes on the reviewer's word, or a new gate asks, saying why.
 */
import type { PreparedAction, PreparedCall } from '../activities.ts';
import type { Stakes } from '../policy/confidence.ts';
import type { Gate, GateOutcome } from './gate.ts';
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
  | { readonly status: 'ask'; readonly action: PreparedAction; readonly note: string };

export function afterModification(
  policy: Policy,
  modified: {
    readonly original: PreparedAction;
    readonly gate: Gate;
    readonly outcome: GateOutcome;
    readonly prepared: PreparedCall;
  },
  stakes: Stakes,
): AfterModification {
  const { original, gate, outcome, prepared } = modified;
  if (!prepared.ok) {
    const note = `The modification was refused: ${prepared.refused.message}`;
    return { status: 'ask', action: original, note };
  }
  const { action } = prepared;
  const { tier, rule } = evaluateAction(policy, action, stakes);
  const decidedIn = strictestTierOf(policy, gate, outcome.reviewerId);
  const isStricter = strictnessOf(policy.tiers, tier) > strictnessOf(policy.tiers, decidedIn);
  if (!isStricter || isReviewerOf(policy, tier, outcome.reviewerId)) {
    return { status: 'execute', action };
  }
  const note = `The modification needs tier ${tier} (rule ${rule}), above ${decidedIn}.`;
  return { status: 'ask', action, note };
}

/** The strictest of the gate's tiers in which this reviewer may decide: a gate that climbed takes nobody up with it. */
function strictestTierOf(policy: Policy, gate: Gate, reviewerId: string | undefined): string {
  const own = [...gate.earlierTiers, gate.tier].filter((name) => {
    const { reviewers } = gatedTier(policy, name);
    return reviewers === 'anyone' || (reviewerId !== undefined && reviewers.includes(reviewerId));
  });
  return (
    own.toSorted((a, b) => strictnessOf(policy.tiers, b) - strictnessOf(policy.tiers, a))[0] ??
    AUTOMATED
  );
}

/** By name: that anyone may look at a tier does not make everyone who decided below it decide there as well. */
function isReviewerOf(policy: Policy, tierName: string, reviewerId: string | undefined): boolean {
  const { reviewers } = gatedTier(policy, tierName);
  return reviewers !== 'anyone' && reviewerId !== undefined && reviewers.includes(reviewerId);
}
