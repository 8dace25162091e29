/**
 * Proves canonical JSON (RFC 8785) against an independent implementation, the npm package `canonicalize`, on generated
 * values; that key order never matters; and that what has no canonical form is refused before it is hashed.
 */
import canonicalize from 'canonicalize';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../domain/text/canonical-json.ts';
import {
  digestOfJson,
  digestOfText,
  isDigest,
  payloadDigest,
  utf8Length,
} from '../../domain/text/digest.ts';
import {
  isJson,
  isPlainObject,
  isWellFormed,
  type Json,
  jsonProblem,
} from '../../domain/text/json.ts';
import { HASHED_DEPTH_MAX, JSON_DEPTH_MAX } from '../../domain/limits.ts';
import { nested, withProto } from './builders.ts';

/** Any JSON text, with keys and strings of any code units, numbers of any size, and names that objects inherit. */
const anything = fc.oneof(
  fc.json({ stringUnit: 'binary' }).map((text): unknown => JSON.parse(text)),
  fc.anything({
    key: fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', 'toJSON', 'length', '10', '9', ''),
    ),
    withBigInt: true,
    withSparseArray: true,
    withNullPrototype: true,
    withDate: true,
  }),
);

const json = fc
  .jsonValue({ maxDepth: 6 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json)
  .filter(isJson);

describe('canonical JSON', () => {
  test('is what `canonicalize` makes, for every value that can be hashed', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anything, (value) => {
        if (!isJson(value)) return;
        accepted += 1;
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
      { numRuns: 1_000 },
    );
    expect(accepted).toBeGreaterThan(250);
  });

  test('reads back as the same value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  test('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
        expect(digestOfJson(reversed(value))).toBe(digestOfJson(value));
      }),
    );
  });

  test.each<readonly [Json, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    // RFC 8785 3.2.3: keys sort by UTF-16 code units, so U+1F600 comes before U+FB33.
    [{ '\uFB33': 1, '😀': 2, '€': 3, '\r': 4, '1': 5 }, '{"\\r":4,"1":5,"€":3,"😀":2,"\uFB33":1}'],
    [
      [1e21, 1e-7, 0.000_001, 4.5, -0, 333333333.3333333],
      '[1e+21,1e-7,0.000001,4.5,0,333333333.3333333]',
    ],
    ['\u0000\b\t\n\f\r"\\\u001F\u007F</', '"\\u0000\\b\\t\\n\\f\\r\\"\\\\\\u001f\u007F</"'],
    [{ '10': 1, '9': 2 }, '{"10":1,"9":2}'],
    [{}, '{}'],
    [[], '[]'],
  ])('%j', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });
});

function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value as Readonly<Record<string, Json>>).toReversed();
  return Object.fromEntries(entries.map(([key, member]) => [key, reversed(member)]));
}

class Tagged {
  readonly tag = 1;
}

/** Values that have no canonical form, and where the problem says that it is. */
const NOT_JSON: readonly (readonly [string, unknown, string])[] = [
  ['undefined', undefined, 'value'],
  ['an undefined member', { a: undefined }, '/a'],
  ['NaN', { a: [1, Number.NaN] }, '/a/1'],
  ['infinity', [Number.POSITIVE_INFINITY], '/0'],
  ['a lone high surrogate', { a: '\uD83D' }, '/a'],
  ['a lone low surrogate', ['\uDE00'], '/0'],
  ['a key with a lone surrogate', { '\uD83D': 1 }, 'value'],
  ['the key __proto__', { a: withProto({}) }, '/a/__proto__'],
  ['a function', { toJSON: () => 1 }, '/toJSON'],
  ['a symbol', [Symbol('x')], '/0'],
  ['a bigint', 10n, 'value'],
  ['a date', new Date(0), 'value'],
  ['a map', { a: new Map() }, '/a'],
  ['an instance of a class', new Tagged(), 'value'],
  ['a boxed string', Object('text'), 'value'],
  ['a regular expression', /x/, 'value'],
  ['a list with holes', Object.assign([1], { length: 3 }), 'value'],
  ['a list of holes', Object.assign([], { length: 3 }), 'value'],
  ['too many levels', nested(JSON_DEPTH_MAX + 1), '/a'.repeat(JSON_DEPTH_MAX + 1)],
];

describe('what can’t be hashed exactly', () => {
  test.each(NOT_JSON)('%s is refused, and where is said', (_name, value, where) => {
    expect(jsonProblem(value)).toMatch(new RegExp(`^${where}: `));
    expect(isJson(value)).toBe(false);
  });

  test.each(NOT_JSON.slice(0, -1))('%s is never serialized', (_name, value) => {
    expect(() => canonicalJson(value as Json)).toThrow('No canonical JSON');
  });

  test('a list that is also something else is no list', () => {
    const list = Object.assign([1, 2], { extra: Number.NaN });
    expect(isJson(list)).toBe(false);
  });

  test.each([1_000, 20_000])('%d levels of nesting are refused, not followed', (levels) => {
    const text = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    expect(isJson(JSON.parse(text))).toBe(false);
  });

  test('up to the stated depth everything can be hashed, in the envelope of an event too', () => {
    const value = nested(JSON_DEPTH_MAX);
    expect(jsonProblem(value)).toBeUndefined();
    expect(() => digestOfJson({ details: { modifications: value } })).not.toThrow();
    expect(() => digestOfJson(nested(HASHED_DEPTH_MAX + 1))).toThrow('nested');
  });
});

test('objects without a prototype, and of another realm, are plain; what inherits is not', () => {
  expect(isPlainObject(Object.create(null))).toBe(true);
  expect(isPlainObject({})).toBe(true);
  for (const other of [[], null, 'x', 1, new Date(0), new Tagged(), Object.create({ a: 1 })]) {
    expect(isPlainObject(other)).toBe(false);
  }
});

test('well-formed text is exactly what UTF-8 can carry', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const roundTrip = new TextDecoder().decode(new TextEncoder().encode(text));
      // A byte order mark at the start is eaten by the decoder, and is well-formed.
      if (!text.startsWith('\uFEFF')) expect(isWellFormed(text)).toBe(roundTrip === text);
    }),
  );
});

describe('a digest', () => {
  test('is SHA-256 in lowercase hexadecimal', () => {
    expect(digestOfText('abc')).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(digestOfText('ä€😀')).toBe(digestOfText('ä€😀'.normalize('NFC')));
  });

  test('H1: names tool, version and arguments, and changes with each', () => {
    const payload = { actionType: 'refund', toolVersion: '1', arguments: { amount: 5, to: 'c-1' } };
    const digest = payloadDigest(payload);
    expect(digest).toBe(
      digestOfText('{"arguments":{"amount":5,"to":"c-1"},"tool":"refund","toolVersion":"1"}'),
    );
    expect(payloadDigest({ ...payload, arguments: { to: 'c-1', amount: 5 } })).toBe(digest);
    const others = [
      { ...payload, actionType: 'refund2' },
      { ...payload, toolVersion: '2' },
      { ...payload, arguments: { amount: 5.01, to: 'c-1' } },
      { ...payload, arguments: { amount: '5', to: 'c-1' } },
      { ...payload, arguments: { amount: 5 } },
      { ...payload, arguments: { amount: 5, to: 'c-1', note: null } },
    ].map(payloadDigest);
    expect(new Set([digest, ...others]).size).toBe(others.length + 1);
  });

  test.each([
    ['0'.repeat(64), true],
    ['0'.repeat(63), false],
    ['0'.repeat(65), false],
    ['A'.repeat(64), false],
    [`${'0'.repeat(64)}\n`, false],
    ['g'.repeat(64), false],
    [7, false],
    [null, false],
    [['0'.repeat(64)], false],
  ])('%j is one: %s', (value, expected) => {
    expect(isDigest(value)).toBe(expected);
  });
});

test('lengths are counted in bytes of UTF-8', () => {
  expect(['a', 'ä', '€', '😀'].map(utf8Length)).toEqual([1, 2, 3, 4]);
});
