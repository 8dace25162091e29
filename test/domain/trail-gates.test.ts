/** Proves what a trail tells of its gates: each once, as it ended, and which one a change led to. */
import { describe, expect, test } from 'vitest';
import type { EventDraft } from '../../domain/audit/audit-event.ts';
import { changedBefore, gatesOfTrail, type TrailGate } from '../../domain/audit/trail-gates.ts';
import { sealAll } from './builders.ts';

const event = (
  eventType: EventDraft['eventType'],
  gateId: string,
  more: Partial<EventDraft> = {},
): EventDraft => ({ eventType, gateId, actionType: 'refund', tier: 'desk', ...more });

const gatesOf = (...drafts: readonly EventDraft[]): readonly TrailGate[] =>
  gatesOfTrail(sealAll(drafts));

const told = (gates: readonly TrailGate[]): readonly unknown[] =>
  gates.map(({ gateId, status, tier, end }) => [gateId, status, tier, end?.eventType]);

describe('the gates of a trail', () => {
  test.each(['approved', 'modified', 'rejected', 'expired', 'withdrawn'] as const)(
    'end once, as %s, whatever comes after it (H4)',
    (end) => {
      const gates = gatesOf(
        event('gate_presented', 'g1'),
        event('claimed', 'g1'),
        event('voted', 'g1'),
        event('decision_refused', 'g1'),
        event(end, 'g1'),
        event('decision_refused', 'g1'),
        event('rejected', 'g1'),
      );
      expect(told(gates)).toEqual([['g1', end, 'desk', end]]);
    },
  );

  test('stand in the tier that they have climbed to', () => {
    const gates = gatesOf(
      event('gate_presented', 'g1'),
      event('escalated', 'g1', { tier: 'boss' }),
      event('gate_presented', 'g2'),
    );
    expect(told(gates)).toEqual([
      ['g1', 'pending', 'boss', undefined],
      ['g2', 'pending', 'desk', undefined],
    ]);
  });

  test('are none of an event that only names one, nor of a name that objects have', () => {
    expect(gatesOf(event('approved', 'g1'), event('grant_used', 'g1'))).toEqual([]);
    const odd = event('constructor' as EventDraft['eventType'], 'g1');
    expect(told(gatesOf(event('gate_presented', 'g1'), odd))).toEqual([
      ['g1', 'pending', 'desk', undefined],
    ]);
  });
});

describe('the gate that was changed before', () => {
  const first = [
    event('gate_presented', 'g1', { actionId: '1/1' }),
    event('modified', 'g1', { actionId: '1/1' }),
  ];
  const second = event('gate_presented', 'g2', { actionId: '1/1' });

  test('is the one of the same action whose payload a reviewer changed (H5)', () => {
    const gates = gatesOf(...first, event('gate_presented', 'gx', { actionId: '1/2' }), second);
    expect(changedBefore(gates, 'g2')?.gateId).toBe('g1');
    expect(changedBefore(gates, 'gx')).toBeUndefined();
    expect(changedBefore(gates, 'g1')).toBeUndefined();
    expect(changedBefore(gates, 'none')).toBeUndefined();
  });

  test('is none where it ended in another way, or is not the last one before', () => {
    const rejected = [
      event('gate_presented', 'g1', { actionId: '1/1' }),
      event('rejected', 'g1', { actionId: '1/1' }),
    ];
    expect(changedBefore(gatesOf(...rejected, second), 'g2')).toBeUndefined();
    const between = [
      event('gate_presented', 'g3', { actionId: '1/1' }),
      event('withdrawn', 'g3', { actionId: '1/1' }),
    ];
    expect(changedBefore(gatesOf(...first, ...between, second), 'g2')).toBeUndefined();
  });
});
