/**
 * Proves the reversibility map and the gate level against the lesson's tables, cell by cell (SOURCE, "Kept as it
 * stands"): the map is written out a second time here, and every action meets every value around the limit.
 */
import { describe, expect, test } from 'vitest';
import { type GateLevel, gateLevelFor, REVERSIBILITY } from '../../domain/index.ts';
import {
  ESCALATION_LIMIT,
  gateLevel,
  HIGH_VALUE_LIMIT,
  isAbove,
  REVERSIBILITIES,
  reversibilityOf,
  strictestReversibility,
} from '../../domain/policy/reversibility.ts';

/** The lesson's REVERSIBILITY_MAP, and the alias that SOURCE adds. */
const SOURCE_MAP = {
  create_draft: 'reversible',
  add_tag: 'reversible',
  modify_config: 'reversible',
  send_notification: 'partially_reversible',
  charge_card: 'partially_reversible',
  delete_record: 'irreversible',
  send_email: 'irreversible',
  publish_publicly: 'irreversible',
  publish_content: 'irreversible',
  provision_infrastructure: 'irreversible',
};

const UNKNOWN = [
  'search',
  '',
  'Create_Draft',
  'create_draft ',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
];

/** Each value with whether it lies above the lesson's 100. */
const VALUES: readonly (readonly [number | null | undefined, boolean])[] = [
  [undefined, false],
  [null, false],
  [0, false],
  [99.99, false],
  [100, false],
  [100.01, true],
  [101, true],
  [1e9, true],
  [Number.POSITIVE_INFINITY, true],
  [Number.NaN, true],
  [-1, false],
  [-100, false],
  [-100.01, true],
  [-1e9, true],
];

function expectedLevel(reversibility: string, isHigh: boolean): GateLevel {
  if (reversibility === 'irreversible') return 'mandatory_review';
  return reversibility === 'partially_reversible' && isHigh
    ? 'review_if_high_value'
    : 'auto_proceed';
}

test('the reversibility map is the lesson’s nine actions and one alias', () => {
  expect(REVERSIBILITY).toEqual(SOURCE_MAP);
});

test.each(Object.entries(SOURCE_MAP))('%s is %s', (action, reversibility) => {
  expect(reversibilityOf(action)).toBe(reversibility);
});

test.each(UNKNOWN)('H10: an action that the map does not know (%j) is irreversible', (action) => {
  expect(reversibilityOf(action)).toBe('irreversible');
  for (const [value] of VALUES) expect(gateLevelFor(action, value)).toBe('mandatory_review');
});

describe.each(Object.entries(SOURCE_MAP))('the gate level of %s (%s)', (action, reversibility) => {
  test.each(VALUES)('at value %s', (value, isHigh) => {
    expect(gateLevelFor(action, value)).toBe(expectedLevel(reversibility, isHigh));
  });

  test('without a value', () => {
    expect(gateLevelFor(action)).toBe(expectedLevel(reversibility, false));
  });
});

test('the limits are the lesson’s 100 and the table’s 1,000', () => {
  expect([HIGH_VALUE_LIMIT, ESCALATION_LIMIT]).toEqual([100, 1_000]);
});

test('above means above: the limit itself is not', () => {
  expect([isAbove(100, 100), isAbove(100.01, 100), isAbove(99.99, 100)]).toEqual([
    false,
    true,
    false,
  ]);
});

test('H10: a value that is there but can’t be read lies above every limit; no value lies above none', () => {
  expect(isAbove(null, 1e300)).toBe(true);
  expect(isAbove(Number.NaN, 1e300)).toBe(true);
  expect(isAbove(undefined, 0)).toBe(false);
});

test('a tool’s own limit moves the level of what is partially reversible, and of nothing else', () => {
  const levels = (limit: number): readonly GateLevel[] =>
    REVERSIBILITIES.map((reversibility) => gateLevel(reversibility, 50, limit));
  expect(levels(50)).toEqual(['auto_proceed', 'auto_proceed', 'mandatory_review']);
  expect(levels(49)).toEqual(['auto_proceed', 'review_if_high_value', 'mandatory_review']);
});

test('of two reversibilities the stricter one stands, in either order', () => {
  for (const [strictness, a] of REVERSIBILITIES.entries()) {
    for (const [other, b] of REVERSIBILITIES.entries()) {
      const expected = REVERSIBILITIES[Math.max(strictness, other)];
      expect(strictestReversibility(a, b)).toBe(expected);
    }
  }
});
