/**
 * Proves the gate's whole table: every status meets every event, legal and illegal alike, and what an event does not
 * name stays as it was. H4: a gate ends exactly once.
 */
import { describe, expect, test } from 'vitest';
import { type DecisionKind, DECISIONS } from '../../domain/gate/decision.ts';
import {
  endGate,
  type Gate,
  GATE_STATUSES,
  type GateStatus,
  type GateStep,
  reviewersOf,
  type Vote,
  withdrawGate,
} from '../../domain/gate/gate.ts';
import { decideGate, isRefusal } from '../../domain/gate/judgement.ts';
import { deadlineOf, passTime, shiftGate } from '../../domain/gate/ladder.ts';
import type { Refusal } from '../../domain/refusal.ts';
import {
  DEFAULT_POLICY,
  DIGEST,
  eventTypes,
  gateIn,
  NAMED_POLICY,
  NOW,
  policyOf,
  RUN,
  SILENCE_POLICY,
  tiersWith,
} from './builders.ts';

const LATER = NOW + 60_000;
const PENDING = gateIn('synchronous_gate');

function gateThat(status: GateStatus): Gate {
  if (status === 'pending') return PENDING;
  const reviewer = { decisionId: 'first', reviewerId: 'alice', runId: RUN };
  const isDecided = status !== 'expired' && status !== 'withdrawn';
  return endGate(PENDING, {
    status,
    at: NOW + 1,
    tier: PENDING.tier,
    ...(isDecided ? reviewer : {}),
    ...(status === 'expired' ? { noResponse: 'reject' as const } : {}),
  });
}

function decide(gate: Gate, decision: DecisionKind): GateStep | Refusal {
  const modifications = decision === 'modified' ? { modifications: { id: 'c-18' } } : {};
  return decideGate(
    gate,
    {
      decisionId: 'second',
      gateId: 'gate-1',
      runId: RUN,
      payloadDigest: DIGEST,
      decision,
      reviewerId: 'bob',
      rationale: 'because',
      ...modifications,
    },
    { policy: DEFAULT_POLICY, now: LATER, requesterId: 'rosa' },
  );
}

/** Every event that a gate can meet, as a function of the gate alone. */
const EVENTS: Readonly<Record<string, (gate: Gate) => GateStep | Refusal>> = {
  approved: (gate) => decide(gate, 'approved'),
  rejected: (gate) => decide(gate, 'rejected'),
  modified: (gate) => decide(gate, 'modified'),
  'a moment before its deadline': (gate) =>
    passTime(gate, { policy: DEFAULT_POLICY, now: NOW + 299_999 }),
  'its deadline': (gate) => passTime(gate, { policy: DEFAULT_POLICY, now: NOW + 300_000 }),
  'a time long after its deadline': (gate) =>
    passTime(gate, { policy: DEFAULT_POLICY, now: NOW + 1e9 }),
  withdrawal: (gate) => withdrawGate(gate, { now: LATER, why: 'cancelled' }),
  'the end of a pause': (gate) => ({
    gate: shiftGate(gate, { from: NOW, until: NOW + 5_000 }),
    events: [],
  }),
};

/** What the person said, as it counts. */
function voteOf(decision: 'approved' | 'modified', modifications: object = {}): Vote {
  return {
    decision: {
      decisionId: 'second',
      gateId: 'gate-1',
      runId: RUN,
      payloadDigest: DIGEST,
      decision,
      reviewerId: 'bob',
      rationale: 'because',
      ...modifications,
    },
    personId: 'bob',
    groups: [],
    tier: 'synchronous_gate',
    proof: 'claimed',
    at: LATER,
  };
}

/** What a pending gate becomes, and the audit events of it. Nothing named: it stays as it is. */
const FROM_PENDING: Readonly<Record<string, readonly [Partial<Gate>, readonly string[]]>> = {
  approved: [
    {
      status: 'approved',
      respondBy: null,
      remindAt: null,
      outcome: {
        status: 'approved',
        at: LATER,
        tier: 'synchronous_gate',
        decisionId: 'second',
        reviewerId: 'bob',
        runId: RUN,
        rationale: 'because',
        votes: [voteOf('approved')],
      },
    },
    ['approved'],
  ],
  rejected: [
    {
      status: 'rejected',
      respondBy: null,
      remindAt: null,
      outcome: {
        status: 'rejected',
        at: LATER,
        tier: 'synchronous_gate',
        decisionId: 'second',
        reviewerId: 'bob',
        runId: RUN,
        rationale: 'because',
      },
    },
    ['rejected'],
  ],
  modified: [
    {
      status: 'modified',
      respondBy: null,
      remindAt: null,
      outcome: {
        status: 'modified',
        at: LATER,
        tier: 'synchronous_gate',
        decisionId: 'second',
        reviewerId: 'bob',
        runId: RUN,
        rationale: 'because',
        modifications: { id: 'c-18' },
        votes: [voteOf('modified', { modifications: { id: 'c-18' } })],
      },
    },
    ['modified'],
  ],
  'a moment before its deadline': [{}, []],
  'its deadline': [
    {
      status: 'expired',
      respondBy: null,
      remindAt: null,
      outcome: {
        status: 'expired',
        at: NOW + 300_000,
        tier: 'synchronous_gate',
        noResponse: 'reject',
      },
    },
    ['expired'],
  ],
  'a time long after its deadline': [
    {
      status: 'expired',
      respondBy: null,
      remindAt: null,
      outcome: { status: 'expired', at: NOW + 1e9, tier: 'synchronous_gate', noResponse: 'reject' },
    },
    ['expired'],
  ],
  withdrawal: [
    {
      status: 'withdrawn',
      respondBy: null,
      remindAt: null,
      outcome: { status: 'withdrawn', at: LATER, tier: 'synchronous_gate' },
    },
    ['withdrawn'],
  ],
  'the end of a pause': [{ respondBy: NOW + 305_000 }, []],
};

describe('H4: a pending gate meets', () => {
  test.each(Object.entries(EVENTS))('%s', (name, meet) => {
    const step = meet(PENDING);
    if (isRefusal(step)) throw new Error(step.message);
    const [changes, events] = FROM_PENDING[name] ?? [];
    expect(step.gate).toEqual({ ...PENDING, ...changes });
    expect(eventTypes(step.events)).toEqual(events);
  });
});

describe.each(GATE_STATUSES.filter((status) => status !== 'pending'))(
  'H4: a gate that is %s',
  (status) => {
    const ended = gateThat(status);
    const undecided = Object.entries(EVENTS).filter(
      ([name]) => !(DECISIONS as readonly string[]).includes(name),
    );

    test.each(undecided)('stays as it is at %s', (_name, meet) => {
      expect(meet(ended)).toEqual({ gate: ended, events: [] });
    });

    test.each(DECISIONS)('is not %s again', (decision) => {
      const step = decide(ended, decision);
      expect(isRefusal(step)).toBe(true);
    });

    test('has no deadline', () => {
      expect(deadlineOf(ended)).toBeUndefined();
    });
  },
);

test('the table is whole: each event has its line', () => {
  expect(Object.keys(FROM_PENDING)).toEqual(Object.keys(EVENTS));
});

test('events of a gate carry what it holds, and who decided', () => {
  const step = EVENTS['modified']?.(PENDING);
  expect(step).toMatchObject({
    events: [
      {
        eventType: 'modified',
        gateId: 'gate-1',
        actionId: 'step-1/call-1',
        actionType: 'delete_record',
        payloadDigest: DIGEST,
        tier: 'synchronous_gate',
        decision: 'modified',
        reviewerId: 'bob',
        rationale: 'because',
        details: { decisionId: 'second', modifications: { id: 'c-18' } },
      },
    ],
  });
});

test('a withdrawal says why, and names nobody as having decided', () => {
  const { events } = withdrawGate(PENDING, { now: LATER, why: 'cancelled' });
  expect(events).toEqual([
    {
      eventType: 'withdrawn',
      gateId: 'gate-1',
      actionId: 'step-1/call-1',
      actionType: 'delete_record',
      payloadDigest: DIGEST,
      tier: 'synchronous_gate',
      rationale: 'cancelled',
    },
  ]);
});

describe('who may decide', () => {
  test('is who the tier names', () => {
    expect(reviewersOf(NAMED_POLICY, gateIn('escalation', { policy: NAMED_POLICY }))).toEqual([
      'bea',
    ]);
    expect(reviewersOf(SILENCE_POLICY, gateIn('strict', { policy: SILENCE_POLICY }))).toEqual([
      'rita',
    ]);
    expect(reviewersOf(DEFAULT_POLICY, PENDING)).toBe('anyone');
  });

  test('and who the tiers named that the gate has left', () => {
    const gate = gateIn('async_review', { policy: NAMED_POLICY });
    const moved = passTime(gate, { policy: NAMED_POLICY, now: NOW + 3_600_000 }).gate;
    expect(reviewersOf(NAMED_POLICY, moved)).toEqual(['bea', 'dana', 'dirk']);
  });

  test('nobody twice, and anyone where any of the tiers says so', () => {
    const tiers = tiersWith({
      async_review: { reviewers: ['bea'] },
      escalation: { reviewers: ['bea'] },
    });
    const twice = policyOf({ name: 'twice', version: '1', tiers });
    const gate = { ...gateIn('escalation', { policy: twice }), earlierTiers: ['async_review'] };
    expect(reviewersOf(twice, gate)).toEqual(['bea']);
    expect(reviewersOf(DEFAULT_POLICY, gate)).toBe('anyone');
  });

  test('H10: of a tier that the policy does not know: who the strictest names', () => {
    const lost = { ...gateIn('escalation', { policy: NAMED_POLICY }), tier: 'gone' };
    expect(reviewersOf(NAMED_POLICY, lost)).toEqual(['bea']);
  });
});
