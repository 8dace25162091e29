/**
 * Proves rule conditions one by one: each holds, each fails, and all that are named must hold. JSON Pointers and
 * patterns meet hostile arguments, which come from the agent.
 */
import { describe, expect, test } from 'vitest';
import {
  type Condition,
  type Facts,
  holds,
  JSON_POINTER,
  valueAt,
} from '../../domain/policy/condition.ts';
import type { Json, JsonObject } from '../../domain/index.ts';

const FACTS: Facts = {
  kind: 'action',
  actionType: 'refund',
  arguments: { customer: { email: 'Ada@Example.com' }, amount: 50, lines: ['x', 'y'] },
  reversibility: 'partially_reversible',
  stakes: 'medium_stakes',
  category: 'payment',
  entityTypes: ['customer', 'order'],
  value: 50,
  highValueLimit: 100,
  escalationLimit: 1_000,
  band: 'medium',
  ambiguous: true,
  novel: true,
};

const {
  category: _c,
  entityTypes: _e,
  value: _v,
  band: _b,
  ambiguous: _a,
  novel: _n,
  ...BARE
} = FACTS;

/** Condition, whether it holds for FACTS, and whether it holds where the fact is missing. */
const CONDITIONS: readonly (readonly [Condition, boolean, boolean])[] = [
  [{ kinds: ['action'] }, true, true],
  [{ kinds: ['answer', 'question', 'effect'] }, false, false],
  [{ tools: ['search', 'refund'] }, true, true],
  [{ tools: ['Refund'] }, false, false],
  [{ categories: ['payment'] }, true, false],
  [{ categories: ['deletion'] }, false, false],
  [{ reversibility: ['partially_reversible'] }, true, true],
  [{ stakes: ['medium_stakes', 'high_stakes'] }, true, true],
  [{ stakes: ['low_stakes'] }, false, false],
  [{ confidence: ['low', 'medium'] }, true, false],
  [{ valueAbove: 49 }, true, false],
  [{ valueAbove: 50 }, false, false],
  [{ valueAbove: 'highValueLimit' }, false, false],
  [{ entityTypes: ['order'] }, true, false],
  [{ entityTypes: ['invoice'] }, false, false],
  [{ ambiguous: true }, true, false],
  [{ novel: true }, true, false],
  [{ argument: { pointer: '/amount', equals: 50 } }, true, true],
  [{ argument: { pointer: '/amount', equals: '50' } }, false, false],
  [{ argument: { pointer: '/nothing', equals: 50 } }, false, false],
  [{ tools: ['refund'], categories: ['payment'], valueAbove: 10 }, true, false],
  [{ tools: ['refund'], categories: ['deletion'] }, false, false],
];

describe('a condition', () => {
  test.each(CONDITIONS)('%j', (when, forFacts, forBare) => {
    expect(holds(when, FACTS)).toBe(forFacts);
    expect(holds(when, BARE)).toBe(forBare);
  });

  test('about no kind is about actions only', () => {
    expect(holds({ ambiguous: true }, { ...FACTS, kind: 'answer' })).toBe(false);
    expect(holds({ kinds: ['answer'], ambiguous: true }, { ...FACTS, kind: 'answer' })).toBe(true);
  });

  test('follows the limits of tool and policy by name', () => {
    const at = (value: number | null, when: Condition): boolean => holds(when, { ...FACTS, value });
    expect([100, 100.01].map((v) => at(v, { valueAbove: 'highValueLimit' }))).toEqual([
      false,
      true,
    ]);
    expect([1_000, 1_000.01].map((v) => at(v, { valueAbove: 'escalationLimit' }))).toEqual([
      false,
      true,
    ]);
    expect(at(null, { valueAbove: 1e300 })).toBe(true);
  });
});

describe('an argument', () => {
  const held = (args: JsonObject, argument: NonNullable<Condition['argument']>): boolean =>
    holds({ argument }, { ...FACTS, arguments: args });

  test.each<readonly [Json, Json, boolean]>([
    [null, null, true],
    [1, 1, true],
    [1, true, false],
    ['a', 'a', true],
    ['a', 'A', false],
    [[1, 2], [1, 2], true],
    [[1, 2], [2, 1], false],
    [[1, 2], [1, 2, 3], false],
    [{ a: 1, b: { c: 2 } }, { b: { c: 2 }, a: 1 }, true],
    [{ a: 1 }, { a: 2 }, false],
    [{ a: 1 }, { b: 1 }, false],
    [['a'], { 0: 'a' }, false],
    [{ 0: 'a' }, ['a'], false],
    [null, {}, false],
  ])('%j equals %j: %s', (given, wanted, isEqual) => {
    expect(held({ x: given }, { pointer: '/x', equals: wanted })).toBe(isEqual);
    expect(held({ x: given }, { pointer: '/x', oneOf: ['other', wanted] })).toBe(isEqual);
  });

  test.each<readonly [Json, string, boolean]>([
    ['ada@example.com', '*@example.com', true],
    ['ada@example.org', '*@example.com', false],
    ['ADA@EXAMPLE.COM', '*@example.com', true],
    ['ａｄａ@ｅｘａｍｐｌｅ.ｃｏｍ', '*@example.com', true],
    ['ada@example.com', '*@EXAMPLE.com', true],
    ['abc', 'a?c', true],
    ['a😀c', 'a?c', true],
    ['ac', 'a?c', false],
    ['abc', 'abc', true],
    ['abcd', 'abc', false],
    ['', '*', true],
    ['a.c', 'a.c', true],
    ['abc', 'a.c', false],
    ['aXbXc', 'a*b*c', true],
    ['aXcXb', 'a*b*c', false],
    ['aaab', '*aab', true],
    ['line1\nline2', '*line2', true],
    [['x@safe.example', 'y@evil.example'], '*@evil.example', true],
    [['x@safe.example'], '*@evil.example', false],
    [42, '42', true],
    [true, 'true', true],
    [[41, 42], '42', true],
    [null, 'null', false],
    [{ a: 'b' }, '*', false],
  ])('%j matches %j: %s', (given, pattern, isMatch) => {
    expect(held({ x: given }, { pointer: '/x', matches: pattern })).toBe(isMatch);
  });

  test('that must equal and match does both', () => {
    const both = { pointer: '/x', oneOf: ['ab', 'cd'], matches: 'a*' };
    expect(held({ x: 'ab' }, both)).toBe(true);
    expect(held({ x: 'cd' }, both)).toBe(false);
  });

  // One that tries every way to split the text would not end in a lifetime.
  test('can’t make a pattern slow', () => {
    const slow = { x: 'a'.repeat(100_000) };
    expect(held(slow, { pointer: '/x', matches: `*${'a*'.repeat(90)}b` })).toBe(false);
    expect(held(slow, { pointer: '/x', matches: `*${'a'.repeat(150)}b` })).toBe(false);
  });
});

describe('a JSON Pointer', () => {
  const ROOT: JsonObject = {
    a: { b: [10, { c: 'deep' }] },
    '': 'empty key',
    'x/y': 1,
    'm~n': 2,
    '~1': 3,
    nothing: null,
    text: 'abc',
  };

  test.each<readonly [string, Json | undefined]>([
    ['', ROOT],
    ['/a/b/0', 10],
    ['/a/b/1/c', 'deep'],
    ['/', 'empty key'],
    ['/x~1y', 1],
    ['/m~0n', 2],
    ['/~01', 3],
    ['/nothing', null],
    ['/nothing/more', undefined],
    ['/a/b/2', undefined],
    ['/a/b/-', undefined],
    ['/a/b/01', undefined],
    ['/a/b/length', undefined],
    ['/text/0', undefined],
    ['/text/length', undefined],
    ['/__proto__', undefined],
    ['/constructor', undefined],
    ['/a/toString', undefined],
    ['/a/b/constructor/name', undefined],
  ])('%j', (pointer, value) => {
    expect(valueAt(ROOT, pointer)).toEqual(value);
  });

  test.each([
    ['', true],
    ['/', true],
    ['/a/b', true],
    ['/a~0b~1', true],
    ['a', false],
    ['a/b', false],
    ['/a~', false],
    ['/a~2', false],
  ])('%j is one: %s', (pointer, isPointer) => {
    expect(JSON_POINTER.test(pointer)).toBe(isPointer);
  });
});
