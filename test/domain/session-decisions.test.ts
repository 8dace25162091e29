/**
 * Proves that every decision gets a truthful answer and changes nothing that it must not: refusals by code, resends,
 * contradictions, latecomers, and decisions that come before their gate. What is no decision at all:
 * malformed-decisions.test.ts.
 */
import { describe, expect, test } from 'vitest';
import type { Json } from '../../domain/text/json.ts';
import { KEPT_DECISIONS_MAX } from '../../domain/limits.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { closeSession } from '../../domain/session/session-closing.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { passTimeOver, takeOutcome } from '../../domain/session/session-gates.ts';
import type { SessionState } from '../../domain/session/session.ts';
import {
  COMMAND,
  decisionOf,
  eventTypes,
  NAMED_POLICY,
  nested,
  NOW,
  opening,
  OTHER_DIGEST,
  present,
  requestOf,
  RUN,
  sealAll,
  sessionOf,
  withGate,
  without,
} from './builders.ts';

const OPEN = withGate(sessionOf());
const LATER = NOW + 1_000;

function send(state: SessionState, raw: unknown, now = LATER) {
  return receiveDecision(state, raw, now);
}

/** Refusals of well-formed decisions on an open gate, and how they are recorded. */
const REFUSED: readonly (readonly [string, Readonly<Record<string, Json>>])[] = [
  ['DIGEST_MISMATCH', { payloadDigest: OTHER_DIGEST }],
  ['NOT_AUTHORIZED', { reviewerId: 'REPLACE-WITH-YOUR-ID' }],
  ['SELF_APPROVAL', { reviewerId: 'rosa' }],
  ['SELF_APPROVAL', { reviewerId: 'ＲＯＳＡ' }],
  ['SELF_APPROVAL', { reviewerId: 'agent-smith' }],
  ['MALFORMED', { modifications: { id: 1 } }],
  ['MALFORMED', { decision: 'modified' }],
];

describe('H4: a decision that may not be', () => {
  test.each(REFUSED)(
    'is refused as %s (%j), recorded for its gate, and changes nothing',
    (code, changes) => {
      const step = send(OPEN, decisionOf({ rationale: 'so', ...changes }));
      expect(step.reply).toMatchObject({ status: 'refused', code, gateId: 'gate-1' });
      expect(step.state.gates).toEqual(OPEN.gates.map((gate) => ({ ...gate, refusals: 1 })));
      expect(step.state.refusals).toBe(0);
      expect(step.events).toMatchObject([
        {
          eventType: 'decision_refused',
          gateId: 'gate-1',
          actionType: 'delete_record',
          reviewerId: changes['reviewerId'] ?? 'alice',
          details: { code, decisionId: 'decision-1' },
        },
      ]);
    },
  );

  test('is refused as SIGNATURE_INVALID, where its signature is none: nothing is looked up, nor verified', () => {
    const step = send(OPEN, decisionOf({ signature: 'abc' }));
    expect(step.reply).toMatchObject({ status: 'refused', code: 'SIGNATURE_INVALID' });
    const [gate] = step.state.gates;
    expect(gate).toMatchObject({ status: 'pending', refusals: 1 });
    expect(gate?.proofTries).toBeUndefined();
    expect(step.state.trustWanted).toBeUndefined();
  });

  test('an argument that may not be changed', () => {
    const state = withGate(sessionOf({ policy: NAMED_POLICY }), {
      request: { actionType: 'refund' },
    });
    const change = { decision: 'modified', reviewerId: 'dana', modifications: { account: 'x' } };
    const step = send(state, decisionOf(change));
    expect(step.reply).toMatchObject({ code: 'MODIFICATION_NOT_ALLOWED' });
    expect(step.state.gates[0]?.status).toBe('pending');
  });
});

describe('a decision that comes again', () => {
  const decided = send(OPEN, decisionOf());

  test('gets the same answer, and is not recorded again', () => {
    const again = send(decided.state, decisionOf(), LATER + 5_000);
    expect(again).toEqual({ state: decided.state, events: [], reply: decided.reply });
  });

  test('whatever the order of its fields', () => {
    const turned = Object.fromEntries(Object.entries(decisionOf()).toReversed());
    expect(send(decided.state, turned).reply).toEqual(decided.reply);
  });

  test('pasted without an id is the same decision', () => {
    const pasted = without(decisionOf(), 'decisionId');
    const first = send(OPEN, pasted);
    expect(first.reply.status).toBe('decided');
    expect(send(first.state, pasted)).toEqual({
      state: first.state,
      events: [],
      reply: first.reply,
    });
  });

  test.each<readonly [string, Readonly<Record<string, Json>>]>([
    ['decision', { decision: 'rejected' }],
    ['gate', { gateId: 'gate-2' }],
    ['digest', { payloadDigest: OTHER_DIGEST }],
    ['run', { runId: 'another' }],
    ['reviewer', { reviewerId: 'bob' }],
    ['rationale', { rationale: 'changed my mind' }],
  ])('H2: with the same id and another %s is refused as a duplicate', (_what, changes) => {
    const step = send(decided.state, decisionOf(changes));
    expect(step.reply).toMatchObject({ status: 'refused', code: 'DUPLICATE' });
    expect(step.state.gates).toEqual(decided.state.gates);
    expect(eventTypes(step.events)).toEqual(['decision_refused']);
    expect(send(step.state, decisionOf()).reply).toEqual(decided.reply);
  });

  test('after a refusal that no longer stands is judged anew, and not recorded again', () => {
    const state = withGate(sessionOf({ policy: NAMED_POLICY }), { tier: 'async_review' });
    const early = send(state, decisionOf({ reviewerId: 'bea' }));
    expect(early.reply).toMatchObject({ code: 'NOT_AUTHORIZED' });
    const escalated = passTimeOver(early.state, NOW + 3_600_000).state;
    const again = send(escalated, decisionOf({ reviewerId: 'bea' }), NOW + 3_600_001);
    expect(again.reply).toMatchObject({ status: 'decided', outcome: { reviewerId: 'bea' } });
  });
});

describe('H4: a gate that has ended tells the truth', () => {
  const approved = send(OPEN, decisionOf()).state;
  const rejected = send(OPEN, decisionOf({ decision: 'rejected' })).state;
  const expired = passTimeOver(OPEN, NOW + 300_000).state;
  const withdrawn = receiveCommand(OPEN, { verb: 'cancel', raw: COMMAND }, LATER).state;
  const other = decisionOf({ decisionId: 'decision-2', reviewerId: 'bob', decision: 'rejected' });

  test.each([
    [
      'approved',
      approved,
      'ALREADY_DECIDED',
      { status: 'approved', at: LATER, reviewerId: 'alice' },
    ],
    [
      'rejected',
      rejected,
      'ALREADY_DECIDED',
      { status: 'rejected', at: LATER, reviewerId: 'alice' },
    ],
    ['expired', expired, 'EXPIRED', { status: 'expired', at: NOW + 300_000 }],
    ['withdrawn', withdrawn, 'WITHDRAWN', { status: 'withdrawn', at: LATER }],
  ] as const)('%s', (_how, state, code, outcome) => {
    const taken = present(takeOutcome(state, 'gate-1')).state;
    for (const ended of [state, taken]) {
      const step = send(ended, other);
      expect(step.reply).toMatchObject({ status: 'refused', code, gateId: 'gate-1', outcome });
      expect(step.state.gates.map((gate) => gate.outcome)).toEqual(
        ended.gates.map((gate) => gate.outcome),
      );
      expect(step.state.endedGates).toEqual(ended.endedGates);
      expect(eventTypes(step.events)).toEqual(['decision_refused']);
    }
  });

  test('a decision that is seen before its expiry is acted on wins, even after the deadline', () => {
    const step = send(OPEN, decisionOf(), NOW + 300_001);
    expect(step.reply.status).toBe('decided');
    expect(passTimeOver(step.state, NOW + 300_001).events).toEqual([]);
  });
});

describe('a decision that comes before its gate', () => {
  const early = send(sessionOf(), decisionOf());

  test('is kept, says so, and makes no event yet', () => {
    expect(early.reply).toMatchObject({ status: 'recorded', gateId: 'gate-1' });
    expect(early.state.keptDecisions).toHaveLength(1);
    expect(early.events).toEqual([]);
    expect(send(early.state, decisionOf())).toEqual({
      state: early.state,
      events: [],
      reply: early.reply,
    });
  });

  test('is judged when it opens', () => {
    const step = opening(early.state);
    expect(eventTypes(step.events)).toEqual(['gate_presented', 'approved']);
    expect(step.state.gates[0]?.status).toBe('approved');
    expect(step.state.keptDecisions).toEqual([]);
    expect(send(step.state, decisionOf()).reply).toMatchObject({ status: 'decided' });
  });

  test('H1: is refused when the gate holds other bytes', () => {
    const step = opening(early.state, { request: { payloadDigest: OTHER_DIGEST } });
    expect(eventTypes(step.events)).toEqual(['gate_presented', 'decision_refused']);
    expect(step.state.gates[0]?.status).toBe('pending');
  });

  test('of several the first one that may decides, the others are told', () => {
    const both = [
      decisionOf({ decisionId: 'a', reviewerId: 'rosa' }),
      decisionOf({ decisionId: 'b', decision: 'rejected' }),
      decisionOf({ decisionId: 'c' }),
    ].reduce((state, raw) => send(state, raw).state, sessionOf());
    const step = opening(both);
    expect(eventTypes(step.events)).toEqual([
      'gate_presented',
      'decision_refused',
      'rejected',
      'decision_refused',
    ]);
    const reply = (id: string): unknown =>
      step.state.seenDecisions.find((one) => one.decisionId === id)?.reply;
    expect(reply('a')).toMatchObject({ code: 'SELF_APPROVAL' });
    expect(reply('b')).toMatchObject({ status: 'decided' });
    expect(reply('c')).toMatchObject({ code: 'ALREADY_DECIDED', outcome: { status: 'rejected' } });
  });

  test('stays kept while other gates open', () => {
    const step = opening(early.state, { request: { gateId: 'gate-2' } });
    expect(eventTypes(step.events)).toEqual(['gate_presented']);
    expect(step.state.keptDecisions).toHaveLength(1);
  });

  test('is refused, and recorded, when the session ends without its gate', () => {
    const step = closeSession(early.state, { now: LATER, why: 'ended' });
    expect(step.events).toMatchObject([
      { eventType: 'decision_refused', gateId: 'gate-1', details: { code: 'UNKNOWN_GATE' } },
    ]);
    const { reply } = send(step.state, decisionOf());
    expect(['UNKNOWN_GATE', 'SESSION_CLOSED']).toContain(reply.status === 'refused' && reply.code);
  });

  test('is judged when its gate opens after there was no room to keep it', () => {
    let state = sessionOf();
    for (let count = 0; count < KEPT_DECISIONS_MAX; count += 1) {
      state = send(state, decisionOf({ decisionId: `d-${count}`, gateId: `gate-x${count}` })).state;
    }
    const full = send(state, decisionOf());
    expect(full.reply).toMatchObject({ status: 'refused', code: 'UNKNOWN_GATE' });
    const opened = withGate(full.state);
    expect(send(opened, decisionOf()).reply).toMatchObject({ status: 'decided' });
  });

  test('is judged even where no policy was pinned before its gate opened', () => {
    const { policy: _none, ...unpinned } = sessionOf();
    const step = opening(send(unpinned, decisionOf()).state);
    expect(eventTypes(step.events)).toEqual(['gate_presented', 'approved']);
  });
});

test('a gate of a session without a policy can still be decided, and expires', () => {
  const { policy: _none, ...unpinned } = sessionOf();
  const state = withGate(unpinned);
  expect(send(state, decisionOf()).reply.status).toBe('decided');
  expect(eventTypes(passTimeOver(state, NOW + 300_000).events)).toEqual(['expired']);
});

test('contradictory decisions of two people: the first one stands', () => {
  const first = send(OPEN, decisionOf({ decision: 'rejected', rationale: 'no' }));
  const second = send(first.state, decisionOf({ decisionId: 'decision-2', reviewerId: 'bob' }));
  expect(second.reply).toMatchObject({
    code: 'ALREADY_DECIDED',
    outcome: { status: 'rejected', reviewerId: 'alice' },
  });
  expect(present(second.state.gates[0]).outcome).toMatchObject({
    status: 'rejected',
    runId: RUN,
    rationale: 'no',
  });
});

test('every event of a decision with the deepest modifications that are read can be sealed', () => {
  for (let levels = 28; levels <= 33; levels += 1) {
    const raw = decisionOf({ decision: 'modified', modifications: nested(levels) });
    const { events } = send(OPEN, raw);
    expect(() => sealAll(events)).not.toThrow();
  }
  const deep = opening(sessionOf(), { request: requestOf({ payload: nested(32) }) });
  expect(() => sealAll(deep.events)).not.toThrow();
});
