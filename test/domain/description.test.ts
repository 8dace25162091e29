/**
 * Proves what a person reads first: the sentence and the impact that are made by rule from a call. Hostile names and
 * values stay visible and on one line.
 */
import { describe, expect, test } from 'vitest';
import { assessImpact, buildHumanDescription } from '../../domain/index.ts';
import { isVisible } from '../../domain/text/visible-text.ts';

describe('the description', () => {
  test.each([
    ['delete_record', { id: 'c-17' }, 'Delete record: id = "c-17"'],
    ['add_tag', {}, 'Add tag'],
    [
      'charge-card',
      { amount: 12.5, currency: 'EUR' },
      'Charge card: amount = 12.5, currency = "EUR"',
    ],
    [
      'send_email',
      { to: ['a@x.example', 'b@x.example'] },
      'Send email: to = ["a@x.example","b@x.example"]',
    ],
    [
      'refund',
      { order: { id: 1, lines: [null, true] } },
      'Refund: order = {"id":1,"lines":[null,true]}',
    ],
    ['__x__', {}, 'X'],
  ])('of %s with %j', (action, args, expected) => {
    expect(buildHumanDescription(action, args)).toBe(expected);
  });

  test('cuts a long value and says how much is missing', () => {
    const text = buildHumanDescription('send_email', {
      body: 'x'.repeat(5_000),
      to: 'a@x.example',
    });
    expect(text).toContain(
      `body = "${'x'.repeat(119)}… (4882 more characters), to = "a@x.example"`,
    );
  });

  test('stays short whatever the arguments are', () => {
    const args = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`argument_${n}`, n]));
    expect(buildHumanDescription('t'.repeat(1_000), args).length).toBeLessThan(660);
  });

  test.each([
    ['a line break', 'delete\nrecord', { 'a\nb': 'c\nd' }],
    ['a bidi override', 'delete\u202Erecord', { 'a\u202Eb': 'c\u202Ed' }],
    ['an ANSI escape', 'delete\u001B[31m', { 'a\u001B[31m': '\u001B[2K' }],
    ['zero-width characters', 'de\u200Blete', { 'a\u200Bb': '\u2060\uFEFF' }],
  ])('shows %s instead of obeying it', (_what, action, args) => {
    const text = buildHumanDescription(action, args);
    expect(text).not.toContain('\n');
    expect(isVisible(text)).toBe(true);
  });
});

describe('the impact', () => {
  test.each([
    ['irreversible', undefined, 'high'],
    ['irreversible', 0, 'high'],
    ['partially_reversible', undefined, 'medium'],
    ['partially_reversible', 100, 'medium'],
    ['partially_reversible', 1_000, 'medium'],
    ['partially_reversible', 1_000.01, 'high'],
    ['reversible', undefined, 'low'],
    ['reversible', 0, 'low'],
    ['reversible', 100, 'low'],
    ['reversible', 100.01, 'medium'],
    ['reversible', -100.01, 'medium'],
    ['reversible', 1_000, 'medium'],
    ['reversible', 1_000.01, 'high'],
    ['reversible', -1_000.01, 'high'],
    ['reversible', null, 'high'],
    ['reversible', Number.NaN, 'high'],
  ] as const)('of what is %s and worth %s is %s', (reversibility, value, impact) => {
    const facts = value === undefined ? { reversibility } : { reversibility, value };
    expect(assessImpact(facts)).toBe(impact);
  });

  test('follows limits of a tool or policy', () => {
    const limits = { highValueLimit: 10, escalationLimit: 20 };
    const impacts = [10, 11, 20, 21].map((value) =>
      assessImpact({ reversibility: 'reversible', value, ...limits }),
    );
    expect(impacts).toEqual(['low', 'medium', 'medium', 'high']);
  });
});
