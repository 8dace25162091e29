import { describe, expect, test } from 'vitest';
import {
  CUT_RESULT_CHARACTERS,
  RESULT_BYTES_MAX,
  resultJson,
} from '../../activities/tool-result.ts';
import { canonicalJson } from '../../domain/text/canonical-json.ts';

class Money {
  readonly cents = 5n;
}

const circular: Record<string, unknown> = { name: 'loop' };
circular['self'] = circular;

const sparse: number[] = [1];
sparse[2] = 3;

/** A row as databases return them. */
const row = {
  id: 7n,
  at: new Date('2026-11-23T09:30:00Z'),
  gone: undefined,
  data: Buffer.from('abc'),
};

describe('the result of a tool', () => {
  test.each<[string, unknown, unknown]>([
    ['nothing', undefined, null],
    ['JSON', { a: [1, 'x', null, true] }, { a: [1, 'x', null, true] }],
    ['a bigint', 10n, '[bigint 10]'],
    [
      'a number that is none',
      [Number.NaN, Number.NEGATIVE_INFINITY],
      ['[number NaN]', '[number -Infinity]'],
    ],
    ['a function', { run: () => 1 }, { run: '[function]' }],
    ['a symbol', Symbol('s'), '[symbol]'],
    ['an instance of a class', { price: new Money() }, { price: '[object of class Money]' }],
    ['a map', new Map([['a', 1]]), '[object of class Map]'],
    ['an error', new TypeError('no such row'), '[TypeError: no such row]'],
    ['a cycle', circular, { name: 'loop', self: '[circular]' }],
    ['a date that is none', [new Date('never')], [null]],
    ['a hole', sparse, [1, null, 3]],
    ['a lone surrogate', { 'k\uD800': '\uDC00' }, { 'k\uFFFD': '\uFFFD' }],
    [
      'a key that would set a prototype',
      JSON.parse('{"__proto__":{"admin":true}}'),
      { '[__proto__]': { admin: true } },
    ],
    [
      'a getter that throws',
      {
        get bad() {
          throw new Error('boom');
        },
      },
      { bad: '[unreadable: boom]' },
    ],
    [
      'a toJSON that throws',
      {
        a: { toJSON: 1 },
        b: Object.assign(new Money(), {
          toJSON: () => {
            throw new Error('boom');
          },
        }),
      },
      { a: { toJSON: 1 }, b: '[unreadable: boom]' },
    ],
    [
      'a row of a database',
      [row],
      [{ id: '[bigint 7]', at: '2026-11-23T09:30:00.000Z', data: '[Buffer, 3 bytes]' }],
    ],
    [
      'an object twice, which is no cycle',
      [row.at, row.at],
      ['2026-11-23T09:30:00.000Z', '2026-11-23T09:30:00.000Z'],
    ],
  ])('is JSON where it is %s', (_case, returned, expected) => {
    const result = resultJson(returned);
    expect(result).toEqual(expected);
    expect(() => canonicalJson(result)).not.toThrow();
  });

  test('is JSON however deep it is, with room for what is put around it', () => {
    let deep: unknown = 'core';
    for (let level = 0; level < 10_000; level += 1) deep = [deep];
    const result = resultJson(deep);
    expect(() => canonicalJson([[[[[[[[result]]]]]]]])).not.toThrow();
    expect(JSON.stringify(result)).toContain('[nested too deep]');
  });

  test.each<[string, unknown]>([
    ['a text', 'x'.repeat(RESULT_BYTES_MAX)],
    ['a text that grows when it is escaped', '\u0000'.repeat(RESULT_BYTES_MAX)],
    ['a text of wide characters', '漢'.repeat(RESULT_BYTES_MAX)],
    ['a list', Array.from({ length: 100_000 }, (_, id) => ({ id, name: `"${id}"` }))],
  ])('is cut, and says so, where it is larger than travels: %s', (_case, returned) => {
    const result = resultJson(returned);
    expect(result).toMatch(/… \(\d+ more characters\)$/);
    expect(typeof result === 'string' ? result.length : undefined).toBeLessThan(
      CUT_RESULT_CHARACTERS + 50,
    );
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThanOrEqual(RESULT_BYTES_MAX);
  });

  test('stays whole up to the bound', () => {
    const text = 'x'.repeat(RESULT_BYTES_MAX - 2);
    expect(resultJson(text)).toBe(text);
  });
});
