/**
 * Proves what people learn of a session from outside: how a gate had ended, when the decision comes after the session;
 * which approvals are open; how the session stands.
 */
import { describe, expect, test } from 'vitest';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { readDecision } from '../../domain/gate/decision.ts';
import { policyVersion } from '../../domain/index.ts';
import { LATE_CODES, lateReply } from '../../domain/gate/late-reply.ts';
import { isRefusalCode, refusal, REFUSALS } from '../../domain/refusal.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { ANSWER_BYTES_MAX } from '../../domain/limits.ts';
import { isPortable } from '../../domain/session/session.ts';
import { utf8Length } from '../../domain/text/digest.ts';
import { fingerprintOf } from '../../domain/text/fingerprint.ts';
import { pendingApprovals, sessionStatus } from '../../domain/session/session-view.ts';
import type { EventDraft } from '../../domain/audit/audit-event.ts';
import { GATE_STATUSES } from '../../domain/gate/gate.ts';
import {
  COMMAND,
  decisionOf,
  DEFAULT_POLICY,
  NAMED_POLICY,
  NOW,
  policyOf,
  requestOf,
  RUN,
  sealAll,
  sessionOf,
  withGate,
} from './builders.ts';

const reading = readDecision(decisionOf());
if (!reading.ok) throw new Error(reading.problem);
const DECISION = reading.value;

describe('H4: a decision that comes after its session had ended', () => {
  const before: readonly EventDraft[] = [
    { eventType: 'started', actionType: 'session' },
    { eventType: 'gate_presented', actionType: 'refund', gateId: 'gate-1' },
    {
      eventType: 'decision_refused',
      actionType: 'refund',
      gateId: 'gate-1',
      reviewerId: 'mallory',
    },
    { eventType: 'escalated', actionType: 'refund', gateId: 'gate-1' },
    { eventType: 'rejected', actionType: 'other', gateId: 'gate-2', reviewerId: 'bob' },
  ];

  test.each([
    ['approved', 'alice', 'ALREADY_DECIDED'],
    ['modified', 'alice', 'ALREADY_DECIDED'],
    ['rejected', 'alice', 'ALREADY_DECIDED'],
    ['expired', undefined, 'EXPIRED'],
    ['withdrawn', undefined, 'WITHDRAWN'],
  ] as const)('is told that its gate was %s', (eventType, reviewerId, code) => {
    const end: EventDraft = {
      eventType,
      actionType: 'refund',
      gateId: 'gate-1',
      ...(reviewerId === undefined ? {} : { reviewerId }),
    };
    expect(lateReply(sealAll([...before, end]), DECISION)).toEqual({
      status: 'refused',
      gateId: 'gate-1',
      code,
      message: REFUSALS[code],
      outcome: { status: eventType, at: NOW, ...(reviewerId === undefined ? {} : { reviewerId }) },
    });
  });

  test.each([[[]], [before]])(
    'is told that the session is closed where its gate never ended',
    (drafts) => {
      expect(lateReply(sealAll(drafts), DECISION)).toMatchObject({ code: 'SESSION_CLOSED' });
    },
  );

  describe('where it is the one that ended the gate, sent again', () => {
    const end: EventDraft = {
      eventType: 'approved',
      actionType: 'refund',
      gateId: 'gate-1',
      decision: 'approved',
      reviewerId: DECISION.reviewerId,
      payloadDigest: DECISION.payloadDigest,
      details: { decisionId: DECISION.decisionId },
    };
    const events = sealAll([...before, end]);

    test('H2: is answered as the first was', () => {
      expect(lateReply(events, DECISION)).toEqual({
        status: 'decided',
        gateId: 'gate-1',
        outcome: { status: 'approved', at: NOW, reviewerId: DECISION.reviewerId },
      });
    });

    test.each([
      ['another id', { decisionId: 'decision-2' }],
      ['another decision', { decision: 'rejected' }],
      ['another person', { reviewerId: 'mallory' }],
      ['other bytes', { payloadDigest: 'f'.repeat(64) }],
    ] as const)('H2: with %s is another one, and refused', (_what, change) => {
      expect(lateReply(events, { ...DECISION, ...change })).toMatchObject({
        status: 'refused',
        code: 'ALREADY_DECIDED',
      });
    });
  });

  test('has a code for every way in which a gate ends', () => {
    expect(Object.keys(LATE_CODES).toSorted()).toEqual(
      GATE_STATUSES.filter((status) => status !== 'pending').toSorted(),
    );
  });
});

describe('open approvals', () => {
  test('show the whole request, where it stands and who may decide', () => {
    const state = withGate(sessionOf({ policy: NAMED_POLICY }), { tier: 'escalation' });
    expect(pendingApprovals(state, RUN)).toEqual([
      {
        ...requestOf(),
        runId: RUN,
        tier: 'escalation',
        respondBy: NOW + 1_800_000,
        noResponse: 'reject',
        reviewers: ['bea'],
        groups: [],
        decisionsNeeded: 1,
        votes: [],
        proof: 'claimed',
        rationaleRequired: false,
        grantable: false,
        fingerprint: fingerprintOf(requestOf().payloadDigest),
        requesterId: 'rosa',
      },
    ]);
  });

  test('say what a reviewer may change, and the bounds of a grant', () => {
    const policy = policyOf({
      name: 'granting',
      version: '1',
      tools: {
        refund: { reversibility: 'partially_reversible', allowedModifications: ['amount'] },
      },
      grants: { timesMax: 3, withinMs: 60_000 },
    });
    const request = { actionType: 'refund', reversibility: 'partially_reversible' } as const;
    const shown = pendingApprovals(withGate(sessionOf({ policy }), { request }), RUN);
    expect(shown).toMatchObject([
      {
        allowedModifications: ['amount'],
        grantable: true,
        grantBounds: { timesMax: 3, withinMs: 60_000 },
      },
    ]);
  });

  describe('of more than one answer holds', () => {
    const text = 'x'.repeat(250 * 1_024);
    const ids = Array.from({ length: 10 }, (_, index) => `gate-${index}`);
    const state = ids.reduce(
      (sofar, gateId) => withGate(sofar, { request: { gateId, payload: { text } } }),
      sessionOf(),
    );
    const idsOf = (approvals: ReturnType<typeof pendingApprovals>): readonly string[] =>
      approvals.map(({ gateId }) => gateId);

    test('come in parts, whole gates each, the last of which says how many there are beyond it', () => {
      const first = pendingApprovals(state, RUN);
      expect(utf8Length(JSON.stringify(first))).toBeLessThanOrEqual(ANSWER_BYTES_MAX);
      expect(idsOf(first)).toEqual(ids.slice(0, 7));
      expect(first.map(({ gatesMore }) => gatesMore)).toEqual([...Array(6).fill(undefined), 3]);
      const second = pendingApprovals(state, RUN, 'gate-6');
      expect(idsOf(second)).toEqual(ids.slice(7));
      expect(second.every((gate) => !('gatesMore' in gate))).toBe(true);
    });

    test.each(['no-gate', '', undefined, null, 7, {}])(
      'begin with the first after %j, which is no open gate',
      (after) => {
        expect(pendingApprovals(state, RUN, after)).toEqual(pendingApprovals(state, RUN));
      },
    );

    test('a gate that is too large for any answer stands in one by itself', () => {
      const payload = { text: 'x'.repeat(ANSWER_BYTES_MAX) };
      const large = withGate(state, { request: { gateId: 'large', payload } });
      expect(idsOf(pendingApprovals(large, RUN, 'gate-9'))).toEqual(['large']);
    });

    test('are more than a run hands on to the next; five of them are not', () => {
      expect(isPortable(state, {})).toBe(false);
      const five = { ...state, gates: state.gates.slice(0, 5) };
      expect(isPortable(five, {})).toBe(true);
      expect(isPortable(five, { turn: text + text })).toBe(false);
    });
  });

  test('hold no gate that has ended', () => {
    const state = receiveDecision(withGate(sessionOf()), decisionOf(), NOW).state;
    expect(pendingApprovals(state, RUN)).toEqual([]);
  });
});

describe('the status of a session', () => {
  const run = { lastSeq: 7, progress: { steps: 2 } };

  test('says what it does and what is open', () => {
    expect(sessionStatus(withGate(sessionOf()), { now: NOW, ...run })).toEqual({
      sessionId: 'session-1',
      agentId: 'agent-smith',
      requesterId: 'rosa',
      phase: 'running',
      openGates: 1,
      inFlight: [],
      workedMs: 0,
      policyVersion: policyVersion(DEFAULT_POLICY),
      ...run,
    });
  });

  test('says who paused it, and why', () => {
    const paused = receiveCommand(sessionOf(), { verb: 'pause', raw: COMMAND }, NOW).state;
    expect(sessionStatus(paused, { now: NOW, ...run })).toMatchObject({
      phase: 'paused',
      pausedBy: 'olga',
      pausedReason: 'the customer called',
    });
  });
});

describe('refusals', () => {
  test('each say what to do in whole sentences', () => {
    for (const text of Object.values(REFUSALS)) expect(text).toMatch(/^[A-Z].*\.$/s);
  });

  test('put what happened before what it means', () => {
    expect(refusal('EXPIRED')).toEqual({ code: 'EXPIRED', message: REFUSALS.EXPIRED });
    expect(refusal('EXPIRED', 'Gate 7.').message).toBe(`Gate 7. ${REFUSALS.EXPIRED}`);
  });

  test.each(['constructor', '__proto__', 'toString', 'expired', '', null, 7])(
    '%j is no code of them',
    (value) => {
      expect(isRefusalCode(value)).toBe(false);
    },
  );

  test.each(Object.keys(REFUSALS))('%s is one', (code) => {
    expect(isRefusalCode(code)).toBe(true);
  });
});
