/** Proves that base64url is read as Buffer writes it, byte for byte, and that nothing else is read. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOfBase64url } from '../../domain/text/base64url.ts';

test('any bytes, as Buffer encodes them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const text = Buffer.from(bytes).toString('base64url');
      expect(bytesOfBase64url(text)).toEqual(Uint8Array.from(bytes));
    }),
  );
});

test('any text is what an encoder writes for some bytes, or is refused', () => {
  const unit = fc.constantFrom('A', 'Q', 'g', 'w', 'z', '9', '-', '_', '+', '/', '=', ' ', 'ä');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      const bytes = bytesOfBase64url(text);
      const isCanonical = Buffer.from(text, 'base64url').toString('base64url') === text;
      expect(bytes !== undefined).toBe(isCanonical);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['padding', 'YQ=='],
  ['the letters of base64', 'a+b/'],
  ['a length that no bytes have', 'YWFhY'],
  ['left-over bits that are not zero', 'YR'],
  ['a line break', 'YWFh\n'],
  ['a blank', ' YWFh'],
])('is refused: %s', (_what, text) => {
  expect(bytesOfBase64url(text)).toBeUndefined();
});

test('of nothing is nothing', () => {
  expect(bytesOfBase64url('')).toEqual(new Uint8Array());
});
