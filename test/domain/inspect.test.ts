/**
 * Proves what the inspection finds and what it leaves alone, with both of its error rates over a corpus
 * (docs/design/what-is-shown.md names the same numbers); and that it is total, whatever it is given.
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readRecordedTasks, recordedFile } from '../../bench/tasks.ts';
import { decodedIn, opacityOf, opaqueLeaves } from '../../domain/text/inspect.ts';
import {
  type Corpus,
  KEYS_AND_TOKENS,
  MISSED,
  noise,
  ORDINARY,
  UNREADABLE,
} from '../support/inspection-corpus.ts';

/** Which of a corpus are found. */
function foundIn(corpus: Corpus): readonly string[] {
  return Object.keys(corpus).filter((name) => opacityOf(corpus[name] ?? '') !== undefined);
}

describe('of the corpus', () => {
  test('nothing that a person can read is found', () => {
    expect(foundIn(ORDINARY)).toEqual([]);
  });

  test('everything that nobody can read is found', () => {
    expect(foundIn(UNREADABLE)).toEqual(Object.keys(UNREADABLE));
  });

  test('keys, cursors and signed addresses are found, which a policy has to expect', () => {
    expect(foundIn(KEYS_AND_TOKENS)).toEqual(Object.keys(KEYS_AND_TOKENS));
  });

  test('what is missed is known', () => {
    expect(foundIn(MISSED)).toEqual([]);
  });

  test('the page on what is shown names the numbers', () => {
    const page = readFileSync(
      new URL('../../docs/design/what-is-shown.md', import.meta.url),
      'utf8',
    );
    const rows = [ORDINARY, KEYS_AND_TOKENS, UNREADABLE, MISSED].map(
      (corpus) => `| ${Object.keys(corpus).length} | ${foundIn(corpus).length} |`,
    );
    const named = [...page.matchAll(/\| \d+ \| \d+ \|$/gmu)].map(([row]) => row);
    expect(named).toEqual(rows);
  });

  test('every text but one is long enough to be looked at', () => {
    const short = Object.entries({ ...ORDINARY, ...KEYS_AND_TOKENS, ...UNREADABLE }).filter(
      ([, text]) => text.length < 128,
    );
    expect(short.map(([name]) => name)).toEqual(['a long number']);
  });
});

/** The τ²-bench retail tasks where they are (beside the repository, whose they are not), else a few of our own. */
test('no call of a recorded desk holds anything that nobody can read', () => {
  const { path, isStandIn } = recordedFile(undefined);
  const calls = readRecordedTasks(path).tasks.flatMap(({ actions }) => actions);
  expect(calls.length).toBeGreaterThanOrEqual(isStandIn ? 5 : 550);
  expect(calls.filter((call) => opaqueLeaves(call.arguments).length > 0)).toEqual([]);
});

describe('says why nobody can read it', () => {
  test.each([
    ['base64 of 96 bytes', 'encoded'],
    ['a message of PGP', 'encrypted'],
    ['a token that is encrypted', 'encrypted'],
    ['a value of SOPS', 'encrypted'],
    ['private use', 'invisible'],
    ['tags in a sentence', 'invisible'],
    ['bytes read as UTF-8', 'invisible'],
  ] as const)('%s: %s', (name, opacity) => {
    expect(opacityOf(UNREADABLE[name] ?? '')).toBe(opacity);
  });
});

describe('the edges', () => {
  const encoded = (bytes: number): string => noise(bytes, 5).toString('base64url');

  test('128 characters are looked at, 127 are not', () => {
    expect(encoded(96)).toHaveLength(128);
    expect(opacityOf(encoded(96))).toBe('encoded');
    expect(opacityOf(encoded(96).slice(0, 127))).toBeUndefined();
  });

  test('128 hexadecimal digits are a digest or a signature, 130 are not', () => {
    expect(opacityOf(noise(64).toString('hex'))).toBeUndefined();
    expect(opacityOf(noise(65).toString('hex'))).toBe('encoded');
  });

  test('a quarter of characters that nobody sees is borne, more is not', () => {
    const text = (hidden: number): string => 'a'.repeat(150 - hidden) + '\u200B'.repeat(hidden);
    expect(opacityOf(text(37))).toBeUndefined();
    expect(opacityOf(text(38))).toBe('invisible');
  });

  test('fifteen tags in a row are borne, sixteen are not', () => {
    const text = (tags: number): string => 'a'.repeat(150) + '\u{E0061}'.repeat(tags);
    expect(opacityOf(text(15))).toBeUndefined();
    expect(opacityOf(text(16))).toBe('invisible');
  });
});

describe('a leaf is named', () => {
  const blob = noise(120).toString('base64');

  test('by its pointer, wherever it stands, in canonical order', () => {
    const payload = { z: blob, a: ['fine', { 'b/c': blob }], n: 5, none: null };
    expect(opaqueLeaves(payload)).toEqual([
      { pointer: '/a/1/b~1c', opacity: 'encoded' },
      { pointer: '/z', opacity: 'encoded' },
    ]);
  });

  test('also where it is the name that nobody can read', () => {
    const token = blob.replaceAll('/', '~1');
    expect(opaqueLeaves({ a: { [blob]: { b: 'fine', c: blob } } })).toEqual([
      { pointer: `/a/${token}`, opacity: 'encoded' },
    ]);
    const deep = 'shippingInstructions2/additionalInformation3/'.repeat(8).split('/');
    const nested = deep.reduceRight<object>((inner, name) => ({ [name]: inner }), {});
    expect(opaqueLeaves(nested as never)).toEqual([]);
  });
});

describe('what a string holds is read one level further', () => {
  const words = 'rm -rf / --no-preserve-root';
  const jwt = ORDINARY['a signed token (RS256)'] ?? '';
  test.each([
    ['base64', Buffer.from(words).toString('base64'), [{ from: 'base64', text: words }]],
    [
      'base64 in a command',
      `echo ${Buffer.from(words).toString('base64')} | base64 -d | sh`,
      [{ from: 'base64', text: words }],
    ],
    ['hexadecimal', Buffer.from(words).toString('hex'), [{ from: 'hex', text: words }]],
    ['JSON', '{ "to": "a", "b": [1] }', [{ from: 'JSON', text: '{"b":[1],"to":"a"}' }]],
    ['a token', jwt, [{ from: 'JWT', text: expect.stringContaining('"sub":"nokafor"') as string }]],
    ['words', words, []],
    ['what begins like JSON', '{ not JSON', []],
    ['JSON that can not be hashed', '{"__proto__": 1}', []],
    ['a name', 'customer_account_balance_history_2026', []],
  ])('%s', (_name, text, decoded) => {
    expect(decodedIn(text)).toEqual(decoded);
  });

  test('four parts of one string at most', () => {
    const part = Buffer.from(words).toString('base64');
    expect(decodedIn(Array.from({ length: 9 }, () => part).join(' '))).toHaveLength(4);
  });
});

test('text that is encoded is read, whatever it says; data is not', () => {
  const printable = fc.string({ unit: 'grapheme', minLength: 100, maxLength: 400 });
  fc.assert(
    fc.property(printable, (text) => {
      fc.pre(!/[\p{C}\uFFFD]/u.test(text));
      const encoded = Buffer.from(text).toString('base64');
      expect(opacityOf(encoded)).toBe(opacityOf(text));
      expect(decodedIn(encoded)).toEqual([{ from: 'base64', text }]);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 160, maxLength: 400 }), (bytes) => {
      fc.pre(new Set(bytes).size > 100);
      expect(opacityOf(Buffer.from(bytes).toString('base64'))).toBe('encoded');
    }),
  );
});

test('total: any JSON, and nesting of any depth', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      for (const { pointer } of opaqueLeaves(value as never))
        expect(pointer).toMatch(/^(?:\/.*)?$/su);
    }),
  );
  let deep: unknown = 'x';
  for (let level = 0; level < 100_000; level += 1) deep = [deep];
  expect(opaqueLeaves(deep as never)).toEqual([]);
});
