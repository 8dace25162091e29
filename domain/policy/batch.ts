/**
 * A batch: the calls that one turn of a model proposes. The strictest tier among those that wait for a person is the
 * tier of them all, so that nothing risky is cut into small pieces; each is shown, and decided, by itself. What proceeds
 * without a person is not touched: a read that stands beside a deletion is still a read.
 */
import type { Evaluation, Policy } from './policy.ts';
import { AUTOMATED, strictnessOf } from './tier.ts';

/** The tier of a batch. Undefined: fewer than two of its calls wait for a person. */
export function batchTier(policy: Policy, evaluations: readonly Evaluation[]): string | undefined {
  const gated = evaluations.map(({ tier }) => tier).filter((tier) => tier !== AUTOMATED);
  const [first, ...others] = gated;
  if (first === undefined || others.length === 0) return undefined;
  return others.reduce(
    (strictest, tier) => (isStricter(policy, tier, strictest) ? tier : strictest),
    first,
  );
}

/** The evaluation of one call of a batch. `note`: what the gate says of it, where the batch made it stricter. */
export function inBatch(
  policy: Policy,
  evaluation: Evaluation,
  tier: string | undefined,
): { readonly evaluation: Evaluation; readonly note?: string } {
  const isRaised =
    tier !== undefined &&
    evaluation.tier !== AUTOMATED &&
    isStricter(policy, tier, evaluation.tier);
  if (!isRaised) return { evaluation };
  const { tier: own, rule } = evaluation;
  return {
    evaluation: { ...evaluation, tier, rule: BATCH_RULE },
    note: `Proposed in one turn with a call of tier ${tier}. By itself it is ${own}, by rule ${rule}.`,
  };
}

const BATCH_RULE = 'batch';

function isStricter({ tiers }: Policy, one: string, other: string): boolean {
  return strictnessOf(tiers, one) > strictnessOf(tiers, other);
}
