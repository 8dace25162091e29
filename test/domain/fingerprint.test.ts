/** Proves that a fingerprint is twenty digits of its digest, the same everywhere, and that each digit of it counts. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOfText } from '../../domain/text/digest.ts';
import { fingerprintOf } from '../../domain/text/fingerprint.ts';

test.each([
  ['0'.repeat(64), '00000 00000 00000 00000'],
  [`${'0'.repeat(31)}7${'f'.repeat(32)}`, '00000 00000 00000 00007'],
  [digestOfText('a payload'), '94609 79968 95851 01725'],
])('of %s: %s', (digest, fingerprint) => {
  expect(fingerprintOf(digest)).toBe(fingerprint);
});

test('two payloads differ in it, in any place', () => {
  const seen = new Map<string, string>();
  const digits = Array.from({ length: 20 }, () => new Set<string>());
  fc.assert(
    fc.property(fc.string(), (text) => {
      const fingerprint = fingerprintOf(digestOfText(text));
      expect(fingerprint).toMatch(/^\d{5}(?: \d{5}){3}$/u);
      expect(seen.get(fingerprint) ?? text).toBe(text);
      seen.set(fingerprint, text);
      const plain = Array.from(fingerprint.replaceAll(' ', ''));
      for (const [at, digit] of plain.entries()) digits[at]?.add(digit);
    }),
    { numRuns: 1_000 },
  );
  expect(digits.map((seenThere) => seenThere.size)).toEqual(digits.map(() => 10));
});
