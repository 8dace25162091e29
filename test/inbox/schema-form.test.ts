import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../domain/text/json.ts';
import { pointerOf, withValue } from '../../inbox/model/json-path.ts';
import { emptyValue, fieldOf, typedNumber } from '../../inbox/model/schema-form.ts';
import { checked } from '../../inbox/model/validation.ts';

/** As tools give it: zod's own, which is what the worker validates with. */
const SCHEMA = z.toJSONSchema(
  z.strictObject({
    order: z.string().min(2).describe('The order number.'),
    amount: z.number().positive().max(5_000),
    count: z.int().min(1).optional(),
    channel: z.enum(['card', 'voucher']).optional(),
    notify: z.boolean().optional(),
    mail: z.email().optional(),
    items: z.array(z.object({ sku: z.string() })).optional(),
    extra: z.union([z.string(), z.number()]).optional(),
  }),
) as JsonObject;

const VALUE = { order: 'W-1', amount: 10 };
const part = (name: string): JsonObject => (SCHEMA['properties'] as JsonObject)[name] as JsonObject;

describe('a form made from a schema', () => {
  test('has a field for every argument, those that are required known', () => {
    const field = fieldOf(SCHEMA, SCHEMA, VALUE);
    expect(
      field.kind === 'object' && field.fields.map(({ name, isRequired }) => [name, isRequired]),
    ).toEqual([
      ['order', true],
      ['amount', true],
      ['count', false],
      ['channel', false],
      ['notify', false],
      ['mail', false],
      ['items', false],
      ['extra', false],
    ]);
  });

  test.each([
    ['order', 'text'],
    ['amount', 'number'],
    ['count', 'number'],
    ['channel', 'choice'],
    ['notify', 'boolean'],
    ['mail', 'text'],
    ['items', 'list'],
    ['extra', 'json'],
  ])('%s is a %s', (name, kind) => {
    expect(fieldOf(part(name), SCHEMA, undefined).kind).toBe(kind);
  });

  test('an argument that the schema does not know is shown all the same: it would run', () => {
    const field = fieldOf(SCHEMA, SCHEMA, { ...VALUE, hidden: 'x' });
    expect(field.kind === 'object' && field.fields.at(-1)?.name).toBe('hidden');
  });

  test('references within the schema are followed, circles and other addresses are not', () => {
    const root = {
      properties: {
        a: { $ref: '#/$defs/money' },
        b: { $ref: '#/$defs/loop' },
        c: { $ref: 'https://evil.example' },
      },
      $defs: { money: { type: 'number' }, loop: { $ref: '#/$defs/loop' } },
    };
    expect(fieldOf(root.properties.a, root, undefined).kind).toBe('number');
    expect(fieldOf(root.properties.b, root, undefined).kind).toBe('json');
    expect(fieldOf(root.properties.c, root, undefined).kind).toBe('json');
  });

  test('without a schema it is made of the payload', () => {
    expect(fieldOf({}, {}, { a: 1 }).kind).toBe('object');
    expect(fieldOf({}, {}, 'text').kind).toBe('text');
    expect(fieldOf({}, {}, [1]).kind).toBe('list');
    expect(fieldOf({}, {}, null).kind).toBe('json');
  });

  test('what is added begins as its schema says', () => {
    expect(emptyValue(part('items'), SCHEMA)).toEqual([]);
    expect(emptyValue((part('items')['items'] ?? {}) as JsonObject, SCHEMA)).toEqual({ sku: '' });
    expect(emptyValue({ type: 'string', default: 'x' }, SCHEMA)).toBe('x');
    expect(emptyValue(part('channel'), SCHEMA)).toBe('card');
  });

  test('a number is one once it is typed whole', () => {
    expect([
      typedNumber('12.5'),
      typedNumber(' 3 '),
      typedNumber('1e400'),
      typedNumber('-'),
      typedNumber(''),
    ]).toEqual([12.5, 3, '1e400', '-', '']);
  });
});

describe('validation while it is typed', () => {
  test.each<[JsonObject, string, string]>([
    [{ ...VALUE, amount: -1 }, '/amount', 'Must be more than 0.'],
    [{ ...VALUE, amount: 6_000 }, '/amount', 'Must be at most 5000.'],
    [{ ...VALUE, amount: 'ten' }, '/amount', 'Must be number.'],
    [{ ...VALUE, order: '' }, '/order', 'Is too short.'],
    [{ amount: 1 }, '', 'order is missing.'],
    [{ ...VALUE, channel: 'cash' }, '/channel', 'Must be one of those that are offered.'],
    [{ ...VALUE, items: [{}] }, '/items/0', 'sku is missing.'],
    [{ ...VALUE, count: 0 }, '/count', 'Must be at least 1.'],
    [{ ...VALUE, hidden: 1 }, '/hidden', 'The tool does not know this argument.'],
  ])('%j: %s %s', (value, pointer, message) => {
    expect(checked(SCHEMA, value).problems).toContainEqual({ pointer, message });
  });

  test('says nothing where all is well, and that it can not say where the schema is beyond it', () => {
    expect(checked(SCHEMA, VALUE)).toEqual({ problems: [] });
    expect(checked({ $ref: '#/nowhere' }, VALUE)).toEqual({ problems: [], isUnchecked: true });
    expect(checked({ properties: { a: { pattern: '(' } } }, { a: 'x' }).isUnchecked).toBe(true);
  });
});

describe('a change at one place', () => {
  test('leaves everything else as it was, and in its order', () => {
    const before = { b: 1, a: { c: [1, 2, 3] } };
    const after = withValue(before, ['a', 'c', 1], 9);
    expect(JSON.stringify(after)).toBe('{"b":1,"a":{"c":[1,9,3]}}');
    expect(withValue(before, ['a', 'c', 0], undefined)).toEqual({ b: 1, a: { c: [2, 3] } });
    expect(withValue(before, ['b'], undefined)).toEqual({ a: { c: [1, 2, 3] } });
    expect(withValue(before, ['new', 'deep'], 1)).toEqual({ ...before, new: null });
    expect(pointerOf(['a/b', 0, '~'])).toBe('/a~1b/0/~0');
  });
});
