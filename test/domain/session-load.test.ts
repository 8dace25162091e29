/**
 * Proves what people can bear: what was rejected is not asked about again, so many rejections in a row pause the session, as
 * do more gates than anybody reads; and who decides faster than a request can be read is flagged, and not kept from it.
 */
import { describe, expect, test } from 'vitest';
import type { PreparedAction } from '../../domain/activities.ts';
import { HOUR_MS, MINUTE_MS, REJECTED_PAYLOADS_MAX } from '../../domain/limits.ts';
import { evaluateAction, type Policy } from '../../domain/policy/policy.ts';
import type { Json } from '../../domain/text/json.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { nextDeadline, passTimeOver, takeOutcome } from '../../domain/session/session-gates.ts';
import type { SessionState } from '../../domain/session/session.ts';
import { rejectedAgain, withoutAsking } from '../../domain/session/without-asking.ts';
import {
  COMMAND,
  decisionOf,
  eventTypes,
  NOW,
  opening,
  policyOf,
  present,
  sessionOf,
  withGate,
} from './builders.ts';

const policyWith = (changes: object): Policy =>
  policyOf({ name: 'load', version: '1', ...changes });
const PAUSING = policyWith({ afterRejection: { pauseAfter: 3 } });
const digestOf = (n: number): string => n.toString(16).padStart(64, '0');

/** Opens a gate of its own and decides it at once. */
function round(
  state: SessionState,
  n: number,
  changes: Readonly<Record<string, Json>>,
  kind: 'action' | 'answer' = 'action',
) {
  const gateId = `gate-${n}`;
  const now = NOW + n * MINUTE_MS;
  const open = withGate(state, { request: { gateId, kind, payloadDigest: digestOf(n) }, now });
  const raw = decisionOf({ decisionId: `d-${n}`, gateId, payloadDigest: digestOf(n), ...changes });
  const step = receiveDecision(open, raw, now + 30_000);
  const taken = takeOutcome(step.state, gateId);
  return { ...step, state: taken?.state ?? step.state };
}

const NO = { decision: 'rejected', rationale: 'not this customer' } as const;
const YES = { decision: 'approved' } as const;

function again(state: SessionState, n: number, policy: Policy) {
  const action: PreparedAction = {
    actionType: 'delete_record',
    arguments: {},
    toolVersion: '1',
    payloadDigest: digestOf(n),
    readOnly: false,
    description: 'x',
    quick: false,
    timeoutMs: 1,
  };
  const evaluation = evaluateAction(policy, action, 'medium_stakes');
  return withoutAsking(state, { action, actionId: '9/1' }, { policy, evaluation, now: NOW });
}

describe('after a no', () => {
  const state = round(sessionOf({ policy: PAUSING }), 1, NO).state;

  test('the same call is refused at once, with who said no and why', () => {
    const found = again(state, 1, PAUSING);
    if (found?.answer !== 'rejected') throw new Error('It is refused');
    expect(found.step.events).toMatchObject([
      {
        eventType: 'not_executed',
        actionId: '9/1',
        payloadDigest: digestOf(1),
        details: { code: 'REJECTED_BEFORE', rejectedAt: 'gate-1' },
      },
    ]);
    expect(rejectedAgain(found.before)).toEqual({
      status: 'rejected',
      reviewerId: 'alice',
      rationale:
        'This very call was rejected in this session before, and nobody is asked again. not this customer',
    });
  });

  test('other arguments are asked about', () => {
    expect(again(state, 2, PAUSING)).toBeUndefined();
  });

  test('so is the same, where the policy says so, and what was approved, modified or expired', () => {
    const asking = policyWith({ afterRejection: { samePayload: 'ask' } });
    expect(again(round(sessionOf({ policy: asking }), 1, NO).state, 1, asking)).toBeUndefined();
    const change = { decision: 'modified', modifications: { id: 'x' } } as const;
    for (const said of [YES, change]) {
      const other = round(sessionOf({ policy: PAUSING }), 1, said).state;
      expect(again(other, 1, PAUSING)).toBeUndefined();
    }
    const open = withGate(sessionOf({ policy: PAUSING }), {
      request: { payloadDigest: digestOf(1) },
    });
    expect(again(passTimeOver(open, NOW + HOUR_MS).state, 1, PAUSING)).toBeUndefined();
  });

  test('a no to an answer refuses no call', () => {
    const other = round(sessionOf({ policy: PAUSING }), 1, NO, 'answer').state;
    expect(again(other, 1, PAUSING)).toBeUndefined();
    expect(other.rejectionsInRow).toBeUndefined();
  });

  test('what is remembered is bounded, in number and in words', () => {
    let many = sessionOf({ policy: policyWith({}) });
    for (let n = 1; n <= REJECTED_PAYLOADS_MAX + 2; n += 1) {
      many = round(many, n, { decision: 'rejected', rationale: 'x'.repeat(8_000) }).state;
    }
    expect(many.rejected).toHaveLength(REJECTED_PAYLOADS_MAX);
    expect(again(many, 1, policyWith({}))).toBeUndefined();
    expect(JSON.stringify(many.rejected).length).toBeLessThan(400_000);
  });
});

describe('rejections in a row', () => {
  const rounds = (...said: readonly object[]): SessionState =>
    said.reduce<SessionState>(
      (state, one, index) => round(state, index + 1, one as Record<string, Json>).state,
      sessionOf({ policy: PAUSING }),
    );

  test('pause the session for a person, with what is in flight and why', () => {
    const two = rounds(NO, NO);
    expect(two.phase).toBe('running');
    const step = round(two, 3, NO);
    expect(step.state).toMatchObject({
      phase: 'paused',
      pause: { operatorId: 'policy', reason: expect.stringContaining('3 proposals in a row') },
    });
    expect(step.events.slice(-2)).toMatchObject([
      { eventType: 'rejected' },
      { eventType: 'paused', reviewerId: 'policy', details: { by: 'policy', inFlight: [] } },
    ]);
  });

  test('begin anew after an approval or a modification, and after the pause', () => {
    expect(rounds(NO, NO, YES, NO, NO).phase).toBe('running');
    const change = { decision: 'modified', modifications: { id: 'x' } };
    expect(rounds(NO, NO, change, NO, NO).phase).toBe('running');
    const paused = rounds(NO, NO, NO);
    const resumed = receiveCommand(paused, { verb: 'resume', raw: COMMAND }, NOW + HOUR_MS).state;
    expect(round(round(resumed, 4, NO).state, 5, NO).state.phase).toBe('running');
  });

  test('are not made by silence, nor by refused decisions', () => {
    let state = rounds(NO, NO);
    state = withGate(state, { request: { gateId: 'gate-9' }, now: NOW });
    state = passTimeOver(state, NOW + HOUR_MS).state;
    expect(state).toMatchObject({ phase: 'running', rejectionsInRow: 2 });
    expect(round(state, 10, { ...NO, reviewerId: 'rosa' }).state.phase).toBe('running');
  });

  test('pause nobody where the policy does not say', () => {
    let state = sessionOf({ policy: policyWith({}) });
    for (let n = 1; n <= 9; n += 1) state = round(state, n, NO).state;
    expect(state.phase).toBe('running');
  });

  test('H7: the pause is one like any other: no clock runs, and an operator ends the session', () => {
    const paused = rounds(NO, NO, NO);
    expect(nextDeadline(paused)).toBeUndefined();
    const step = receiveCommand(paused, { verb: 'cancel', raw: COMMAND }, NOW + HOUR_MS);
    expect(step.reply).toEqual({ status: 'done', phase: 'cancelling' });
  });
});

describe('more gates than anybody reads', () => {
  const FLOODED = policyWith({ overload: { gatesPerHour: 3 } });
  const open = (state: SessionState, n: number, now: number) =>
    opening(state, { request: { gateId: `gate-${n}` }, now });
  const flood = (from: SessionState, times: readonly number[]): SessionState =>
    times.reduce((state, at, n) => open(state, n, NOW + at).state, from);

  test('pause the session, with its gates open', () => {
    const three = flood(sessionOf({ policy: FLOODED }), [0, 1, 2]);
    expect(three.phase).toBe('running');
    const step = open(three, 9, NOW + 3);
    expect(eventTypes(step.events)).toEqual(['gate_presented', 'paused']);
    expect(step.state).toMatchObject({
      phase: 'paused',
      pause: { reason: 'More than 3 gates within an hour, 4 of them open: nobody can read that.' },
    });
    expect(step.state.gates.every(({ status }) => status === 'pending')).toBe(true);
  });

  test('are those of one hour', () => {
    const spread = flood(sessionOf({ policy: FLOODED }), [
      0,
      1,
      HOUR_MS,
      HOUR_MS + 1,
      2 * HOUR_MS + 2,
    ]);
    expect(spread.phase).toBe('running');
  });

  test('can be decided while it is paused, and the count begins anew after the resume', () => {
    const paused = flood(sessionOf({ policy: FLOODED }), [0, 1, 2, 3]);
    const decided = receiveDecision(paused, decisionOf({ gateId: 'gate-0' }), NOW + 10);
    expect(decided.reply.status).toBe('decided');
    const resumed = receiveCommand(decided.state, { verb: 'resume', raw: COMMAND }, NOW + 20).state;
    expect(flood(resumed, [30, 31, 32]).phase).toBe('running');
  });

  test('are not counted by a policy from before there was a limit', () => {
    const { overload: _none, ...old } = FLOODED;
    const state = flood(sessionOf({ policy: old }), [0, 1, 2, 3, 4]);
    expect(state.phase).toBe('running');
    expect(state).not.toHaveProperty('presentedAt');
  });
});

describe('faster than it can be read', () => {
  const policy = policyWith({ overload: { readingMs: { atLeast: 5_000, perKiB: 10_000 } } });
  const payload = { text: 'x'.repeat(2_048) };
  const open = withGate(sessionOf({ policy }), { request: { payload } });
  const flag = (changes: Readonly<Record<string, Json>>, afterMs: number) =>
    receiveDecision(open, decisionOf(changes), NOW + afterMs).events[0]?.details?.['tooFast'];

  test('an approval is flagged with how fast it was, and counts', () => {
    const step = receiveDecision(open, decisionOf(), NOW + 1_200);
    expect(step.reply.status).toBe('decided');
    const fast = present(step.events[0]?.details?.['tooFast']) as Record<string, number>;
    expect(fast['afterMs']).toBe(1_200);
    expect(fast['readingMs']).toBeGreaterThan(25_000);
    expect(fast['readingMs']).toBeLessThan(26_500);
  });

  test('so is a modification, which lets it pass as well; a rejection takes no reading', () => {
    expect(flag({ decision: 'modified', modifications: { text: 'y' } }, 1_200)).toBeDefined();
    expect(flag(NO, 1_200)).toBeUndefined();
  });

  test('not who took the time', () => {
    expect(flag({}, 27_000)).toBeUndefined();
  });

  test('a decision that was there before its gate is', () => {
    const early = receiveDecision(sessionOf({ policy }), decisionOf(), NOW - 60_000).state;
    const step = opening(early, { request: { payload } });
    expect(present(step.events[1])).toMatchObject({
      eventType: 'approved',
      details: { tooFast: { afterMs: 0 } },
    });
  });

  test('a policy from before has no measure', () => {
    const { overload: _none, ...old } = policy;
    const step = receiveDecision(withGate(sessionOf({ policy: old })), decisionOf(), NOW);
    expect(step.events[0]?.details).not.toHaveProperty('tooFast');
  });
});
