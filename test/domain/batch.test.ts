/** The calls of one turn as a batch: the strictest tier of those that wait is that of all that wait, and of no other. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AUTOMATED, type Evaluation } from '../../domain/index.ts';
import { batchTier, inBatch } from '../../domain/policy/batch.ts';
import { strictnessOf } from '../../domain/policy/tier.ts';
import { DEFAULT_POLICY } from './builders.ts';

const TIERS = [AUTOMATED, ...DEFAULT_POLICY.tiers.map(({ name }) => name)];

function evaluation(tier: string): Evaluation {
  return {
    kind: 'action',
    tier,
    rule: `rule of ${tier}`,
    gateLevel: 'mandatory_review',
    reversibility: 'irreversible',
    estimatedImpact: 'high',
    readOnly: false,
  };
}

const strictness = (tier: string): number => strictnessOf(DEFAULT_POLICY.tiers, tier);

describe('the tier of a batch', () => {
  test('is none where fewer than two calls wait', () => {
    for (const tiers of [[], [AUTOMATED], ['escalation'], [AUTOMATED, 'escalation', AUTOMATED]]) {
      expect(batchTier(DEFAULT_POLICY, tiers.map(evaluation))).toBeUndefined();
    }
  });

  test('H9: is the strictest; nothing becomes looser, and what proceeds by itself still does', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TIERS), { maxLength: 16 }), (tiers) => {
        const calls = tiers.map(evaluation);
        const tier = batchTier(DEFAULT_POLICY, calls);
        const shown = calls.map((call) => inBatch(DEFAULT_POLICY, call, tier).evaluation.tier);
        const waiting = shown.filter((one) => one !== AUTOMATED);
        expect(shown.map((one) => one === AUTOMATED)).toEqual(
          tiers.map((one) => one === AUTOMATED),
        );
        expect(new Set(waiting).size).toBeLessThanOrEqual(1);
        const strictest = Math.max(0, ...tiers.map(strictness));
        for (const one of waiting) expect(strictness(one)).toBe(strictest);
      }),
    );
  });

  test('H10: a name that the policy does not know is the strictest', () => {
    const calls = [evaluation('escalation'), evaluation('nowhere')];
    expect(batchTier(DEFAULT_POLICY, calls)).toBe('nowhere');
  });

  test('what is made stricter says so: the rule, and what it is by itself', () => {
    const raised = inBatch(DEFAULT_POLICY, evaluation('async_review'), 'escalation');
    expect(raised).toMatchObject({
      evaluation: { tier: 'escalation', rule: 'batch' },
      note: 'Proposed in one turn with a call of tier escalation. By itself it is async_review, by rule rule of async_review.',
    });
    const own = evaluation('escalation');
    expect(inBatch(DEFAULT_POLICY, own, 'escalation')).toEqual({ evaluation: own });
    expect(inBatch(DEFAULT_POLICY, own, undefined)).toEqual({ evaluation: own });
  });
});
