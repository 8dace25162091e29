/**
 * Proves how a gate waits: in every tier of the source with its real times, through reminders, moves to the next tier
 * and expiry, at, before and long after each deadline. H3: silence is never yes for what can't be undone.
 */
import { describe, expect, test } from 'vitest';
import { GATE_KINDS } from '../../domain/policy/condition.ts';
import type { Gate } from '../../domain/gate/gate.ts';
import { HOUR_MS, MINUTE_MS, type Policy, type Reversibility } from '../../domain/index.ts';
import { deadlineOf, passTime, presentGate, shiftGate } from '../../domain/gate/ladder.ts';
import {
  DEFAULT_POLICY,
  DIGEST,
  eventTypes,
  gateIn,
  NAMED_POLICY,
  NOW,
  policyOf,
  present,
  requestOf,
  SILENCE_POLICY,
  tierOf,
  tiersWith,
} from './builders.ts';

/** Looks at a gate at each of its own deadlines until it ends, and lists what happened when. */
function wait(policy: Policy, gate: Gate, looksMax = 20): readonly (readonly [string, number])[] {
  const seen: (readonly [string, number])[] = [];
  let current = gate;
  for (let look = 0; look < looksMax; look += 1) {
    const deadline = deadlineOf(current);
    if (deadline === undefined) return seen;
    expect(passTime(current, { policy: policy, now: deadline - 1 })).toEqual({
      gate: current,
      events: [],
    });
    const step = passTime(current, { policy: policy, now: deadline });
    expect(step.events).toHaveLength(1);
    seen.push([present(eventTypes(step.events)[0]), deadline - NOW]);
    current = step.gate;
  }
  return seen;
}

describe('the tiers of the source wait', () => {
  test('H3: synchronous gate: 5 minutes, then expired', () => {
    expect(wait(DEFAULT_POLICY, gateIn('synchronous_gate'))).toEqual([['expired', 300_000]]);
  });

  test('H3: escalation: 30 minutes, then expired', () => {
    expect(wait(DEFAULT_POLICY, gateIn('escalation'))).toEqual([['expired', 30 * MINUTE_MS]]);
  });

  test('H3: async review: 1 hour, then escalation for 30 minutes, then expired', () => {
    expect(wait(DEFAULT_POLICY, gateIn('async_review'))).toEqual([
      ['escalated', HOUR_MS],
      ['expired', HOUR_MS + 30 * MINUTE_MS],
    ]);
  });
});

test('what a gate shows when it opens stands in its event', () => {
  const request = requestOf({
    value: 5,
    confidence: 0.5,
    agentReason: 'it is a duplicate',
    note: 'again',
  });
  const { gate, events } = presentGate(DEFAULT_POLICY, request, { tier: 'async_review', now: NOW });
  expect(gate).toEqual({
    request,
    status: 'pending',
    tier: 'async_review',
    earlierTiers: [],
    respondBy: NOW + HOUR_MS,
    remindAt: null,
    noResponse: 'escalate',
    refusals: 0,
  });
  expect(events).toEqual([
    {
      eventType: 'gate_presented',
      gateId: 'gate-1',
      actionId: 'step-1/call-1',
      actionType: 'delete_record',
      payloadDigest: DIGEST,
      tier: 'async_review',
      actionPayload: { id: 'c-17' },
      gateLevel: 'mandatory_review',
      confidence: 0.5,
      details: {
        kind: 'action',
        description: request.description,
        toolVersion: '1',
        reversibility: 'irreversible',
        estimatedImpact: 'high',
        rule: 'irreversible-or-unknown',
        value: 5,
        agentReason: 'it is a duplicate',
        note: 'again',
        respondBy: NOW + HOUR_MS,
        noResponse: 'escalate',
        reviewers: 'anyone',
      },
    },
  ]);
});

test('H10: a gate without a tier that the policy knows waits in the strictest', () => {
  for (const tier of ['automated', 'gone', '', '__proto__']) {
    expect(gateIn(tier)).toMatchObject({ tier: 'escalation', respondBy: NOW + 30 * MINUTE_MS });
  }
});

describe('a move to the next tier', () => {
  const gate = gateIn('async_review', { policy: NAMED_POLICY });

  test('keeps the request and the refusals, and adds who may decide', () => {
    const counted = { ...gate, refusals: 7 };
    const step = passTime(counted, { policy: NAMED_POLICY, now: NOW + HOUR_MS });
    expect(step.gate).toEqual({
      ...counted,
      tier: 'escalation',
      earlierTiers: ['async_review'],
      respondBy: NOW + HOUR_MS + 30 * MINUTE_MS,
      noResponse: 'reject',
    });
    expect(step.events).toMatchObject([
      {
        eventType: 'escalated',
        tier: 'escalation',
        details: {
          from: 'async_review',
          respondBy: NOW + HOUR_MS + 30 * MINUTE_MS,
          noResponse: 'reject',
          reviewers: ['bea', 'dana', 'dirk'],
        },
      },
    ]);
  });

  test('that is seen late still gives the next tier its whole time', () => {
    const late = NOW + 10 * HOUR_MS;
    const step = passTime(gate, { policy: NAMED_POLICY, now: late });
    expect(eventTypes(step.events)).toEqual(['escalated']);
    expect(step.gate.respondBy).toBe(late + 30 * MINUTE_MS);
    expect(passTime(step.gate, { policy: NAMED_POLICY, now: late })).toEqual({
      gate: step.gate,
      events: [],
    });
  });

  test('climbs every step of a longer ladder', () => {
    const step = (name: string, to: string): object =>
      tierOf(name, { onNoResponse: 'escalate', escalateTo: to });
    const tall = policyOf({
      name: 'tall',
      version: '1',
      tiers: [
        step('one', 'two'),
        step('two', 'three'),
        step('three', 'escalation'),
        ...tiersWith({}),
      ],
    });
    expect(wait(tall, gateIn('one', { policy: tall }))).toEqual([
      ['escalated', MINUTE_MS],
      ['escalated', 2 * MINUTE_MS],
      ['escalated', 3 * MINUTE_MS],
      ['expired', 33 * MINUTE_MS],
    ]);
  });
});

describe('H3: an expiry is recorded as such', () => {
  test.each([
    ['quick', 'reversible', 'approve'],
    ['quick', 'partially_reversible', 'reject'],
    ['quick', 'irreversible', 'reject'],
    ['reminded', 'reversible', 'reject'],
    ['strict', 'reversible', 'fail'],
    ['strict', 'irreversible', 'fail'],
  ] as const)('in tier %s, for what is %s: %s', (tier, reversibility, noResponse) => {
    const gate = gateIn(tier, { policy: SILENCE_POLICY, request: { reversibility } });
    expect(gate.noResponse).toBe(noResponse);
    const step = passTime(gate, { policy: SILENCE_POLICY, now: NOW + 10 * MINUTE_MS });
    expect(step.gate.outcome).toEqual({
      status: 'expired',
      at: NOW + 10 * MINUTE_MS,
      tier,
      noResponse,
    });
    const [event] = step.events;
    expect(event).toMatchObject({ eventType: 'expired', details: { noResponse } });
    expect(event).not.toHaveProperty('decision');
    expect(event).not.toHaveProperty('reviewerId');
  });

  test.each(GATE_KINDS.filter((kind) => kind !== 'action'))(
    'silence is no yes to a gate of kind %s: there is nothing that it could run',
    (kind) => {
      const request = { kind, reversibility: 'reversible' } as const;
      expect(gateIn('quick', { policy: SILENCE_POLICY, request }).noResponse).toBe('reject');
    },
  );

  test.each(['partially_reversible', 'irreversible'] as const)(
    'an action that is %s and climbs into a tier that approves is rejected there',
    (reversibility: Reversibility) => {
      const [first, ...rest] = SILENCE_POLICY.tiers;
      const climbing = {
        ...tiersWith({})[0],
        name: 'below',
        onNoResponse: 'escalate',
        escalateTo: 'quick',
      };
      const loose = { ...SILENCE_POLICY, tiers: [climbing, first, ...rest] } as Policy;
      const gate = gateIn('below', { policy: loose, request: { reversibility } });
      const moved = passTime(gate, { policy: loose, now: NOW + HOUR_MS }).gate;
      expect(moved).toMatchObject({ tier: 'quick', noResponse: 'reject' });
    },
  );
});

describe('reminders', () => {
  test('come at the rhythm of the tier until the gate expires', () => {
    const gate = gateIn('reminded', { policy: SILENCE_POLICY });
    expect(wait(SILENCE_POLICY, gate)).toEqual([
      ['reminded', 4 * MINUTE_MS],
      ['reminded', 8 * MINUTE_MS],
      ['expired', 10 * MINUTE_MS],
    ]);
  });

  test('come once for several that were missed, and not at all when time is up', () => {
    const gate = gateIn('reminded', { policy: SILENCE_POLICY });
    const late = NOW + 9 * MINUTE_MS;
    const step = passTime(gate, { policy: SILENCE_POLICY, now: late });
    expect(eventTypes(step.events)).toEqual(['reminded']);
    expect(step.gate).toEqual({ ...gate, remindAt: late + 4 * MINUTE_MS });
    const over = passTime(gate, { policy: SILENCE_POLICY, now: NOW + 10 * MINUTE_MS });
    expect(eventTypes(over.events)).toEqual(['expired']);
  });

  test('come without end in a tier that holds, and nothing else does', () => {
    const gate = gateIn('patient', { policy: SILENCE_POLICY });
    expect(gate).toMatchObject({ respondBy: null, remindAt: NOW + 10 * MINUTE_MS });
    const seen = wait(SILENCE_POLICY, gate, 50);
    expect(seen).toHaveLength(50);
    expect(new Set(seen.map(([type]) => type))).toEqual(new Set(['reminded']));
    expect(seen.at(-1)?.[1]).toBe(500 * MINUTE_MS);
  });

  test('change nothing but when the next one comes', () => {
    const gate = { ...gateIn('patient', { policy: SILENCE_POLICY }), refusals: 3 };
    const step = passTime(gate, { policy: SILENCE_POLICY, now: NOW + 10 * MINUTE_MS });
    expect(step.gate).toEqual({ ...gate, remindAt: NOW + 20 * MINUTE_MS });
  });
});

describe('the end of a pause', () => {
  test('moves every moment of a gate by its length, and nothing else', () => {
    const gate = gateIn('reminded', { policy: SILENCE_POLICY });
    expect(shiftGate(gate, { from: NOW, until: NOW + 1_234 })).toEqual({
      ...gate,
      respondBy: NOW + 10 * MINUTE_MS + 1_234,
      remindAt: NOW + 4 * MINUTE_MS + 1_234,
    });
  });

  test('leaves a gate without an end without an end', () => {
    const gate = gateIn('patient', { policy: SILENCE_POLICY });
    expect(shiftGate(gate, { from: NOW, until: NOW + 1_234 })).toEqual({
      ...gate,
      remindAt: NOW + 10 * MINUTE_MS + 1_234,
    });
  });
});
