import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWellFormed } from '../../domain/text/json.ts';
import { escapeText, unescapeText } from '../../evidence/exact-text.ts';

// Of these any text is made, with what is escaped and what looks escaped more often than by chance.
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom('\\', '\0', '\\u0000', 'u0000', '\\\\', '\ud800', '\udc00', '\u{1f511}'),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''));

test('any text comes back from its escaped form, which a database can store', () => {
  fc.assert(
    fc.property(text, (original) => {
      const escaped = escapeText(original);
      expect(unescapeText(escaped)).toBe(original);
      expect(escaped).not.toContain('\0');
      expect(isWellFormed(escaped)).toBe(true);
    }),
  );
});

test('no two texts have one escaped form', () => {
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(escapeText(one) === escapeText(other)).toBe(one === other);
    }),
  );
});

test('ordinary text is stored as it is', () => {
  for (const ordinary of ['transfer', 'order/1/2', 'Überweisung “…” 🔑', "it's"]) {
    expect(escapeText(ordinary)).toBe(ordinary);
  }
});
