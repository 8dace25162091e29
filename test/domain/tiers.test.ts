/**
 * Proves the default tiers against the lesson's table (who, how fast, what no response means) and the order of
 * strictness that everything else stands on.
 */
import { describe, expect, test } from 'vitest';
import { GATE_KINDS } from '../../domain/policy/condition.ts';
import { AUTOMATED, DEFAULT_TIERS, HOUR_MS, MINUTE_MS, silenceText } from '../../domain/index.ts';
import { NO_RESPONSES, strictnessOf, tierNamed } from '../../domain/policy/tier.ts';

test('the default tiers are the lesson’s, from loosest to strictest', () => {
  expect(DEFAULT_TIERS).toEqual([
    {
      name: 'async_review',
      route: 'on-call queue',
      reviewers: 'anyone',
      respondWithinMs: 60 * 60 * 1_000,
      onNoResponse: 'escalate',
      escalateTo: 'escalation',
    },
    {
      name: 'synchronous_gate',
      route: 'real-time reviewer',
      reviewers: 'anyone',
      respondWithinMs: 300_000,
      onNoResponse: 'reject',
    },
    {
      name: 'escalation',
      route: 'manager or domain expert',
      reviewers: 'anyone',
      respondWithinMs: 30 * 60 * 1_000,
      onNoResponse: 'reject',
    },
  ]);
  expect([MINUTE_MS, HOUR_MS]).toEqual([60_000, 3_600_000]);
});

test('H3: silence in a default tier never executes anything', () => {
  const ends = DEFAULT_TIERS.map((tier) => tier.onNoResponse);
  expect(ends).not.toContain('approve');
});

test('the tier without a gate is looser than every tier with one, and an unknown name stricter than all', () => {
  const names = [AUTOMATED, ...DEFAULT_TIERS.map((tier) => tier.name), 'nowhere'];
  expect(names.map((name) => strictnessOf(DEFAULT_TIERS, name))).toEqual([0, 1, 2, 3, 4]);
});

test.each(['', 'Escalation', '__proto__', 'constructor'])(
  'H10: %j names no tier and is stricter than all',
  (name) => {
    expect(tierNamed(DEFAULT_TIERS, name)).toBeUndefined();
    expect(strictnessOf(DEFAULT_TIERS, name)).toBe(DEFAULT_TIERS.length + 1);
  },
);

describe('H3: what silence means, in words', () => {
  test.each(GATE_KINDS)('is said of a gate of kind %s, and differs by what it means', (kind) => {
    const words = NO_RESPONSES.map((one) => silenceText(kind, one));
    expect(new Set(words).size).toBe(NO_RESPONSES.length);
    for (const text of words) expect(text).toMatch(/^[a-z].{8,}[a-z)]$/u);
  });

  test('says that an action runs only where silence is a yes', () => {
    const yes = NO_RESPONSES.filter((one) => /\bit runs\b/u.test(silenceText('action', one)));
    expect(yes).toEqual(['approve']);
  });
});
