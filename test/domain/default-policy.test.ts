/**
 * Proves the shipped default against the table of SOURCE ("Decided where the tables disagree" 3), row by row, each
 * with its boundaries; that the strictest row wins; and what silence then means.
 */
import { describe, expect, test } from 'vitest';
import {
  AUTOMATED,
  type DeclaredAction,
  DEFAULT_RULES,
  DEFAULT_TIERS,
  evaluateAction,
  type Evaluation,
  NOVELTY_RULE,
  type Stakes,
} from '../../domain/index.ts';
import { evaluateOther, gatedTier, noResponseFor } from '../../domain/policy/policy.ts';
import { actionOf, DEFAULT_POLICY, policyOf } from './builders.ts';

const READS = policyOf({ name: 'reads', version: '1', tools: { search: { readOnly: true } } });

function evaluated(
  changes: Partial<DeclaredAction>,
  stakes: Stakes = 'medium_stakes',
  policy = DEFAULT_POLICY,
): Evaluation {
  return evaluateAction(policy, actionOf(changes), stakes);
}

const REVERSIBLE = { actionType: 'create_draft', reversibility: 'reversible' } as const;
const PARTIAL = { actionType: 'charge_card', reversibility: 'partially_reversible' } as const;
const FINAL = { actionType: 'delete_record', reversibility: 'irreversible' } as const;
const UNKNOWN = { actionType: 'new_tool', reversibility: 'reversible' } as const;
const score = (value: number): Pick<DeclaredAction, 'confidence'> => ({
  confidence: { score: value },
});

/** The row as SOURCE has it, the action, and the tier and rule that follow. Medium stakes: low < 0.65 ≤ medium < 0.85 ≤ high. */
const ROWS: readonly (readonly [string, Partial<DeclaredAction>, string, string])[] = [
  ['reversible, not scored', REVERSIBLE, AUTOMATED, 'reversible'],
  ['reversible, confidence high', { ...REVERSIBLE, ...score(0.85) }, AUTOMATED, 'reversible'],
  [
    'reversible, confidence medium (top)',
    { ...REVERSIBLE, ...score(0.849) },
    'async_review',
    'confidence-medium',
  ],
  [
    'reversible, confidence medium (bottom)',
    { ...REVERSIBLE, ...score(0.65) },
    'async_review',
    'confidence-medium',
  ],
  [
    'reversible, confidence low',
    { ...REVERSIBLE, ...score(0.649) },
    'synchronous_gate',
    'confidence-low',
  ],
  ['reversible, value 101', { ...REVERSIBLE, value: 101 }, AUTOMATED, 'reversible'],
  ['reversible, value 1,000', { ...REVERSIBLE, value: 1_000 }, AUTOMATED, 'reversible'],
  [
    'reversible, value 1,000.01',
    { ...REVERSIBLE, value: 1_000.01 },
    'escalation',
    'value-escalation',
  ],
  ['partially reversible, no value', PARTIAL, AUTOMATED, 'partially-reversible'],
  ['partially reversible, value 0', { ...PARTIAL, value: 0 }, AUTOMATED, 'partially-reversible'],
  [
    'partially reversible, value 100',
    { ...PARTIAL, value: 100 },
    AUTOMATED,
    'partially-reversible',
  ],
  [
    'partially reversible, value −100',
    { ...PARTIAL, value: -100 },
    AUTOMATED,
    'partially-reversible',
  ],
  [
    'partially reversible up to the limit, confidence high',
    { ...PARTIAL, value: 100, ...score(0.85) },
    AUTOMATED,
    'partially-reversible',
  ],
  [
    'partially reversible up to the limit, confidence medium',
    { ...PARTIAL, value: 100, ...score(0.65) },
    'async_review',
    'confidence-medium',
  ],
  [
    'partially reversible, value 100.01',
    { ...PARTIAL, value: 100.01 },
    'async_review',
    'partially-reversible-high-value',
  ],
  [
    'partially reversible, value −100.01',
    { ...PARTIAL, value: -100.01 },
    'async_review',
    'partially-reversible-high-value',
  ],
  [
    'partially reversible above the limit, confidence high',
    { ...PARTIAL, value: 101, ...score(1) },
    'async_review',
    'partially-reversible-high-value',
  ],
  [
    'partially reversible above the limit, confidence low',
    { ...PARTIAL, value: 101, ...score(0.1) },
    'synchronous_gate',
    'confidence-low',
  ],
  [
    'partially reversible, value 1,000',
    { ...PARTIAL, value: 1_000 },
    'async_review',
    'partially-reversible-high-value',
  ],
  [
    'partially reversible, value 1,000.01',
    { ...PARTIAL, value: 1_000.01 },
    'escalation',
    'value-escalation',
  ],
  ['irreversible, no value', FINAL, 'synchronous_gate', 'irreversible-or-unknown'],
  [
    'irreversible, confidence high',
    { ...FINAL, ...score(1) },
    'synchronous_gate',
    'irreversible-or-unknown',
  ],
  [
    'irreversible, value 1,000',
    { ...FINAL, value: 1_000 },
    'synchronous_gate',
    'irreversible-or-unknown',
  ],
  ['irreversible, value 1,000.01', { ...FINAL, value: 1_000.01 }, 'escalation', 'value-escalation'],
  ['unknown to the policy', UNKNOWN, 'synchronous_gate', 'irreversible-or-unknown'],
  [
    'unknown to the policy, confidence high',
    { ...UNKNOWN, ...score(1) },
    'synchronous_gate',
    'irreversible-or-unknown',
  ],
  ['ambiguous', { ...REVERSIBLE, ambiguous: true }, 'escalation', 'ambiguous'],
  [
    'ambiguous, confidence low, value above the limit',
    { ...FINAL, ambiguous: true, value: 2_000, ...score(0) },
    'escalation',
    'value-escalation',
  ],
  ['a value that can’t be read', { ...REVERSIBLE, value: null }, 'escalation', 'value-escalation'],
  [
    'novel, where the policy does not ask for it',
    { ...REVERSIBLE, novel: true },
    AUTOMATED,
    'reversible',
  ],
];

describe('the default policy table', () => {
  test.each(ROWS)('%s', (_row, action, tier, rule) => {
    expect(evaluated(action)).toMatchObject({ kind: 'action', tier, rule });
  });
});

/** The same action by the stakes of its session. */
test.each([
  ['low_stakes', 0.39, 'synchronous_gate'],
  ['low_stakes', 0.4, 'async_review'],
  ['low_stakes', 0.64, 'async_review'],
  ['low_stakes', 0.65, AUTOMATED],
  ['high_stakes', 0.84, 'synchronous_gate'],
  ['high_stakes', 0.85, AUTOMATED],
] as const)('at %s a reversible action scored %d goes to %s', (stakes, value, tier) => {
  expect(evaluated({ ...REVERSIBLE, ...score(value) }, stakes).tier).toBe(tier);
});

describe('reads', () => {
  const read = { actionType: 'search', readOnly: true, reversibility: 'reversible' } as const;

  test('pass where both the tool and the policy call them reads: nothing else applies', () => {
    for (const extra of [{}, score(0), { value: 1e9 }, { value: null }, { ambiguous: true }]) {
      const evaluation = evaluated({ ...read, ...extra }, 'high_stakes', READS);
      expect(evaluation).toMatchObject({
        tier: AUTOMATED,
        rule: 'read-only',
        gateLevel: 'auto_proceed',
        readOnly: true,
      });
    }
  });

  test('H10: the tool’s own word is not enough', () => {
    expect(evaluated(read).tier).toBe('synchronous_gate');
    expect(evaluated({ ...read, actionType: 'create_draft', ...score(0) }).tier).toBe(
      'synchronous_gate',
    );
  });

  test('the policy’s word is not enough', () => {
    const evaluation = evaluated({ ...read, readOnly: false, ...score(0) }, 'medium_stakes', READS);
    expect(evaluation).toMatchObject({ tier: 'synchronous_gate', readOnly: false });
  });

  test('H10: a tool that says it only reads, and that it can’t be undone, contradicts itself and does not pass', () => {
    const torn = { ...read, reversibility: 'irreversible' } as const;
    expect(evaluated(torn, 'medium_stakes', READS).tier).toBe('synchronous_gate');
  });
});

test('a policy that asks for it escalates the first use of a tool', () => {
  const asking = policyOf({ name: 'novel', version: '1', rules: [NOVELTY_RULE] });
  expect(evaluated({ ...REVERSIBLE, novel: true }, 'medium_stakes', asking)).toMatchObject({
    tier: 'escalation',
    rule: 'novel',
  });
  expect(evaluated(REVERSIBLE, 'medium_stakes', asking).tier).toBe(AUTOMATED);
});

describe('a final answer', () => {
  const answered = (stakes: Stakes, value?: number): Evaluation =>
    evaluateOther(DEFAULT_POLICY, {
      kind: 'answer',
      actionType: 'final_answer',
      arguments: { answer: 'Paris' },
      reversibility: 'reversible',
      stakes,
      ...(value === undefined ? {} : score(value)),
    });

  test.each([
    ['low_stakes', 0.4],
    ['medium_stakes', 0.65],
    ['high_stakes', 0.85],
  ] as const)('at %s is held below %d, and delivered at it', (stakes, threshold) => {
    expect(answered(stakes, threshold - 0.001)).toMatchObject({
      kind: 'answer',
      tier: 'synchronous_gate',
      rule: 'answer-confidence-low',
    });
    expect(answered(stakes, threshold)).toMatchObject({
      tier: AUTOMATED,
      rule: 'answer-confident',
    });
    expect(answered(stakes, 1).tier).toBe(AUTOMATED);
  });

  test('H9: without a score goes to a person', () => {
    expect(answered('low_stakes').tier).not.toBe(AUTOMATED);
  });
});

test('a question goes to a person at once, an unknown effect to the escalation tier', () => {
  const other = { arguments: {}, stakes: 'medium_stakes', reversibility: 'irreversible' } as const;
  const question = evaluateOther(DEFAULT_POLICY, { ...other, kind: 'question', actionType: 'ask' });
  const effect = evaluateOther(DEFAULT_POLICY, { ...other, kind: 'effect', actionType: 'refund' });
  expect(question).toMatchObject({ tier: 'synchronous_gate', rule: 'question' });
  expect(effect).toMatchObject({ tier: 'escalation', rule: 'effect-unknown' });
});

test('H3: no response rejects in every tier of the table; async review climbs first', () => {
  const silence = DEFAULT_TIERS.map((tier) => [tier.name, noResponseFor(tier, 'irreversible')]);
  expect(Object.fromEntries(silence)).toEqual({
    async_review: 'escalate',
    synchronous_gate: 'reject',
    escalation: 'reject',
  });
  expect(gatedTier(DEFAULT_POLICY, 'async_review').escalateTo).toBe('escalation');
});

test('each row has a name of its own, and a tier that exists', () => {
  const names = DEFAULT_RULES.map((rule) => rule.name);
  expect(new Set(names).size).toBe(names.length);
  const tiers = [AUTOMATED, ...DEFAULT_TIERS.map((tier) => tier.name)];
  for (const rule of DEFAULT_RULES) expect(tiers).toContain(rule.tier);
});

test('every row decides something: each rule is the one that hits for some case above', () => {
  const hit = new Set([
    ...ROWS.map(([, , , rule]) => rule),
    'answer-confident',
    'answer-confidence-low',
    'question',
    'effect-unknown',
  ]);
  expect([...hit].toSorted()).toEqual(DEFAULT_RULES.map((rule) => rule.name).toSorted());
});
