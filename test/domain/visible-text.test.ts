/**
 * Proves that text from outside can be looked at: every code point of Unicode that draws nothing or steers what stands
 * around it is marked, none is dropped, and a cut leaves well-formed text.
 */
import { describe, expect, test } from 'vitest';
import { isWellFormed } from '../../domain/text/json.ts';
import {
  cutText,
  isVisible,
  visibleJson,
  visibleLines,
  visibleText,
} from '../../domain/text/visible-text.ts';

/** Unicode's own list of what draws nothing, and the classes that this project adds to it. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Co}\u2028\u2029\u2800]/u;

test('every code point that draws nothing is marked, and refused in an identifier', () => {
  const missed: string[] = [];
  for (let codePoint = 0; codePoint <= 0x10_ff_ff; codePoint += 1) {
    const character = String.fromCodePoint(codePoint);
    const isMissed =
      UNSEEN.test(character) && (isVisible(character) || visibleText(character) === character);
    if (isMissed) missed.push(`U+${codePoint.toString(16).toUpperCase()}`);
  }
  expect(missed).toEqual([]);
});

test.each([' ', 'a', 'ä', '→', '漢', '😀', 'ü', 'क्षि', '|', '`', '<'])(
  '%s stays as it is',
  (text) => {
    expect(visibleText(text)).toBe(text);
    expect(isVisible(text)).toBe(true);
  },
);

describe('what a reader can’t see stands as its code point', () => {
  test.each([
    ['line feed', 'a\nb', 'a⟦U+000A⟧b'],
    ['carriage return', 'a\rb', 'a⟦U+000D⟧b'],
    ['right-to-left override', 'a\u202Eb', 'a⟦U+202E⟧b'],
    ['first strong isolate', '\u2068a\u2069', '⟦U+2068⟧a⟦U+2069⟧'],
    ['zero-width joiner', 'a\u200Db', 'a⟦U+200D⟧b'],
    ['no-break space', 'a\u00A0b', 'a⟦U+00A0⟧b'],
    ['ideographic space', 'a\u3000b', 'a⟦U+3000⟧b'],
    ['ANSI escape', '\u001B[2J', '⟦U+001B⟧[2J'],
    ['byte order mark', '\uFEFFa', '⟦U+FEFF⟧a'],
    ['tag character', 'a\u{E0041}', 'a⟦U+E0041⟧'],
    ['lone surrogate', 'a\uD800b', 'a⟦U+D800⟧b'],
    ['variation selector', '✔\uFE0F', '✔⟦U+FE0F⟧'],
    ['line separator', 'a\u2028b', 'a⟦U+2028⟧b'],
  ])('%s', (_name, text, shown) => {
    expect(visibleText(text)).toBe(shown);
    expect(isVisible(text)).toBe(false);
  });

  test('combining marks pile up three high, and no higher', () => {
    const shown = visibleText(`a${'\u0301'.repeat(5)}b`);
    expect(shown).toBe(`a${'\u0301'.repeat(3)}⟦U+0301⟧⟦U+0301⟧b`);
  });
});

test('line by line, only the line feed breaks a line', () => {
  expect(visibleLines('a\nb\rc\u2028d')).toBe('a\nb⟦U+000D⟧c⟦U+2028⟧d');
});

describe('JSON for a terminal', () => {
  test('is the same value, and holds nothing that draws nothing', () => {
    // The first plane whole, and the one that has the tags and more variation selectors.
    const planes = [0, 0xe_00_00].flatMap((plane) =>
      Array.from({ length: plane === 0 ? 0x1_00_00 : 0x2_00 }, (_none, at) => plane + at),
    );
    const all = planes.map((codePoint) => `${String.fromCodePoint(codePoint)}|`).join('');
    const shown = visibleJson(JSON.stringify({ [all]: 0 }));
    expect(UNSEEN.test(shown)).toBe(false);
    expect(isVisible(shown)).toBe(true);
    expect(Object.keys(JSON.parse(shown) as object).join('') === all).toBe(true);
  });

  test.each([
    ['a C1 control', '\u009B31m', '"\\u009b31m"'],
    ['a bidi override', '\u202E', '"\\u202e"'],
    ['a tag, of two UTF-16 units', '\u{E0041}', '"\\udb40\\udc41"'],
    ['a pile of marks', `a${'\u0301'.repeat(4)}`, `"a${'\u0301'.repeat(3)}\\u0301"`],
    ['letters', 'ä漢😀', '"ä漢😀"'],
  ])('%s', (_what, text, shown) => {
    expect(visibleJson(JSON.stringify(text))).toBe(shown);
  });
});

describe('a cut', () => {
  test('counts what is missing', () => {
    expect(cutText('abcdef', 4)).toBe('abcd… (2 more characters)');
    expect(cutText('abcd', 4)).toBe('abcd');
  });

  test('never goes through a surrogate pair', () => {
    expect(cutText('abc😀', 4)).toBe('abc… (2 more characters)');
    expect(isWellFormed(cutText('😀'.repeat(9), 5))).toBe(true);
  });
});
