/**
 * Proves how a score is read from a fast model's words, and which band follows at each side of each threshold
 * (SOURCE, "Confidence" and "Decided" 2). Tables, written out.
 */
import { describe, expect, test } from 'vitest';
import {
  bandOf,
  confidenceReason,
  ESCALATION_THRESHOLDS,
  parseConfidence,
} from '../../domain/index.ts';
import { CONFIDENCE_FAILED, confidenceFrom, STAKES } from '../../domain/policy/confidence.ts';

test('the thresholds are the lesson’s', () => {
  expect(ESCALATION_THRESHOLDS).toEqual({
    low_stakes: 0.4,
    medium_stakes: 0.65,
    high_stakes: 0.85,
  });
});

describe('a plain number from 0 to 1 is the score', () => {
  test.each([
    ['0.7', 0.7],
    [' 0.52\n', 0.52],
    ['\t0.9\r\n', 0.9],
    ['1', 1],
    ['1.0', 1],
    ['1.000', 1],
    ['0', 0],
    ['0.0', 0],
    ['.5', 0.5],
    ['.999', 0.999],
    ['\u00A00.3', 0.3],
    ['0.12345678901234567890', 0.123_456_789_012_345_68],
  ])('%j', (text, score) => {
    expect(parseConfidence(text)).toBe(score);
    expect(confidenceFrom(text)).toEqual({ score });
  });
});

describe('anything else counts as 0.5 and is flagged', () => {
  const others: readonly unknown[] = [
    '',
    ' ',
    'abc',
    'NaN',
    'Infinity',
    '1.0000001',
    '1.1',
    '2',
    '72',
    '72%',
    '-0.1',
    '-0',
    '+0.9',
    '"0.99"',
    '0.9 because it is specific',
    'Confidence: 0.9',
    '0.9.1',
    '0,9',
    '0.',
    '1.',
    '.',
    '00.9',
    '1e-1',
    '0x1',
    '0b1',
    '٠.٥',
    '０.９',
    '0.9\u200B',
    '0.9\u0000',
    '0.9\n0.1',
    '0'.repeat(100_000),
    null,
    undefined,
    0.7,
    1,
    true,
    Number.NaN,
    {},
    [],
    ['0.9'],
    { score: 0.9 },
    { toString: () => '0.9' },
    Symbol('0.9'),
    10n,
  ];
  test.each(others.map((other) => [other]))('%o', (other) => {
    expect(parseConfidence(other)).toBe(0.5);
    expect(confidenceFrom(other)).toEqual({ score: 0.5, note: 'unparsed' });
  });

  test('0.5 itself is a number, and is not flagged', () => {
    expect(confidenceFrom('0.5')).toEqual({ score: 0.5 });
  });
});

test('a text that is made to be slow to read is read at once', () => {
  const started = performance.now();
  for (const text of [
    ' '.repeat(1e6),
    `${' '.repeat(1e6)}x`,
    `0.${'1'.repeat(1e6)}x`,
    `0${' '.repeat(1e6)}x`,
  ]) {
    expect(parseConfidence(text)).toBe(0.5);
  }
  expect(performance.now() - started).toBeLessThan(1_000);
});

/** Per stakes: the last score of each band, and the first of the next. */
const BANDS_BY_STAKES = [
  ['low_stakes', 0, 'low'],
  ['low_stakes', 0.399_999, 'low'],
  ['low_stakes', 0.4, 'medium'],
  ['low_stakes', 0.649_999, 'medium'],
  ['low_stakes', 0.65, 'high'],
  ['low_stakes', 1, 'high'],
  ['medium_stakes', 0, 'low'],
  ['medium_stakes', 0.649_999, 'low'],
  ['medium_stakes', 0.65, 'medium'],
  ['medium_stakes', 0.849_999, 'medium'],
  ['medium_stakes', 0.85, 'high'],
  ['medium_stakes', 1, 'high'],
  ['high_stakes', 0, 'low'],
  ['high_stakes', 0.65, 'low'],
  ['high_stakes', 0.849_999, 'low'],
  ['high_stakes', 0.85, 'high'],
  ['high_stakes', 1, 'high'],
] as const;

describe('the band of a score: low is below, not at, the threshold of its stakes', () => {
  test.each(BANDS_BY_STAKES)('%s %d is %s', (stakes, score, band) => {
    expect(bandOf(score, stakes, ESCALATION_THRESHOLDS)).toBe(band);
  });
});

test('thresholds of a policy’s own move the bands', () => {
  const own = { low_stakes: 0.1, medium_stakes: 0.2, high_stakes: 0.3 };
  expect(bandOf(0.1, 'low_stakes', own)).toBe('medium');
  expect(bandOf(0.2, 'low_stakes', own)).toBe('high');
  expect(bandOf(0.29, 'medium_stakes', own)).toBe('medium');
  expect(bandOf(0.29, 'high_stakes', own)).toBe('low');
});

test.each(STAKES)('H10: a score that is no score is low at %s', (stakes) => {
  for (const score of [Number.NaN, Number.NEGATIVE_INFINITY, -1]) {
    expect(bandOf(score, stakes, ESCALATION_THRESHOLDS)).toBe('low');
  }
});

test.each(STAKES)('H10: a score beyond 1, as a percentage is, proves nothing at %s', (stakes) => {
  for (const score of [1.000_001, 72, Number.POSITIVE_INFINITY]) {
    expect(bandOf(score, stakes, ESCALATION_THRESHOLDS)).toBe('low');
  }
});

test('a fast model that could not be asked scores the lowest there is, and says why', () => {
  expect(CONFIDENCE_FAILED).toEqual({ score: 0, note: 'failed' });
});

test('the reason is in the lesson’s words', () => {
  expect(confidenceReason(0.52, 0.65)).toBe('Confidence 0.52 below threshold 0.65');
  expect(confidenceReason(0.5, 0.85)).toBe('Confidence 0.50 below threshold 0.85');
  expect(confidenceReason(0, 0.4)).toBe('Confidence 0.00 below threshold 0.4');
});

test('the reason never says that a score lies below a threshold that it seems to reach', () => {
  const [score] = /(?<=Confidence )\S+/.exec(confidenceReason(0.649, 0.65)) ?? [];
  expect(Number(score)).toBeLessThan(0.65);
});
