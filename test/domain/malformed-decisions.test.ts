/**
 * Proves that what is no decision is refused as malformed, whatever it is: the bad input of the issue one by one. It is
 * recorded, answered in words that are short and show everything in them, and changes nothing else.
 */
import { describe, expect, test } from 'vitest';
import { isJson, type Json } from '../../domain/text/json.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import type { SessionState } from '../../domain/session/session.ts';
import {
  decisionOf,
  DIGEST,
  nested,
  NOW,
  sessionOf,
  withGate,
  without,
  withProto,
} from './builders.ts';

const OPEN = withGate(sessionOf());

function send(state: SessionState, raw: unknown) {
  return receiveDecision(state, raw, NOW + 1_000);
}

/** What is no decision, whatever gates are open. */
const MALFORMED: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a text', 'approved'],
  ['a number', 1],
  ['a list', [decisionOf()]],
  ['an empty object', {}],
  ['a date', new Date(0)],
  ['a map', new Map(Object.entries(decisionOf()))],
  ['an unknown field', decisionOf({ approve: true })],
  ['a misspelt field', { ...without(decisionOf(), 'rationale'), rationale_: 'x' }],
  ['a field in another case', { ...without(decisionOf(), 'gateId'), GateId: 'gate-1' }],
  ['__proto__ as a field', withProto(decisionOf())],
  [
    '__proto__ in its modifications',
    { ...decisionOf({ decision: 'modified' }), modifications: withProto({}) },
  ],
  [
    '__proto__ deep in its modifications',
    { ...decisionOf({ decision: 'modified' }), modifications: { a: [withProto({})] } },
  ],
  ['no gate', without(decisionOf(), 'gateId')],
  ['no run', without(decisionOf(), 'runId')],
  ['no digest', without(decisionOf(), 'payloadDigest')],
  ['no reviewer', without(decisionOf(), 'reviewerId')],
  ['no decision', without(decisionOf(), 'decision')],
  ['an empty id', decisionOf({ decisionId: '' })],
  ['an id of null', decisionOf({ decisionId: null })],
  ['an id that is too long', decisionOf({ decisionId: 'x'.repeat(201) })],
  ['a digest in capitals', decisionOf({ payloadDigest: DIGEST.toUpperCase() })],
  ['half a digest', decisionOf({ payloadDigest: DIGEST.slice(0, 32) })],
  ['a decision nobody knows', decisionOf({ decision: 'approve' })],
  ['a decision in capitals', decisionOf({ decision: 'APPROVED' })],
  ['an outcome that is no decision', decisionOf({ decision: 'expired' })],
  ['a decision that every object has', decisionOf({ decision: 'constructor' })],
  ['a reviewer with a blank', decisionOf({ reviewerId: ' alice' })],
  ['a reviewer with a line break', decisionOf({ reviewerId: 'alice\nbob' })],
  ['a reviewer with a zero-width joiner', decisionOf({ reviewerId: 'ali\u200Dce' })],
  ['a reviewer with a bidi override', decisionOf({ reviewerId: 'alice\u202E' })],
  ['a reviewer with an invisible joiner', decisionOf({ reviewerId: 'ali\u034Fce' })],
  ['a reviewer with a lone surrogate', decisionOf({ reviewerId: 'alice\uD800' })],
  ['a reviewer that is an object', decisionOf({ reviewerId: { id: 'alice' } })],
  ['a rationale with a lone surrogate', decisionOf({ rationale: '\uDC00' })],
  ['a rationale that is no text', decisionOf({ rationale: 7 })],
  ['a rationale of 2 MiB', decisionOf({ rationale: 'x'.repeat(2 ** 21) })],
  [
    'modifications of 2 MiB',
    decisionOf({ decision: 'modified', modifications: { a: 'x'.repeat(2 ** 21) } }),
  ],
  ['modifications that are a list', decisionOf({ decision: 'modified', modifications: ['a'] })],
  ['modifications that are null', decisionOf({ modifications: null })],
  [
    'modifications nested too deep',
    decisionOf({ decision: 'modified', modifications: nested(33) }),
  ],
  [
    'modifications nested 10,000 deep',
    JSON.parse(`{"modifications":${'{"a":'.repeat(1e4)}1${'}'.repeat(1e4)}}`),
  ],
  [
    'modifications with a lone surrogate',
    decisionOf({ decision: 'modified', modifications: { a: '\uD83D' } }),
  ],
  [
    'modifications with a lone surrogate in a key',
    decisionOf({ decision: 'modified', modifications: { '\uD83D': 1 } }),
  ],
  ['a time that is none', decisionOf({ decidedAt: 'yesterday' })],
  ['a day that is none', decisionOf({ decidedAt: '2026-02-30T00:00:00Z' })],
  ['a time in milliseconds', decisionOf({ decidedAt: NOW })],
  ['a signature that is no text', decisionOf({ signature: { alg: 'none' } })],
  ['text in place of a decision', JSON.stringify(decisionOf())],
];

describe('a message that is no decision', () => {
  test.each(MALFORMED)(
    '%s: is refused as malformed, recorded, and changes nothing else',
    (_what, raw) => {
      const step = send(OPEN, raw);
      expect(step.reply).toMatchObject({ status: 'refused', code: 'MALFORMED' });
      expect(step.state).toEqual({ ...OPEN, refusals: 1 });
      expect(step.events).toEqual([
        { eventType: 'decision_refused', actionType: 'session', details: { code: 'MALFORMED' } },
      ]);
    },
  );

  test('the answer says what is wrong', () => {
    const message = (raw: unknown): string => {
      const { reply } = send(OPEN, raw);
      return reply.status === 'refused' ? reply.message : '';
    };
    expect(message(undefined)).toContain('must be one JSON object');
    expect(message(decisionOf({ approve: true }))).toContain('unknown field approve');
    expect(message(without(decisionOf(), 'runId'))).toContain('runId is missing');
    expect(message(decisionOf({ decision: 'yes' }))).toContain(
      'one of approved, rejected, modified',
    );
  });

  test.each([
    ['a key of 1 MiB', { ['x'.repeat(2 ** 20)]: Number.NaN }],
    ['a path of many keys', nestedAt('x'.repeat(5_000), 20)],
    ['a key that breaks lines', { 'a\n\u202Eb': Number.NaN }],
  ])(
    'the answer to modifications with %s is short, and shows everything in it',
    (_what, modifications) => {
      const { reply } = send(OPEN, { ...decisionOf({ decision: 'modified' }), modifications });
      if (reply.status !== 'refused') throw new Error('It is refused');
      expect(reply.message.length).toBeLessThan(1_000);
      expect(reply.message).toMatch(/^[ -~…⟦⟧]*$/);
    },
  );

  test('the answer to a long unknown field is well-formed, wherever it is cut', () => {
    for (let length = 55; length < 65; length += 1) {
      const { reply } = send(OPEN, { ...decisionOf(), [`${'x'.repeat(length)}😀😀`]: 1 });
      expect(isJson(reply as unknown as Json)).toBe(true);
    }
  });
});

function nestedAt(key: string, levels: number): object {
  let value: object = { [key]: Number.NaN };
  for (let level = 0; level < levels; level += 1) value = { [key]: value };
  return value;
}
