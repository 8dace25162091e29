/**
 * Proves that a payload is shown to its last leaf: each by its pointer, on a line that nothing in it gets out of;
 * shortened only where it says so, and left out only where it says how many.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { valueAt } from '../../domain/policy/condition.ts';
import { canonicalJson } from '../../domain/text/canonical-json.ts';
import { isJson, type Json, type JsonObject } from '../../domain/text/json.ts';
import { isCovered, jsonLeaves, pointerOf } from '../../domain/text/json-leaves.ts';
import { fittingPayload, leafLines, payloadLeaves } from '../../domain/text/payload-leaves.ts';
import { opaqueLeaves } from '../../domain/text/inspect.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import { cutText } from '../../domain/text/visible-text.ts';
import { HOSTILE } from '../support/review-page.ts';
import { noise } from '../support/inspection-corpus.ts';

const BLOB = noise(120).toString('base64');

/** Strings that the encodings make no difference to, and every other JSON value. */
const payload = fc
  .dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }))
  .filter((value) => isJson(value)) as fc.Arbitrary<JsonObject>;

describe('the leaves of a payload', () => {
  test('stand in canonical order, each by its pointer, empty lists and objects among them', () => {
    const value = { b: { 'x/y': 1, 'a~b': 'two' }, a: [true, null, [], {}], '': 3.5 };
    expect(payloadLeaves(value)).toEqual([
      { pointer: '/', text: '3.5', length: 3 },
      { pointer: '/a/0', text: 'true', length: 4 },
      { pointer: '/a/1', text: 'null', length: 4 },
      { pointer: '/a/2', text: '[]', length: 2 },
      { pointer: '/a/3', text: '{}', length: 2 },
      { pointer: '/b/a~0b', text: '"two"', length: 5 },
      { pointer: '/b/x~1y', text: '1', length: 1 },
    ]);
    expect(payloadLeaves({})).toEqual([{ pointer: '', text: '{}', length: 2 }]);
  });

  test('are all there, and nothing else: the payload can be told from them', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const leaves = [...jsonLeaves(value)];
        const pointers = leaves.map(({ path }) => pointerOf(path));
        for (const [index, leaf] of leaves.entries()) {
          expect(valueAt(value, pointers[index] ?? '')).toEqual(leaf.value);
        }
        expect(new Set(pointers).size).toBe(leaves.length);
        // In the order of the canonical form: their JSON is found in it one after the other.
        const canonical = canonicalJson(value);
        let at = 0;
        for (const leaf of leaves) {
          const json = JSON.stringify(leaf.value);
          expect(canonical.indexOf(json, at)).toBeGreaterThanOrEqual(at);
          at = canonical.indexOf(json, at);
        }
      }),
    );
  });

  test('are found at any depth', () => {
    let deep: Json = 'here';
    for (let level = 0; level < 20_000; level += 1) deep = { a: deep };
    expect(payloadLeaves(deep)).toMatchObject([{ text: '"here"' }]);
  });

  test('tell a text from what only looks like another value', () => {
    const texts = payloadLeaves({ a: '5', b: 5, c: 'true', d: true, e: 'null', f: null, g: '' });
    expect(texts.map(({ text }) => text)).toEqual([
      '"5"',
      '5',
      '"true"',
      'true',
      '"null"',
      'null',
      '""',
    ]);
  });
});

describe('a leaf that is long', () => {
  const [leaf] = payloadLeaves({ text: 'x'.repeat(500) }, 100);

  test('says how much of it is missing', () => {
    expect(leaf).toEqual({
      pointer: '/text',
      text: `"${'x'.repeat(99)}… (402 more characters)`,
      length: 502,
      isCut: true,
    });
  });

  test('can not be imitated by one that is whole', () => {
    const [whole] = payloadLeaves({ text: 'x… (402 more characters)' });
    expect(whole?.text).toBe('"x… (402 more characters)"');
    expect(leaf?.text.endsWith('"')).toBe(false);
  });
});

describe('a name that is long', () => {
  const name = 'because '.repeat(200);

  test('is shortened, and says by how much', () => {
    const [leaf] = payloadLeaves({ [name]: 'a value' });
    expect(leaf).toMatchObject({ text: '"a value"', isCut: true });
    const [, shown = '', more = ''] =
      /^\/([a-z ]+)… \((\d+) more characters\)$/u.exec(leaf?.pointer ?? '') ?? [];
    expect(shown.length + Number(more)).toBe(name.length);
  });

  test.each([1, 2, 5, 8, 100])('as are names within names, at %i characters', (charactersMax) => {
    const [leaf] = [...jsonLeaves({ 'a/b': { '😀': { c: [1] } } })];
    const whole = '/a~1b/😀/c/0';
    expect(pointerOf(leaf?.path)).toBe(whole);
    expect(pointerOf(leaf?.path, charactersMax)).toBe(cutText(whole, charactersMax));
  });
});

describe('a line', () => {
  test('says loudly what nobody can read, and what can be read within it', () => {
    const command = Buffer.from('rm -rf / --no-preserve-root').toString('base64');
    const lines = payloadLeaves({ blob: noise(120).toString('base64'), command }).flatMap((leaf) =>
      leafLines(leaf),
    );
    expect(lines.slice(1)).toEqual([
      '    UNINSPECTABLE: encoded, and it decodes to no text. Nobody can read what it holds.',
      `/command = "${command}"`,
      '    read as base64: "rm -rf / --no-preserve-root"',
    ]);
  });

  test.each([
    ['blanks', '/a b', '"/a b"'],
    ['what looks like a value', '/a = 1', '"/a = 1"'],
    ['quotes', '/a"', '"/a\\""'],
    ['a lookalike', '/аdmin', '"/а⟦U+0430⟧dmin"'],
    ['an override', '/\u202Ea', '"/⟦U+202E⟧a"'],
    ['a line end', '/a\nb', '"/a\\nb"'],
    ['nothing', '', '""'],
  ])('of a name with %s has it in quotes', (_what, pointer, shown) => {
    expect(leafLines({ pointer, text: '1', length: 1 })).toEqual([`${shown} = 1`]);
  });

  test.each(Object.entries(HOSTILE))(
    '%s stays in its line, as text and as a name',
    (_what, text) => {
      for (const value of [{ text }, { [text]: 1 }, { text: JSON.stringify({ text }) }]) {
        for (const leaf of payloadLeaves(value)) {
          const [first = '', ...more] = leafLines(leaf);
          expect(first).toMatch(/^["/]/u);
          for (const line of more) expect(line).toMatch(/^ {4}(?:UNINSPECTABLE|read as \w+): /u);
          expect([first, ...more].join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        }
      }
    },
  );
});

describe('what fits', () => {
  const bounds = fc.integer({ min: 200, max: 3_000 });

  test('is every leaf, in full where there is room, else shortened and said so, else counted', () => {
    fc.assert(
      fc.property(payload, bounds, (value, charactersMax) => {
        const { lines, isShortened } = fittingPayload(value, charactersMax);
        expect(lines.join('\n').length).toBeLessThanOrEqual(charactersMax);
        const all = payloadLeaves(value);
        const missing = /AND (\d+) MORE LEAVES/u.exec(lines.at(-1) ?? '');
        const shown = lines.filter((line) => !line.startsWith('    '));
        expect(shown.length + Number(missing?.[1] ?? 0)).toBe(all.length);
        const isWhole = all.every((leaf) => leafLines(leaf).every((line) => lines.includes(line)));
        expect(isWhole).toBe(!isShortened);
      }),
    );
  });

  test('a leaf after a long one is there', () => {
    const { lines, isShortened } = fittingPayload({ a: 'x'.repeat(100_000), z: 'the end' }, 3_000);
    expect(isShortened).toBe(true);
    expect(lines.at(-1)).toBe('/z = "the end"');
    const [, shown = '', more = ''] =
      /^\/a = "(x+)… \((\d+) more characters\)$/u.exec(lines[0] ?? '') ?? [];
    expect(shown.length + Number(more)).toBe(100_001);
    // As little as it takes.
    expect(lines.join('\n').length).toBeGreaterThan(2_990);
  });

  test('of ten thousand leaves: as many as fit, and how many more there are', () => {
    const value = Object.fromEntries(
      Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index]),
    );
    const { lines, isShortened } = fittingPayload(value, 3_000);
    expect(isShortened).toBe(true);
    expect(lines.at(-1)).toBe(`    AND ${10_000 - lines.length + 1} MORE LEAVES, NOT SHOWN HERE.`);
    expect(lines.length).toBeGreaterThan(200);
  });

  test('what is shown of a leaf is its JSON, marked', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const found = [...jsonLeaves(value)];
        const shown = payloadLeaves(value);
        expect(shown.map(({ text }) => text)).toEqual(
          found.map((leaf) => shownText(JSON.stringify(leaf.value))),
        );
      }),
    );
  });
});

describe('no payload takes long', () => {
  const SIZE = 250_000;
  const many = (text: string): string => text.repeat(SIZE / text.length);
  test.each<readonly [string, JsonObject]>([
    ['leaves under a long name', { [many('because ').slice(0, SIZE / 2)]: Array(8_000).fill(1) }],
    [
      'leaves under an opaque name',
      { [noise(SIZE / 3).toString('base64')]: Array(8_000).fill('x') },
    ],
    ['names under a long name', { [many('a').slice(0, SIZE / 2)]: names(1_000) }],
    ['beginnings of tokens', { text: many('-eyJ') }],
    ['beginnings of encrypted tokens', { text: many('eyJa.') }],
    ['runs that are nearly long enough', { text: many(`${'a1'.repeat(63)}.`) }],
    ['lines of one length', { text: many(`${'aB3/'.repeat(16)}\n`) }],
    ['a row of hyphens among letters', { text: `а${'-'.repeat(SIZE)}b` }],
    ['a row of dots among letters', { text: `а${'.b'.repeat(SIZE / 2)}.` }],
    ['marks', { text: many('а⟦U+0430⟧') }],
    ['lookalikes', { text: many('аdmin ') }],
    ['brackets', { text: '['.repeat(SIZE) }],
  ])('%s', (_what, value) => {
    const before = process.cpuUsage();
    fittingPayload(value, 3_000);
    for (const leaf of payloadLeaves(value)) leafLines(leaf);
    opaqueLeaves(value);
    const { user, system } = process.cpuUsage(before);
    // Of CPU, whatever else the machine does. What grows with the square of a payload takes minutes.
    expect((user + system) / 1_000).toBeLessThan(5_000);
  });
});

function names(count: number): JsonObject {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, BLOB]));
}

test.each([
  ['/a', ['/a'], true],
  ['/a/b', ['/c', '/a'], true],
  ['/ab', ['/a'], false],
  ['/a', ['/a/b'], false],
  ['/a', [''], true],
  ['', [''], true],
  ['/a', [], false],
])('%j is covered by %j: %s', (pointer, prefixes, is) => {
  expect(isCovered(pointer, prefixes)).toBe(is);
});
