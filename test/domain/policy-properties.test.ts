/**
 * Proves that a policy is monotone, for generated policies and facts: adding a rule, a higher value, less confidence
 * or a stricter reversibility never gives a looser tier (DESIGN §5, H9, H10). Generated rules use every condition.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BANDS, CONFIDENCE_FAILED, STAKES } from '../../domain/policy/confidence.ts';
import { type Condition, GATE_KINDS } from '../../domain/policy/condition.ts';
import {
  AUTOMATED,
  type DeclaredAction,
  evaluateAction,
  type Evaluation,
  type Policy,
  type Rule,
} from '../../domain/index.ts';
import { evaluateOther } from '../../domain/policy/policy.ts';
import { REVERSIBILITIES } from '../../domain/policy/reversibility.ts';
import { strictnessOf } from '../../domain/policy/tier.ts';
import { policyOf } from './builders.ts';

const TOOLS = ['refund', 'note', 'delete_record', 'look', 'unregistered'];
const TIERS = [AUTOMATED, 'async_review', 'synchronous_gate', 'escalation'];

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2 });
/** A rule with many conditions holds for nearly nothing: most are left out. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const some = <T>(items: readonly T[]): fc.Arbitrary<T[]> =>
  fc.subarray([...items], { minLength: 1 });

function defined<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const condition: fc.Arbitrary<Condition> = fc
  .record({
    kinds: rarely(some(GATE_KINDS)),
    tools: rarely(some(TOOLS)),
    categories: rarely(some(['payment', 'deletion'])),
    reversibility: rarely(some(REVERSIBILITIES)),
    valueAbove: rarely(
      fc.constantFrom(0, 50, 500, 'highValueLimit' as const, 'escalationLimit' as const),
    ),
    argument: rarely(
      fc.constantFrom({ pointer: '/to', matches: '*evil*' }, { pointer: '/amount', equals: 50 }),
    ),
    entityTypes: rarely(some(['person', 'order'])),
    confidence: rarely(some(BANDS)),
    stakes: rarely(some(STAKES)),
    ambiguous: rarely(fc.constant(true as const)),
    novel: rarely(fc.constant(true as const)),
  })
  .map((when) => defined<Condition>(when))
  .filter((when) => Object.keys(when).length > 0);

const rules: fc.Arbitrary<Rule[]> = fc
  .array(fc.record({ when: condition, tier: fc.constantFrom(...TIERS) }), { maxLength: 5 })
  .map((list) => list.map((rule, index) => ({ ...rule, name: `own-${index}` })));

const BASE = policyOf({
  name: 'generated',
  version: '1',
  tools: {
    refund: { reversibility: 'partially_reversible', value: '/amount', category: 'payment' },
    note: { reversibility: 'reversible' },
    look: { readOnly: true },
  },
});

/** As the schema completes it: the rows of the default, then the team's own. */
function policyWith(own: readonly Rule[]): Policy {
  return { ...BASE, rules: [...BASE.rules, ...own] };
}

const amount = fc.oneof(
  fc.constantFrom(0, 50, 100, 100.01, 500, 1_000, 1_000.01),
  fc.double({ noNaN: true, min: -2_000, max: 2_000 }),
);
const score = fc.oneof(
  fc.constantFrom(0, 0.39, 0.4, 0.64, 0.65, 0.84, 0.85, 1),
  fc.double({ noNaN: true, min: 0, max: 1 }),
);

const action: fc.Arbitrary<DeclaredAction> = fc
  .record({
    actionType: fc.constantFrom(...TOOLS),
    arguments: fc.constantFrom({}, { amount: 50 }, { amount: 5_000, to: 'a@evil.example' }),
    reversibility: fc.constantFrom(...REVERSIBILITIES),
    readOnly: fc.boolean(),
    category: maybe(fc.constantFrom('payment', 'deletion', 'other')),
    entityTypes: maybe(some(['person', 'order', 'other'])),
    value: maybe(fc.oneof(amount, fc.constant(null))),
    ambiguous: maybe(fc.boolean()),
    novel: maybe(fc.boolean()),
    confidence: maybe(fc.record({ score })),
  })
  .map((facts) => defined<DeclaredAction>(facts));

const stakes = fc.constantFrom(...STAKES);

function strictness(policy: Policy, evaluation: Evaluation): number {
  return strictnessOf(policy.tiers, evaluation.tier);
}

const RUNS = { numRuns: 1_000 };

describe('never looser', () => {
  test('adding a rule', () => {
    fc.assert(
      fc.property(rules, rules, action, stakes, (own, more, facts, level) => {
        const before = policyWith(own);
        const after = policyWith([
          ...own,
          ...more.map((rule) => ({ ...rule, name: `more-${rule.name}` })),
        ]);
        const [a, b] = [before, after].map((policy) => evaluateAction(policy, facts, level).tier);
        expect(strictnessOf(after.tiers, b ?? '')).toBeGreaterThanOrEqual(
          strictnessOf(before.tiers, a ?? ''),
        );
      }),
      RUNS,
    );
  });

  test('adding a rule about answers, questions or effects', () => {
    const other = fc.record({
      kind: fc.constantFrom('answer' as const, 'question' as const, 'effect' as const),
      scored: maybe(fc.record({ score })),
    });
    fc.assert(
      fc.property(rules, other, stakes, (more, { kind, scored }, level) => {
        const [a = 0, b = 0] = [policyWith([]), policyWith(more)].map((policy) =>
          strictness(
            policy,
            evaluateOther(policy, {
              kind,
              actionType: kind,
              arguments: {},
              stakes: level,
              reversibility: 'reversible',
              ...(scored === undefined ? {} : { confidence: scored }),
            }),
          ),
        );
        expect(b).toBeGreaterThanOrEqual(a);
      }),
      RUNS,
    );
  });

  test('a value of larger size, or one that can’t be read', () => {
    fc.assert(
      fc.property(rules, action, stakes, amount, amount, (own, facts, level, x, y) => {
        const policy = policyWith(own);
        const [small, large] = Math.abs(x) <= Math.abs(y) ? [x, y] : [y, x];
        const { value: _none, ...worthless } = facts;
        const steps = [
          worthless,
          { ...facts, value: small },
          { ...facts, value: large },
          { ...facts, value: null },
        ].map((step) => strictness(policy, evaluateAction(policy, step, level)));
        expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      }),
      RUNS,
    );
  });

  test('H9: a lower score', () => {
    fc.assert(
      fc.property(rules, action, stakes, score, score, (own, facts, level, x, y) => {
        const policy = policyWith(own);
        const [low, high] = [Math.min(x, y), Math.max(x, y)].map((one) =>
          strictness(
            policy,
            evaluateAction(policy, { ...facts, confidence: { score: one } }, level),
          ),
        );
        expect(low).toBeGreaterThanOrEqual(high ?? 0);
      }),
      RUNS,
    );
  });

  test('H9: a score than none, and no score that could not be had than any', () => {
    fc.assert(
      fc.property(rules, action, stakes, score, (own, facts, level, one) => {
        const policy = policyWith(own);
        const { confidence: _unscored, ...unscored } = facts;
        const [none = 0, scored = 0, failed = 0] = [
          unscored,
          { ...facts, confidence: { score: one } },
          { ...facts, confidence: CONFIDENCE_FAILED },
        ].map((step) => strictness(policy, evaluateAction(policy, step, level)));
        expect(scored).toBeGreaterThanOrEqual(none);
        expect(failed).toBeGreaterThanOrEqual(none);
      }),
      RUNS,
    );
  });

  test('H10: a stricter reversibility', () => {
    fc.assert(
      fc.property(rules, action, stakes, (own, facts, level) => {
        const policy = policyWith(own);
        const steps = REVERSIBILITIES.map((reversibility) =>
          strictness(policy, evaluateAction(policy, { ...facts, reversibility }, level)),
        );
        expect(steps).toEqual(steps.toSorted((a, b) => a - b));
      }),
      RUNS,
    );
  });

  test('a tool that does not say that it only reads', () => {
    fc.assert(
      fc.property(rules, action, stakes, (own, facts, level) => {
        const policy = policyWith(own);
        const [reads = 0, writes = 0] = [true, false].map((readOnly) =>
          strictness(policy, evaluateAction(policy, { ...facts, readOnly }, level)),
        );
        expect(writes).toBeGreaterThanOrEqual(reads);
      }),
      RUNS,
    );
  });
});

test('the same facts always get the same evaluation', () => {
  fc.assert(
    fc.property(rules, action, stakes, (own, facts, level) => {
      const [first, second] = [policyWith(own), policyWith(own)].map((policy) =>
        evaluateAction(policy, facts, level),
      );
      expect(second).toEqual(first);
    }),
    { numRuns: 100 },
  );
});

test('the property bites: a policy in which the loosest rule wins is found out', () => {
  const loosestTier = (policy: Policy): number =>
    Math.min(
      ...policy.rules.slice(BASE.rules.length).map(({ tier }) => strictnessOf(policy.tiers, tier)),
    );
  const broken = fc.property(rules, rules, (own, more) => {
    fc.pre(own.length > 0);
    return loosestTier(policyWith([...own, ...more])) >= loosestTier(policyWith(own));
  });
  expect(fc.check(broken, { numRuns: 300, endOnFailure: true }).failed).toBe(true);
});
