/** What a requester is told of a gate, outcome by outcome; and which addresses an outcome may go to. */
import { describe, expect, test } from 'vitest';
import { isCallbackAllowed, readCallbackOrigins } from '../../domain/gate/callback.ts';
import type { EndedStatus, GateOutcome } from '../../domain/gate/gate.ts';
import { heldBackGate, proceedingGate } from '../../domain/session/external-gate.ts';
import { gateIn } from './builders.ts';

const BASE = { id: 'gate-1', agentId: 'coder', actionType: 'drop_table', settledAt: 5 };
const ACTION = { arguments: { table: 'orders' }, payloadDigest: 'a'.repeat(64) };
const EVALUATION = { tier: 'synchronous_gate', rule: 'irreversible-or-unknown' };

const gate = gateIn('synchronous_gate');
const held = (status: EndedStatus, more: Partial<GateOutcome> = {}) => ({
  gate,
  outcome: { status, at: 5, tier: gate.tier, ...more },
});

describe('what may be done', () => {
  test.each([
    ['approved', 'approved', { reviewerId: 'rita', rationale: 'fine' }],
    ['modified', 'modified', { reviewerId: 'rita' }],
    ['expired', 'auto_proceeded', { noResponse: 'approve' }],
  ] as const)('%s is told as %s, with its arguments', (status, told, more) => {
    const cleared = { action: ACTION, evaluation: EVALUATION, held: held(status, more) };
    const { reviewerId: decidedBy, ...rest } = { reviewerId: undefined, ...more };
    expect(proceedingGate(BASE, cleared)).toEqual({
      ...BASE,
      ...ACTION,
      ...rest,
      status: told,
      proceed: true,
      gateId: gate.request.gateId,
      tier: gate.tier,
      rule: EVALUATION.rule,
      ...(decidedBy === undefined ? {} : { decidedBy }),
    });
  });

  test('what nobody was asked about names no gate and nobody', () => {
    expect(proceedingGate(BASE, { action: ACTION, evaluation: EVALUATION })).toEqual({
      ...BASE,
      ...ACTION,
      ...EVALUATION,
      status: 'auto_proceeded',
      proceed: true,
    });
  });
});

describe('what may not be done', () => {
  test.each(['rejected', 'expired', 'withdrawn'] as const)(
    '%s is told as such, and without arguments (H1, H3)',
    (status) => {
      const outcome = { status, reviewerId: 'rita' };
      const told = heldBackGate(BASE, { outcome, held: held(status) });
      expect(told).toMatchObject({ status, proceed: false });
      expect(told).not.toHaveProperty('arguments');
    },
  );
});

describe('a callback', () => {
  const ORIGINS = ['https://hooks.example.com', 'http://[::1]:8080'];

  test.each([
    ['https://hooks.example.com/a?b=c#d', true],
    ['http://[::1]:8080/', true],
    ['https://hooks.example.com', false],
    ['https://hooks.example.com.evil.example/', false],
    ['https://hooks.example.com@evil.example/', false],
    ['https://hooks.example.com:8443/', false],
    ['http://hooks.example.com/', false],
    ['https://HOOKS.example.com/', false],
    ['https://user@hooks.example.com/', false],
    ['https://evil.example/https://hooks.example.com/', false],
    [String.raw`https://hooks.example.com\@evil.example/`, false],
  ])('to %s: %s', (url, isAllowed) => {
    expect(isCallbackAllowed(ORIGINS, url)).toBe(isAllowed);
    // What is let through has that origin for whoever sends it, too.
    if (isAllowed) expect(ORIGINS).toContain(new URL(url).origin);
  });

  test('goes nowhere unless an origin is listed', () => {
    expect(isCallbackAllowed([], 'https://hooks.example.com/')).toBe(false);
    expect(readCallbackOrigins(' ')).toEqual({ ok: true, value: [] });
  });

  test('origins are read from a list, and what is none is named', () => {
    expect(readCallbackOrigins(ORIGINS.join(', '))).toEqual({ ok: true, value: ORIGINS });
    for (const wrong of ['hooks.example.com', 'https://a.example/', 'ftp://a.example', '*']) {
      expect(readCallbackOrigins(wrong)).toMatchObject({
        ok: false,
        problem: expect.stringContaining(wrong),
      });
    }
  });
});
