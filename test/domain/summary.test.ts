/** Proves that any text becomes a summary that Temporal takes: within its bytes, on one line, with nothing hidden. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SUMMARY_BYTES_MAX } from '../../domain/limits.ts';
import { utf8Length } from '../../domain/text/digest.ts';
import { summaryText } from '../../domain/text/summary.ts';
import { isVisible } from '../../domain/text/visible-text.ts';

test('a short text stands as it is', () => {
  expect(summaryText('Delete record: id = "c-1"')).toBe('Delete record: id = "c-1"');
});

test('a long one is cut, and says so', () => {
  expect(summaryText('x'.repeat(1_000))).toBe(`${'x'.repeat(180)}… (820 more characters)`);
});

test.each([
  ['ideographs', '漢'.repeat(500)],
  ['characters outside the first plane', '😀'.repeat(500)],
  ['quotes, which JSON escapes', '"'.repeat(500)],
  ['invisible characters, whose marks are long', '\u202E'.repeat(500)],
  ['lone surrogates', '\uD800'.repeat(500)],
])('%s fit too', (_what, text) => {
  const summary = summaryText(text);
  expect(utf8Length(JSON.stringify(summary))).toBeLessThanOrEqual(SUMMARY_BYTES_MAX);
  expect(summary).toMatch(/^.{20,}… \(\d+ more characters\)$/u);
});

test('any text fits, on one line, with nothing in it that can not be seen', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const summary = summaryText(text);
      expect(utf8Length(JSON.stringify(summary))).toBeLessThanOrEqual(SUMMARY_BYTES_MAX);
      expect(isVisible(summary)).toBe(true);
    }),
  );
});
