/**
 * Proves standing grants: what they may be about, who may give them and for what, what they let pass and what asks again,
 * how each use is counted, and how they end. Only an approval ever makes one.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PreparedAction } from '../../domain/activities.ts';
import { type GrantTerms, grantTerms, isWithin } from '../../domain/gate/grant.ts';
import { GRANTS_MAX, HOUR_MS, MINUTE_MS } from '../../domain/limits.ts';
import { evaluateAction, type Policy } from '../../domain/policy/policy.ts';
import { payloadDigest } from '../../domain/text/digest.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';
import { receiveGrantRevocation } from '../../domain/session/session-claims.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { passTimeOver } from '../../domain/session/session-gates.ts';
import type { SessionState } from '../../domain/session/session.ts';
import { pendingApprovals, sessionStatus } from '../../domain/session/session-view.ts';
import { withoutAsking } from '../../domain/session/without-asking.ts';
import {
  decisionOf,
  NOW,
  policyOf,
  present,
  RUN,
  sessionOf,
  tierOf,
  tiersWith,
  withGate,
} from './builders.ts';

const UNTIL = new Date(NOW + HOUR_MS).toISOString();
const EXACT: GrantTerms = { scope: 'exact', times: 2, until: UNTIL };
const WITHIN: GrantTerms = {
  scope: 'tool',
  tool: 'refund',
  bounds: [{ pointer: '/amount', atMost: 400 }],
  times: 3,
  until: UNTIL,
};

const POLICY = policyOf({
  name: 'desk',
  version: '1',
  people: { alice: { accounts: ['alice-gh'] }, dora: { revokedSince: '2026-11-23T09:45:00Z' } },
  tools: {
    refund: { reversibility: 'partially_reversible', value: '/amount' },
    lock: { reversibility: 'irreversible', grantable: true },
  },
  tiers: [
    tierOf('pair', { quorum: 2 }),
    ...tiersWith({ async_review: { reviewers: ['alice', 'dora', 'bob'] } }),
  ],
});

function actionOf(actionType: string, args: JsonObject): PreparedAction {
  const digest = payloadDigest({ actionType, toolVersion: '1', arguments: args });
  return {
    actionType,
    arguments: args,
    toolVersion: '1',
    payloadDigest: digest,
    readOnly: false,
    description: actionType,
    quick: false,
    timeoutMs: 1,
  };
}

const REFUND = actionOf('refund', { order: 'o-1', amount: 300 });

interface Opened {
  readonly action?: PreparedAction;
  readonly tier?: string;
  readonly policy?: Policy;
}

function opened({ action = REFUND, tier = 'async_review', policy = POLICY }: Opened = {}) {
  const { actionType, arguments: payload, payloadDigest: digest } = action;
  const { reversibility } = evaluateAction(policy, action, 'medium_stakes');
  const request = { actionType, payload, payloadDigest: digest, reversibility };
  return withGate(sessionOf({ policy }), { tier, request });
}

function decide(
  state: SessionState,
  grant: GrantTerms,
  {
    now = NOW + 1_000,
    ...changes
  }: { readonly now?: number } & Readonly<Record<string, Json>> = {},
) {
  const { payloadDigest: digest } = present(state.gates[0]).request;
  const raw = { ...decisionOf({ payloadDigest: digest, ...changes }), grant: { ...grant } };
  return receiveDecision(state, raw, now);
}

/** The id under which a call passes, `rejected`, or undefined: a person is asked. */
function passes(
  state: SessionState,
  action: PreparedAction,
  {
    now = NOW + 2_000,
    tier,
    policy = POLICY,
  }: { now?: number; tier?: string; policy?: Policy } = {},
) {
  const own = evaluateAction(policy, action, 'medium_stakes');
  const evaluation = tier === undefined ? own : { ...own, tier };
  return withoutAsking(state, { action, actionId: '2/1' }, { policy, evaluation, now });
}

function used(state: SessionState, action: PreparedAction, how = {}): string | undefined {
  const found = passes(state, action, how);
  return found?.answer === 'granted' ? found.decision.decisionId : undefined;
}

const granted = decide(opened(), WITHIN).state;

describe('the terms', () => {
  test.each<readonly [string, object, string]>([
    ['no end', { until: undefined }, 'until is missing'],
    ['an end that is no moment', { until: 'tomorrow' }, 'until must be an ISO 8601'],
    ['no times', { times: 0 }, 'times must be a whole number from 1'],
    ['half a time', { times: 0.5 }, 'times must be'],
    ['another scope', { scope: 'session' }, 'scope must be one of exact, tool'],
    ['a tool without bounds', { bounds: undefined }, 'needs tool and bounds'],
    ['bounds without a tool', { tool: undefined }, 'needs tool and bounds'],
    ['no bounds at all', { bounds: [] }, 'must be a list of 1 to 16'],
    ['a bound of nothing', { bounds: [{ pointer: '/amount' }] }, 'equals, oneOf or atMost'],
    ['a bound of everything', { bounds: [{ equals: 1 }] }, 'pointer is missing'],
    ['a pointer that is none', { bounds: [{ pointer: 'amount', atMost: 1 }] }, 'JSON Pointer'],
    ['at most less than nothing', { bounds: [{ pointer: '/a', atMost: -1 }] }, '0 or above'],
    ['one of none', { bounds: [{ pointer: '/a', oneOf: [] }] }, 'must be a list'],
    [
      'more words than anybody reads',
      { bounds: [{ pointer: '/a', equals: 'x'.repeat(9_000) }] },
      'at most 8000',
    ],
    ['a field that nobody reads', { note: 'x' }, 'unknown field note'],
  ])('are refused with %s', (_what, changes, problem) => {
    expect(grantTerms(JSON.parse(JSON.stringify({ ...WITHIN, ...changes })))).toContain(problem);
  });

  test('of an exact call have neither tool nor bounds', () => {
    expect(grantTerms(EXACT)).toBeUndefined();
    expect(grantTerms({ ...EXACT, tool: 'refund' })).toContain('no tool and no bounds');
  });
});

describe('what is within the bounds', () => {
  const within = (bounds: GrantTerms['bounds'], args: JsonObject, actionType = 'refund'): boolean =>
    isWithin({ ...WITHIN, bounds: bounds ?? [] }, 'digest', {
      actionType,
      arguments: args,
      payloadDigest: 'x',
    });

  test.each<readonly [string, NonNullable<GrantTerms['bounds']>, JsonObject, boolean]>([
    ['at most', [{ pointer: '/amount', atMost: 50 }], { amount: 50 }, true],
    ['above', [{ pointer: '/amount', atMost: 50 }], { amount: 50.01 }, false],
    ['far below zero: by its size', [{ pointer: '/amount', atMost: 50 }], { amount: -51 }, false],
    ['text that looks like a number', [{ pointer: '/amount', atMost: 50 }], { amount: '5' }, false],
    ['nothing there', [{ pointer: '/amount', atMost: 50 }], {}, false],
    ['null there', [{ pointer: '/amount', atMost: 50 }], { amount: null }, false],
    ['equal', [{ pointer: '/to', equals: 'a@x' }], { to: 'a@x' }, true],
    ['equal in other letters', [{ pointer: '/to', equals: 'a@x' }], { to: 'A@x' }, false],
    ['an equal object', [{ pointer: '/to', equals: { a: [1] } }], { to: { a: [1] } }, true],
    ['one of', [{ pointer: '/to', oneOf: ['a', 'b'] }], { to: 'b' }, true],
    ['none of', [{ pointer: '/to', oneOf: ['a', 'b'] }], { to: 'c' }, false],
    [
      'one of two bounds',
      [
        { pointer: '/to', equals: 'a' },
        { pointer: '/amount', atMost: 5 },
      ],
      { to: 'a', amount: 6 },
      false,
    ],
    ['what is not named is free', [{ pointer: '/to', equals: 'a' }], { to: 'a', amount: 6 }, true],
    ['deep inside', [{ pointer: '/lines/0/sum', atMost: 5 }], { lines: [{ sum: 5 }] }, true],
    ['a name of a prototype', [{ pointer: '/constructor', equals: 'a' }], {}, false],
  ])('%s', (_what, bounds, args, expected) => {
    expect(within(bounds, args)).toBe(expected);
  });

  test('not another tool, and not without bounds', () => {
    expect(within(WITHIN.bounds, { amount: 1 }, 'refunds')).toBe(false);
    expect(within([], { amount: 1 })).toBe(false);
  });

  test('of an exact grant is the same call alone', () => {
    const call = (digest: string) => ({
      actionType: 'refund',
      arguments: {},
      payloadDigest: digest,
    });
    expect(isWithin(EXACT, 'a', call('a'))).toBe(true);
    expect(isWithin(EXACT, 'a', call('b'))).toBe(false);
  });
});

describe('to give one', () => {
  test.each<readonly [string, Opened, GrantTerms, RegExp]>([
    ['for too often', {}, { ...WITHIN, times: 21 }, /At most 20 times/],
    ['for too long', {}, { ...WITHIN, until: '2026-11-25T09:30:00Z' }, /ends within 1440 minutes/],
    ['that is over', {}, { ...WITHIN, until: '2026-11-23T09:00:00Z' }, /is over already/],
    ['for another tool', {}, { ...WITHIN, tool: 'lock' }, /holds refund, not lock/],
    ['in a tier of two', { tier: 'pair' }, WITHIN, /takes several people/],
    [
      'for what can’t be undone',
      { action: actionOf('erase', { id: 1 }), tier: 'escalation' },
      EXACT,
      /can't be undone/,
    ],
    [
      'where nobody may',
      { policy: policyOf({ name: 'none', version: '1', grants: false }) },
      EXACT,
      /lets nobody give/,
    ],
  ])('H9: is refused %s, and nothing is approved', (_what, how, terms, message) => {
    const step = decide(opened(how), terms);
    expect(step.reply).toMatchObject({ status: 'refused', code: 'GRANT_NOT_ALLOWED' });
    expect(step.reply.status === 'refused' && step.reply.message).toMatch(message);
    expect(step.state.gates[0]?.status).toBe('pending');
    expect(step.state.grants).toBeUndefined();
  });

  test.each([
    ['a rejection', { decision: 'rejected' }],
    ['a modification', { decision: 'modified', modifications: { amount: 1 } }],
  ] as const)('%s is not the way: MALFORMED', (_what, changes) => {
    const step = decide(opened(), WITHIN, changes);
    expect(step.reply).toMatchObject({ code: 'MALFORMED' });
    expect(step.state.grants).toBeUndefined();
  });

  test('nor silence, nor a question', () => {
    expect(passTimeOver(opened(), NOW + 48 * HOUR_MS).state.grants).toBeUndefined();
    const question = withGate(sessionOf({ policy: POLICY }), { request: { kind: 'question' } });
    const step = decide(question, EXACT, { modifications: { answer: 'x' } });
    expect(step.reply).toMatchObject({ code: 'MALFORMED' });
  });

  test('for what can’t be undone takes the policy’s own word', () => {
    const lock = actionOf('lock', { id: 1 });
    const step = decide(opened({ action: lock, tier: 'escalation' }), EXACT);
    expect(step.reply).toMatchObject({ status: 'decided' });
    expect(used(step.state, lock)).toBe('decision-1#1');
  });

  test('shows whether it can be given', () => {
    const shown = (how: Opened) => pendingApprovals(opened(how), RUN)[0]?.grantable;
    expect(shown({})).toBe(true);
    expect(shown({ tier: 'pair' })).toBe(false);
    expect(shown({ action: actionOf('erase', {}) })).toBe(false);
    expect(shown({ action: actionOf('lock', {}) })).toBe(true);
  });
});

describe('a grant that was given', () => {
  test('is in the status, and in the trail as the approval’s own', () => {
    const step = decide(opened(), WITHIN);
    expect(step.events).toMatchObject([{ eventType: 'approved', details: { grant: WITHIN } }]);
    const { grants } = sessionStatus(step.state, { now: NOW + 2_000, lastSeq: 1, progress: {} });
    expect(grants).toEqual([
      { grantId: 'decision-1', actionType: 'refund', terms: WITHIN, reviewerId: 'alice', used: 0 },
    ]);
    const over = sessionStatus(step.state, { now: NOW + HOUR_MS, lastSeq: 1, progress: {} });
    expect(over).not.toHaveProperty('grants');
  });

  test('H2: lets as many calls pass as were granted, each under a number of its own', () => {
    let state = granted;
    for (const use of [1, 2, 3]) {
      const found = passes(state, actionOf('refund', { order: `o-${use}`, amount: 200 + use }));
      if (found?.answer !== 'granted') throw new Error('It passes');
      expect(found.decision).toMatchObject({
        decisionId: `decision-1#${use}`,
        gateId: 'gate-1',
        runId: RUN,
        reviewerId: 'alice',
        decision: 'approved',
        grantUse: use,
        votes: [{ personId: 'alice', decision: { decisionId: 'decision-1' } }],
      });
      expect(found.step.events).toMatchObject([
        {
          eventType: 'grant_used',
          actionId: '2/1',
          reviewerId: 'alice',
          details: { grantId: 'decision-1', gateId: 'gate-1', use, of: 3 },
        },
      ]);
      state = found.step.state;
    }
    expect(used(state, REFUND)).toBeUndefined();
  });

  test.each<readonly [string, PreparedAction, object]>([
    ['outside of its bounds', actionOf('refund', { order: 'o-1', amount: 401 }), {}],
    ['of another tool', actionOf('lock', { amount: 1 }), {}],
    ['H9: where the policy makes it stricter', REFUND, { tier: 'escalation' }],
    ['where it takes two', REFUND, { tier: 'pair' }],
    ['after its end', REFUND, { now: NOW + HOUR_MS }],
    ['after who gave it was revoked', REFUND, { giver: 'dora', now: NOW + 16 * MINUTE_MS }],
  ])('asks again: a call %s', (_what, action, { giver = 'alice', ...how }: { giver?: string }) => {
    const state = decide(opened(), WITHIN, { reviewerId: giver }).state;
    expect(used(state, REFUND)).toBe('decision-1#1');
    expect(used(state, action, how)).toBeUndefined();
  });

  test('H9: given after the gate had climbed, it counts for the tier in which the call was asked about', () => {
    const climbed = passTimeOver(opened(), NOW + HOUR_MS).state;
    expect(climbed.gates[0]).toMatchObject({ tier: 'escalation' });
    const terms = { ...WITHIN, until: new Date(NOW + 2 * HOUR_MS).toISOString() };
    const { state } = decide(climbed, terms, { now: NOW + HOUR_MS });
    expect(used(state, REFUND, { now: NOW + HOUR_MS })).toBe('decision-1#1');
    expect(used(state, REFUND, { now: NOW + HOUR_MS, tier: 'escalation' })).toBeUndefined();
  });

  test('where a later call asks for proof, a grant that proves nothing does not do', () => {
    const tiers = POLICY.tiers.map((tier) => ({ ...tier, proof: 'signed' as const }));
    const signed = { ...POLICY, tiers };
    expect(used(granted, REFUND, { policy: signed })).toBeUndefined();
  });

  test('is one of a bounded number: those that are over make room first', () => {
    const over = present(granted.grants?.[0]);
    const spent = { ...over, grantId: 'spent', used: 3 };
    const grants = [
      spent,
      ...Array.from({ length: GRANTS_MAX - 1 }, (_one, n) => ({ ...over, grantId: `g${n}` })),
    ];
    const next = decide({ ...opened(), grants }, WITHIN).state.grants ?? [];
    expect(next).toHaveLength(GRANTS_MAX);
    expect(next.map(({ grantId }) => grantId)).not.toContain('spent');
  });

  test('survives continue-as-new as it is', () => {
    const carried = JSON.parse(JSON.stringify(granted)) as SessionState;
    expect(used(carried, REFUND)).toBe('decision-1#1');
  });
});

describe('its revocation', () => {
  const order = { grantId: 'decision-1', operatorId: 'olga', reason: 'enough' };

  test('ends it, says who and why, and how often it was used', () => {
    const step = receiveGrantRevocation(granted, order);
    expect(step.reply).toMatchObject({ status: 'done' });
    expect(step.events).toMatchObject([
      {
        eventType: 'grant_revoked',
        reviewerId: 'olga',
        rationale: 'enough',
        details: { grantId: 'decision-1', tool: 'refund', used: 0 },
      },
    ]);
    expect(used(step.state, REFUND)).toBeUndefined();
    expect(receiveGrantRevocation(step.state, order).reply).toMatchObject({
      code: 'UNKNOWN_GRANT',
    });
  });

  test.each([
    ['of none', { ...order, grantId: 'x' }, 'UNKNOWN_GRANT'],
    ['without a reason', { ...order, reason: ' ' }, 'MALFORMED'],
    ['of nobody', { grantId: 'decision-1', reason: 'x' }, 'MALFORMED'],
    ['that is none', 7, 'MALFORMED'],
  ])('%s is refused, and recorded', (_what, raw, code) => {
    const step = receiveGrantRevocation(granted, raw);
    expect(step.reply).toMatchObject({ status: 'refused', code });
    expect(step.events).toMatchObject([{ eventType: 'message_refused', details: { code } }]);
    expect(step.state.grants).toEqual(granted.grants);
  });
});

test('H2: whatever is asked in whichever order, no grant is used more often than it was given', () => {
  const amount = fc.integer({ min: -500, max: 500 });
  const asked = fc.array(fc.tuple(amount, fc.nat(90 * MINUTE_MS)), { maxLength: 20 });
  fc.assert(
    fc.property(asked, (calls) => {
      let state = granted;
      const ids: string[] = [];
      for (const [size, later] of calls) {
        const found = passes(state, actionOf('refund', { amount: size }), { now: NOW + later });
        if (found?.answer !== 'granted') continue;
        expect(Math.abs(size)).toBeLessThanOrEqual(400);
        expect(later).toBeLessThan(HOUR_MS);
        ids.push(found.decision.decisionId);
        state = found.step.state;
      }
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeLessThanOrEqual(3);
    }),
  );
});
