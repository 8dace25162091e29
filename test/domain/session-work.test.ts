/**
 * Proves what a session knows of its work: what is in flight, how long a model or tool was at work, whose gate belongs
 * to which action, and the policy that is pinned once.
 */
import { describe, expect, test } from 'vitest';
import { gateOfAction, takeOutcome } from '../../domain/session/session-gates.ts';
import {
  beginWork,
  endWork,
  pinPolicy,
  policyVersionOf,
  workedUntil,
} from '../../domain/session/session.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { policyVersion } from '../../domain/index.ts';
import { decisionOf, DEFAULT_POLICY, NAMED_POLICY, NOW, sessionOf, withGate } from './builders.ts';

const work = (workId: string, since: number) => ({ workId, actionType: 'refund', since });

describe('working time', () => {
  test('is counted while at least one thing is at work, and overlapping work only once', () => {
    let state = beginWork(sessionOf(), work('a', NOW));
    state = beginWork(state, work('b', NOW + 10));
    expect(state.inFlight.map((one) => one.workId)).toEqual(['a', 'b']);
    state = endWork(state, 'a', NOW + 20);
    expect(workedUntil(state, NOW + 25)).toBe(25);
    state = endWork(state, 'b', NOW + 30);
    expect(state).toMatchObject({ workedMs: 30, inFlight: [] });
    expect(state).not.toHaveProperty('workingSince');
  });

  test('does not run while people are waited for', () => {
    let state = endWork(beginWork(sessionOf(), work('a', NOW)), 'a', NOW + 10);
    expect(workedUntil(state, NOW + 1e9)).toBe(10);
    state = endWork(beginWork(state, work('b', NOW + 1e9)), 'b', NOW + 1e9 + 5);
    expect(state.workedMs).toBe(15);
  });

  test('is not touched by the end of what never began', () => {
    const state = endWork(sessionOf(), 'nothing', NOW);
    expect(state).toEqual(sessionOf());
    const busy = beginWork(sessionOf(), work('a', NOW));
    expect(endWork(busy, 'nothing', NOW + 5)).toEqual(busy);
  });
});

test('a policy is pinned once', () => {
  const { policy: _none, ...bare } = sessionOf();
  expect(policyVersionOf(bare)).toBeUndefined();
  const pinned = pinPolicy(bare, DEFAULT_POLICY);
  expect(pinPolicy(pinned, NAMED_POLICY)).toEqual(pinned);
  expect(policyVersionOf(pinned)).toBe(policyVersion(DEFAULT_POLICY));
});

describe('the gate of an action', () => {
  const open = withGate(withGate(sessionOf()), {
    request: { gateId: 'gate-2', actionId: '3/1~2' },
  });

  test('is found while it is open, and until its outcome is taken', () => {
    expect(gateOfAction(open, 'step-1/call-1')?.request.gateId).toBe('gate-1');
    const decided = receiveDecision(open, decisionOf(), NOW).state;
    expect(gateOfAction(decided, 'step-1/call-1')?.status).toBe('approved');
    expect(
      gateOfAction(takeOutcome(decided, 'gate-1')?.state ?? open, 'step-1/call-1'),
    ).toBeUndefined();
  });

  test('is found under a fresh key of the same action, and of no other', () => {
    expect(gateOfAction(open, '3/1')?.request.gateId).toBe('gate-2');
    expect(gateOfAction(open, '3/1~2')?.request.gateId).toBe('gate-2');
    for (const other of ['3', '3/', '3/1~', '3/10', '']) {
      expect(gateOfAction(open, other)).toBeUndefined();
    }
  });
});

test('an outcome is taken once, and only from a gate that has ended', () => {
  const open = withGate(sessionOf());
  expect(takeOutcome(open, 'gate-1')).toBeUndefined();
  expect(takeOutcome(open, 'gate-9')).toBeUndefined();
  const decided = receiveDecision(open, decisionOf(), NOW).state;
  const taken = takeOutcome(decided, 'gate-1');
  expect(taken?.outcome).toMatchObject({ status: 'approved', reviewerId: 'alice' });
  expect(taken?.state).toMatchObject({ gates: [], endedGates: [{ gateId: 'gate-1' }] });
  expect(takeOutcome(taken?.state ?? open, 'gate-1')).toBeUndefined();
});
