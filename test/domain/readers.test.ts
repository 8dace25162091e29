/**
 * Proves that the small readers of the workflow sandbox accept and refuse exactly what the zod schemas of the edges do
 * (DESIGN §9), on valid messages, on messages with one or two fields gone wrong, and on JSON of any kind; and that a
 * reader never throws.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readClaim } from '../../domain/gate/claim.ts';
import { readDecision } from '../../domain/gate/decision.ts';
import { grantTerms } from '../../domain/gate/grant.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { PAYLOAD_BYTES_MAX, RATIONALE_CHARACTERS_MAX } from '../../domain/limits.ts';
import { readInstruction, readOperatorCommand } from '../../domain/session/operator-command.ts';
import type { Reading } from '../../domain/text/reading.ts';
import { readGrantRevocation } from '../../domain/session/session-grants.ts';
import {
  claimSchema,
  decisionSchema,
  grantRevocationSchema,
  grantTermsSchema,
  instructionSchema,
  operatorCommandSchema,
  sessionInputSchema,
} from '../../domain/schema/messages.ts';
import { readSessionInput } from '../../domain/session/session-input.ts';
import { readExternalGateInput } from '../../domain/session/external-gate.ts';
import { externalGateInputSchema } from '../../domain/schema/external-gate.ts';
import { decisionOf, nested, withProto } from './builders.ts';

interface Pair {
  readonly read: (raw: unknown) => Reading<unknown>;
  readonly schema: { safeParse(raw: unknown): { readonly success: boolean } };
  readonly valid: JsonObject;
}

const PAIRS: Readonly<Record<string, Pair>> = {
  decision: {
    read: readDecision,
    schema: decisionSchema,
    valid: decisionOf({
      decision: 'modified',
      modifications: { amount: 5 },
      rationale: 'because',
      decidedAt: '2026-11-23T09:30:00Z',
      signature: 'c2ln',
    }),
  },
  'decision with a grant': {
    read: readDecision,
    schema: decisionSchema,
    valid: decisionOf({
      grant: {
        scope: 'tool',
        tool: 'refund',
        bounds: [
          { pointer: '/amount', atMost: 50 },
          { pointer: '/order', oneOf: ['o-1', 'o-2'] },
        ],
        times: 5,
        until: '2026-11-23T17:00:00Z',
      },
    }),
  },
  'terms of a grant': {
    read: (raw) => {
      const problem = grantTerms(raw);
      return problem === undefined ? { ok: true, value: raw } : { ok: false, problem };
    },
    schema: grantTermsSchema,
    valid: {
      scope: 'tool',
      tool: 'refund',
      bounds: [{ pointer: '/amount', atMost: 50 }],
      times: 5,
      until: '2026-11-23T17:00:00Z',
    },
  },
  claim: {
    read: readClaim,
    schema: claimSchema,
    valid: { gateId: 'gate-1', reviewerId: 'rita', reason: 'on it' },
  },
  'revocation of a grant': {
    read: readGrantRevocation,
    schema: grantRevocationSchema,
    valid: { grantId: 'decision-1', operatorId: 'olga', reason: 'enough' },
  },
  'operator command': {
    read: readOperatorCommand,
    schema: operatorCommandSchema,
    valid: { operatorId: 'olga', reason: 'the customer called', relayedBy: 'session-1' },
  },
  instruction: {
    read: readInstruction,
    schema: instructionSchema,
    valid: { operatorId: 'olga', reason: 'the customer called', message: 'use the other shop' },
  },
  'external gate': {
    read: readExternalGateInput,
    schema: externalGateInputSchema,
    valid: {
      agentId: 'agent-smith',
      requesterId: 'rosa',
      actionType: 'refund',
      arguments: { amount: 5 },
      reason: 'because',
      value: 5,
      callbackUrl: 'https://hooks.example.com/x',
    },
  },
  'session input': {
    read: readSessionInput,
    schema: sessionInputSchema,
    valid: {
      goal: 'refund order 7',
      agentId: 'agent-smith',
      requesterId: 'rosa',
      stakes: 'high_stakes',
    },
  },
};

/** What stands in a field where something has gone wrong, or nearly. */
const INSTANTS = [
  '2026-11-23T09:30:00Z',
  '2026-11-23T09:30:00.123Z',
  '2026-11-23T09:30:00.123456789Z',
  '2026-11-23T09:30:00.1234567890Z',
  '2026-11-23T09:30Z',
  '2026-11-23T09:30:00+01:00',
  '2026-11-23T09:30:00-00:00',
  '2026-11-23T09:30:00+0100',
  '2026-11-23T09:30:00+24:00',
  '2026-11-23T09:30:00+99:99',
  '2026-11-23T09:30:00',
  '2026-11-23 09:30:00Z',
  '2026-11-23T09:30:00z',
  '2026-02-29T00:00:00Z',
  '2028-02-29T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2026-04-31T00:00:00Z',
  '2026-13-01T00:00:00Z',
  '2026-00-01T00:00:00Z',
  '2026-11-00T00:00:00Z',
  '2026-11-23T24:00:00Z',
  '2026-11-23T23:59:60Z',
  '2026-11-23T23:60:00Z',
  '0000-01-01T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2000-02-29T00:00:00Z',
  '+002026-11-23T09:30:00Z',
  ' 2026-11-23T09:30:00Z',
  '2026-11-23T09:30:00Z\n',
  '2026-11-23',
];

const ODD_TEXTS = [
  '',
  ' ',
  '\n',
  ' a',
  'a ',
  '\u00A0',
  'a\u00A0',
  'a\nb',
  'a\u202Eb',
  'a\u034Fb',
  'a\u200D',
  '\uFEFF',
  '\uD800',
  'a\uDC00b',
  '😀',
  'x'.repeat(200),
  'x'.repeat(201),
  '😀'.repeat(100),
  '😀'.repeat(101),
  'x'.repeat(RATIONALE_CHARACTERS_MAX),
  'x'.repeat(RATIONALE_CHARACTERS_MAX + 1),
  'approved',
  'rejected',
  'Approved',
  'constructor',
  '__proto__',
  'low_stakes',
  'medium',
  'a'.repeat(64),
  'A'.repeat(64),
  'a'.repeat(63),
  `${'a'.repeat(64)}\n`,
];

const ODD_VALUES: readonly unknown[] = [
  null,
  0,
  1.5,
  true,
  [],
  ['a'],
  {},
  { a: 1 },
  { answer: 'x' },
  withProto({}),
  { a: withProto({ b: 1 }) },
  { a: '\uD800' },
  { '\uD800': 1 },
  nested(29),
  nested(30),
  nested(31),
  nested(32),
  nested(33),
  { a: 'x'.repeat(PAYLOAD_BYTES_MAX - 8) },
  { a: 'x'.repeat(PAYLOAD_BYTES_MAX - 7) },
  { constructor: 1, toString: 2, toJSON: 3 },
];

const anyField = fc.oneof(
  fc.constantFrom(...INSTANTS),
  fc.constantFrom(...ODD_TEXTS),
  fc.constantFrom(...ODD_VALUES),
  fc.string({ unit: 'binary' }),
  fc.json({ stringUnit: 'binary' }).map((text): unknown => JSON.parse(text)),
);

const misspelt = fc.constantFrom(
  'Gateid',
  'decisionID',
  'comment',
  'constructor',
  '',
  'gate\u200DId',
);

/** A message with up to three fields changed, left out or added. */
function nearly(valid: JsonObject): fc.Arbitrary<unknown> {
  const change = fc.oneof(
    fc.tuple(fc.constant('set' as const), fc.constantFrom(...Object.keys(valid)), anyField),
    fc.tuple(fc.constant('drop' as const), fc.constantFrom(...Object.keys(valid)), fc.constant(0)),
    fc.tuple(fc.constant('set' as const), misspelt, anyField),
    fc.tuple(fc.constant('proto' as const), fc.constant(''), fc.constant(0)),
  );
  return fc.array(change, { maxLength: 3 }).map((changes) =>
    changes.reduce<unknown>((message, [how, name, value]) => {
      const entries = Object.entries(message as object).filter(([key]) => key !== name);
      if (how === 'proto') return withProto(Object.fromEntries(entries));
      return Object.fromEntries(how === 'set' ? [...entries, [name, value]] : entries);
    }, valid),
  );
}

const anyJson = fc.json({ stringUnit: 'binary' }).map((text): unknown => JSON.parse(text));

function disagreement({ read, schema }: Pair, raw: unknown): string | undefined {
  const [reader, zod] = [read(raw).ok, schema.safeParse(raw).success];
  return reader === zod ? undefined : `reader ${reader}, schema ${zod}`;
}

describe.each(Object.entries(PAIRS))('a message: %s', (_name, pair) => {
  test('is accepted by both when it is valid', () => {
    expect(pair.read(pair.valid).ok).toBe(true);
    expect(pair.schema.safeParse(pair.valid).success).toBe(true);
  });

  test('is accepted or refused alike with each of its fields gone odd', () => {
    const apart: string[] = [];
    for (const field of Object.keys(pair.valid)) {
      for (const odd of [...INSTANTS, ...ODD_TEXTS, ...ODD_VALUES]) {
        const problem = disagreement(pair, { ...pair.valid, [field]: odd });
        if (problem !== undefined) {
          apart.push(`${field} = ${JSON.stringify(odd).slice(0, 60)}: ${problem}`);
        }
      }
    }
    expect(apart).toEqual([]);
  });

  test('is accepted or refused alike when it is nearly right', () => {
    let accepted = 0;
    fc.assert(
      fc.property(nearly(pair.valid), (raw) => {
        if (pair.read(raw).ok) accepted += 1;
        expect(disagreement(pair, raw)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  test('is accepted or refused alike when it is any JSON', () => {
    fc.assert(
      fc.property(anyJson, (raw) => {
        expect(disagreement(pair, raw)).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test('is read without a throw when it is anything at all', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(anything, (raw) => {
        expect(() => pair.read(raw)).not.toThrow();
        for (const field of Object.keys(pair.valid)) {
          expect(() => pair.read({ ...pair.valid, [field]: raw })).not.toThrow();
        }
      }),
      { numRuns: 60 },
    );
  });

  test('with __proto__ among its fields is refused by both', () => {
    const raw = withProto(pair.valid);
    expect(Object.keys(raw as object)).toContain('__proto__');
    expect([pair.read(raw).ok, pair.schema.safeParse(raw).success]).toEqual([false, false]);
  });

  test('comes back as it was', () => {
    expect(pair.read(pair.valid)).toEqual({ ok: true, value: pair.valid });
  });
});

test('the comparison bites: a reader that forgets one rule is found out', () => {
  const forgetful: Pair = {
    read: (raw) => {
      const { signature: _unread, ...rest } = { ...(raw as JsonObject) };
      return readDecision(rest);
    },
    schema: decisionSchema,
    valid: decisionOf(),
  };
  expect(disagreement(forgetful, decisionOf({ signature: 5 }))).toBe('reader true, schema false');
});

describe('a decision without an id', () => {
  const id = (raw: JsonObject): string => {
    const reading = readDecision(raw);
    return reading.ok ? reading.value.decisionId : reading.problem;
  };
  const { decisionId: _id, ...bare } = decisionOf({ rationale: 'so' });

  test('gets one from its content, the same for the same content', () => {
    expect(id(bare)).toMatch(/^[0-9a-f]{32}$/);
    expect(id(Object.fromEntries(Object.entries(bare).toReversed()))).toBe(id(bare));
  });

  test('and another one for any other content', () => {
    const others = [
      { rationale: 'so.' },
      { decision: 'rejected' },
      { reviewerId: 'bob' },
      { gateId: 'g' },
    ];
    const ids = others.map((other) => id({ ...bare, ...other }));
    expect(new Set([id(bare), ...ids]).size).toBe(others.length + 1);
  });
});
