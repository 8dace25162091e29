/**
 * Proves what becomes of a policy that is accepted: complete, JSON, and with a digest that depends on everything it
 * says and on nothing else. Reading one never throws, whatever it is.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_LIMITS,
  DEFAULT_RULES,
  DEFAULT_TIERS,
  defaultPolicy,
  definePolicy,
  ESCALATION_THRESHOLDS,
  readPolicy,
  REVERSIBILITY,
} from '../../domain/index.ts';
import { digestOfJson } from '../../domain/text/digest.ts';
import { isJson, type JsonObject } from '../../domain/text/json.ts';
import { nested, policyOf, ruleOf, tierOf, tiersWith } from './builders.ts';

const quick = tierOf('quick', { onNoResponse: 'approve' });

const FULL = {
  name: 'full',
  version: '2.1',
  tools: {
    refund: {
      reversibility: 'partially_reversible',
      category: 'payment',
      value: '/amount',
      highValueLimit: 10,
      allowedModifications: ['amount'],
    },
    look: { readOnly: true },
  },
  tiers: [quick, ...tiersWith({ escalation: { reviewers: ['bea'], remindAfterMs: 60_000 } })],
  rules: [
    ruleOf({
      tools: ['refund'],
      valueAbove: 5,
      argument: { pointer: '/to', oneOf: ['a', null, { b: [1] }] },
    }),
    ruleOf({ kinds: ['answer'], stakes: ['high_stakes'] }, { name: 'answers' }),
  ],
  confidence: { thresholds: { low_stakes: 0.1, medium_stakes: 0.2, high_stakes: 0.3 } },
  separationOfDuties: { requesterMayDecide: true },
  limits: { highValue: 50, stepsMax: 3 },
};

describe('a policy that is accepted', () => {
  test('is JSON, and reads back from it as it was', () => {
    for (const policy of [defaultPolicy(), policyOf(FULL)]) {
      expect(isJson(policy)).toBe(true);
      expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
    }
  });

  // What is proven here is proven by the compiler: a type that maps over JSON without end would not compile.
  test('can be written in TypeScript, with an argument compared to JSON of any shape', () => {
    const policy = definePolicy({
      name: 'typed',
      version: '1',
      rules: [
        {
          name: 'legal-hold',
          when: { argument: { pointer: '/id', equals: { b: [1, null] }, oneOf: ['a', null] } },
          tier: 'escalation',
        },
      ],
    });
    expect(policy.rules.at(-1)?.when.argument?.equals).toEqual({ b: [1, null] });
  });

  test('is complete: the rows and limits of the default with the team’s own', () => {
    const policy = policyOf(FULL);
    expect(policy.rules.slice(0, DEFAULT_RULES.length)).toEqual(DEFAULT_RULES);
    expect(policy.rules.slice(DEFAULT_RULES.length)).toEqual(FULL.rules);
    expect(policy.limits).toEqual({ ...DEFAULT_LIMITS, highValue: 50, stepsMax: 3 });
    expect(policy.tools).toMatchObject({
      ...Object.fromEntries(
        Object.entries(REVERSIBILITY).map(([name, reversibility]) => [
          name,
          { reversibility, readOnly: false },
        ]),
      ),
      refund: { ...FULL.tools.refund, readOnly: false },
      look: { readOnly: true, reversibility: 'reversible' },
    });
    expect(policy.tiers).toEqual(FULL.tiers);
  });

  test('without anything of its own is the table of the source', () => {
    const policy = defaultPolicy();
    expect(policy).toMatchObject({
      name: 'default',
      version: '1',
      tiers: DEFAULT_TIERS,
      rules: DEFAULT_RULES,
      confidence: { thresholds: ESCALATION_THRESHOLDS },
      separationOfDuties: { requesterMayDecide: false },
      limits: DEFAULT_LIMITS,
    });
    expect(defaultPolicy()).toEqual(policy);
  });

  test('may take yes by silence for what is reversible, before the tiers of what is not', () => {
    const tools = { tag: { reversibility: 'reversible' } };
    const source = {
      name: 'shop',
      version: '1',
      tools,
      tiers: [quick, ...tiersWith({})],
      rules: [ruleOf({ tools: ['tag'] }, { tier: 'quick' })],
    };
    expect(readPolicy(source)).toMatchObject({ ok: true });
  });

  test('has a digest of everything else', () => {
    const { digest, ...rest } = policyOf(FULL);
    expect(digest).toBe(digestOfJson(rest as unknown as JsonObject));
  });

  test('has the same digest in whatever order its keys were written', () => {
    expect(policyOf(keysReversed(FULL)).digest).toBe(policyOf(FULL).digest);
  });

  test.each([
    'name',
    'version',
    'tools',
    'tiers',
    'rules',
    'confidence',
    'separationOfDuties',
    'limits',
  ])('has another digest with another %s', (field) => {
    const other = { ...FULL, ...OTHER[field as keyof typeof OTHER] };
    expect(policyOf(other).digest).not.toBe(policyOf(FULL).digest);
  });
});

const OTHER = {
  name: { name: 'other' },
  version: { version: '3' },
  tools: { tools: { ...FULL.tools, look2: { readOnly: true } } },
  tiers: { tiers: FULL.tiers.slice(1) },
  rules: { rules: FULL.rules.toReversed() },
  confidence: {
    confidence: { thresholds: { low_stakes: 0.11, medium_stakes: 0.2, high_stakes: 0.3 } },
  },
  separationOfDuties: { separationOfDuties: { requesterMayDecide: false } },
  limits: { limits: { highValue: 50, stepsMax: 4 } },
};

function keysReversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(keysReversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, keysReversed(member)]),
  );
}

describe('reading a policy is total', () => {
  test.each([
    ['a lone surrogate in a route', { tiers: tiersWith({ escalation: { route: '\uD800' } }) }],
    [
      'a lone surrogate in a pattern',
      { rules: [ruleOf({ argument: { pointer: '/a', matches: '\uD800' } })] },
    ],
    [
      'a lone surrogate in a pointer',
      { rules: [ruleOf({ argument: { pointer: '/\uD800', equals: 1 } })] },
    ],
    [
      'an argument nested as deep as arguments may be',
      { rules: [ruleOf({ argument: { pointer: '/a', equals: nested(32) } })] },
    ],
    ['a tool that is called constructor', { tools: { constructor: { readOnly: true } } }],
  ])('with %s', (_what, source) => {
    expect(() => readPolicy({ name: 'shop', version: '1', ...source })).not.toThrow();
  });

  test('with any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (raw) => {
        expect(() => readPolicy(raw)).not.toThrow();
        for (const field of ['tools', 'tiers', 'rules', 'confidence', 'limits', 'name']) {
          expect(() => readPolicy({ name: 'shop', version: '1', [field]: raw })).not.toThrow();
        }
      }),
      { numRuns: 200 },
    );
  });
});
