/**
 * Proves what follows when an action's activity comes back, for every failure: who is told what, what is never retried
 * (H11, H12), what the agent reads, and which event the trail gets.
 */
import { describe, expect, test } from 'vitest';
import { type ActionOutcome, outcomeText } from '../../domain/action/action-outcome.ts';
import { AUDIT_EVENT_TYPES } from '../../domain/audit/audit-event.ts';
import {
  afterFailure,
  afterReconciliation,
  afterSuccess,
  EXECUTION_FAILURES,
  outcomeEvent,
} from '../../domain/action/execution.ts';
import { isWellFormed } from '../../domain/text/json.ts';
import { TOOL_RESULT_CHARACTERS_MAX } from '../../domain/limits.ts';
import { REFUSALS } from '../../domain/refusal.ts';

const failed = { next: 'done', outcome: { status: 'failed', message: 'm' } };
const notExecuted = { next: 'done', outcome: { status: 'not_executed', message: 'm' } };
const killed = { next: 'done', outcome: { ...notExecuted.outcome, code: 'KILLED' } };

/** Failure type: what follows for a one-shot action, and for one that may repeat. */
const FAILURES: Readonly<Record<string, readonly object[]>> = {
  ACTION_PAUSED: [{ next: 'again' }, { next: 'again' }],
  DECISION_FROM_OTHER_RUN: [
    { next: 'ask', code: 'DECISION_FROM_OTHER_RUN', note: 'n', fresh: false },
    { next: 'ask', code: 'DECISION_FROM_OTHER_RUN', note: 'n', fresh: false },
  ],
  CONSENT_SPENT: [
    { next: 'ask', code: 'CONSENT_SPENT', note: 'n', fresh: true },
    { next: 'ask', code: 'CONSENT_SPENT', note: 'n', fresh: true },
  ],
  CONSENT_MISSING: [
    { next: 'ask', code: 'CONSENT_MISSING', note: 'n', fresh: false },
    { next: 'ask', code: 'CONSENT_MISSING', note: 'n', fresh: false },
  ],
  DIGEST_MISMATCH: [notExecuted, notExecuted],
  ACTION_FENCED: [notExecuted, notExecuted],
  KILLED: [killed, killed],
  [EXECUTION_FAILURES.notExecuted]: [failed, failed],
  [EXECUTION_FAILURES.invalidArguments]: [failed, failed],
  [EXECUTION_FAILURES.effectUnknown]: [{ next: 'reconcile' }, failed],
  Error: [{ next: 'reconcile' }, failed],
  '': [{ next: 'reconcile' }, failed],
  constructor: [{ next: 'reconcile' }, failed],
};

describe('a failure', () => {
  test.each(Object.entries(FAILURES))('of type %j', (type, [oneShot, repeatable]) => {
    const facts = { type, message: 'm', note: 'n' };
    expect(afterFailure(facts, { isOneShot: true })).toEqual(oneShot);
    expect(afterFailure(facts, { isOneShot: false })).toEqual(repeatable);
  });

  test('H3: for want of consent asks a person once: what silence let pass does not run, and nobody is asked for ever', () => {
    const facts = { type: 'CONSENT_MISSING', message: 'm' };
    for (const isOneShot of [true, false]) {
      expect(afterFailure(facts, { isOneShot })).toMatchObject({ next: 'ask', note: 'm' });
      expect(afterFailure(facts, { isOneShot, wasAsked: true })).toEqual(notExecuted);
    }
  });

  test('H11: without a type (a timeout, a lost worker) is looked into where it may run but once', () => {
    expect(afterFailure({ message: 'm' }, { isOneShot: true })).toEqual({ next: 'reconcile' });
    expect(afterFailure({ message: 'm' }, { isOneShot: false })).toEqual(failed);
  });

  test('H12: of a one-shot action never runs it again by itself, but where it had not begun', () => {
    const types = [...Object.keys(REFUSALS), ...Object.values(EXECUTION_FAILURES), 'Error'];
    const again = types.filter(
      (type) => afterFailure({ type, message: '' }, { isOneShot: true }).next === 'again',
    );
    expect(again).toEqual(['ACTION_PAUSED']);
  });
});

test('a success is the outcome', () => {
  expect(afterSuccess({ id: 7 })).toEqual({
    next: 'done',
    outcome: { status: 'executed', result: { id: 7 } },
  });
});

test('H11: what a look-up found is the outcome; what stays unknown is none', () => {
  expect(afterReconciliation({ status: 'done', result: 7 })).toEqual({
    status: 'executed',
    result: 7,
  });
  expect(afterReconciliation({ status: 'failed', message: 'no' })).toEqual({
    status: 'failed',
    message: 'no',
  });
  expect(afterReconciliation({ status: 'not_executed' })?.status).toBe('not_executed');
  expect(afterReconciliation({ status: 'unknown' })).toBeUndefined();
});

const OUTCOMES: readonly (readonly [ActionOutcome, string | undefined, RegExp])[] = [
  [{ status: 'executed', result: 'sent' }, 'executed', /^sent$/],
  [{ status: 'executed', result: { b: 1, a: null } }, 'executed', /^\{"a":null,"b":1\}$/],
  [
    { status: 'rejected', reviewerId: 'alice', rationale: 'wrong customer' },
    undefined,
    /rejected this action\. It was not executed\. Reason: wrong customer\. Do not propose/,
  ],
  [{ status: 'rejected', reviewerId: 'alice' }, undefined, /Reason: none was given/],
  [
    { status: 'rejected', reviewerId: 'alice', rationale: '  ' },
    undefined,
    /Reason: none was given/,
  ],
  [
    { status: 'expired' },
    undefined,
    /^No reviewer answered in time\. .*not executed, and nobody approved it\.$/,
  ],
  [
    { status: 'withdrawn' },
    undefined,
    /withdrawn before anyone decided\. The action was not executed\.$/,
  ],
  [
    { status: 'failed', message: 'no such customer' },
    'failed',
    /^The tool failed: no such customer$/,
  ],
  [
    { status: 'not_executed', message: 'the session ends' },
    'not_executed',
    /was not executed: the session ends$/,
  ],
  [{ status: 'unknown' }, 'effect_unknown', /^It is unknown whether .* Do not try it again/],
];

describe('an outcome', () => {
  test.each(OUTCOMES)(
    '%j: is told to the agent, and stands in the trail',
    (outcome, eventType, text) => {
      expect(outcomeText(outcome)).toMatch(text);
      expect(outcomeEvent(outcome)?.eventType).toBe(eventType);
      if (eventType !== undefined) expect(Object.keys(AUDIT_EVENT_TYPES)).toContain(eventType);
    },
  );

  test('H7: that a kill kept an action from starting stands in the trail by its code', () => {
    const outcome = { status: 'not_executed', message: 'm', code: 'KILLED' } as const;
    expect(outcomeEvent(outcome)).toEqual({
      eventType: 'not_executed',
      details: { code: 'KILLED' },
    });
  });

  test('never names the reviewer to the agent', () => {
    for (const [outcome] of OUTCOMES) expect(outcomeText(outcome)).not.toContain('alice');
  });

  test('H3: an expiry is never told as a rejection', () => {
    expect(outcomeText({ status: 'expired' })).not.toMatch(/reject/iu);
  });

  test.each([
    { status: 'executed', result: '😀'.repeat(TOOL_RESULT_CHARACTERS_MAX) },
    { status: 'failed', message: 'x'.repeat(TOOL_RESULT_CHARACTERS_MAX * 2) },
    { status: 'not_executed', message: 'x'.repeat(TOOL_RESULT_CHARACTERS_MAX * 2) },
  ] as const)('$status: is cut for the agent, and says so', (outcome) => {
    const text = outcomeText(outcome);
    expect(text.length).toBeLessThan(TOOL_RESULT_CHARACTERS_MAX + 100);
    expect(text).toMatch(/\(\d+ more characters\)$/);
    expect(isWellFormed(text)).toBe(true);
  });
});
