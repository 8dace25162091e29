/** Which events are told, over which channels, in which words; and that the queue of a session loses and doubles none. */
import { describe, expect, test } from 'vitest';
import { AUDIT_EVENT_TYPES, type AuditEventType } from '../../domain/audit/audit-event.ts';
import { noticesOf } from '../../domain/gate/notice.ts';
import { noticeFacts, noticeTitle } from '../../domain/gate/notice-text.ts';
import { NOTICES_MAX } from '../../domain/limits.ts';
import type { SessionState } from '../../domain/session/session.ts';
import { dropNotices, queueNotices, settleNotice } from '../../domain/session/session-notices.ts';
import {
  gateIn,
  NOW,
  policyOf,
  requestOf,
  sealAll,
  sessionOf,
  tierOf,
  tiersWith,
} from './builders.ts';

const POLICY = policyOf({
  name: 'told',
  version: '1',
  tiers: [...tiersWith({ synchronous_gate: { notify: ['slack', 'mail'] } }), tierOf('silent')],
});
const GATE = gateIn('synchronous_gate');

const eventOf = (eventType: AuditEventType, gateId = 'gate-1') => {
  const [event] = sealAll([{ eventType, actionType: 'delete_record', gateId }]);
  if (event === undefined) throw new Error('One event is sealed');
  return event;
};

describe('an event of a gate', () => {
  const TOLD = ['gate_presented', 'reminded', 'escalated', 'no_reviewer', 'expired', 'withdrawn'];

  test.each(Object.keys(AUDIT_EVENT_TYPES) as AuditEventType[])('%s', (eventType) => {
    const notices = noticesOf(POLICY, GATE, eventOf(eventType));
    expect(notices.map(({ channel }) => channel)).toEqual(
      TOLD.includes(eventType) ? ['slack', 'mail'] : [],
    );
  });

  test('is told to nobody in a tier that names no channel', () => {
    expect(noticesOf(POLICY, { ...GATE, tier: 'silent' }, eventOf('expired'))).toEqual([]);
  });

  test('has an id of its own for each channel, and none of the payload', () => {
    const notices = noticesOf(POLICY, GATE, eventOf('gate_presented'));
    expect(new Set(notices.map(({ noticeId }) => noticeId)).size).toBe(notices.length);
    expect(notices[0]).not.toHaveProperty('payload');
    expect(notices[0]).not.toHaveProperty('agentReason');
  });
});

describe('a notice in words', () => {
  const noticeOf = (eventType: AuditEventType, request = {}) => {
    const gate = gateIn('synchronous_gate', { request });
    const [notice] = noticesOf(POLICY, gate, eventOf(eventType));
    if (notice === undefined) throw new Error(`${eventType} is told`);
    return notice;
  };

  test('says what, until when, and what no answer means', () => {
    const facts = Object.fromEntries(noticeFacts(noticeOf('gate_presented')));
    expect(noticeTitle(noticeOf('gate_presented'))).toBe('Waits for a decision: delete_record');
    expect(facts).toMatchObject({
      What: requestOf().description,
      'Answer by': new Date(NOW + 300_000).toISOString(),
      'If nobody answers': 'it does not run',
    });
  });

  test('asks for nothing any more where the gate has ended', () => {
    const names = noticeFacts(noticeOf('expired')).map(([name]) => name);
    expect(names).not.toContain('Answer by');
  });

  test('marks what can not be seen, on one line', () => {
    const description = 'Refund\n✅ Approved by security \u202Egnp.exe';
    const text = noticeFacts(noticeOf('gate_presented', { description })).join('\n');
    expect(text).toContain('⟦U+000A⟧');
    expect(text).toContain('⟦U+202E⟧');
  });
});

describe('the queue of a session', () => {
  const state: SessionState = { ...sessionOf({ policy: POLICY }), gates: [GATE] };
  const queued = queueNotices(state, eventOf('gate_presented'), state);
  const [first, second] = queued.notices ?? [];

  test('holds one for each channel, and each until it is settled', () => {
    expect(queued.notices).toHaveLength(2);
    if (first === undefined || second === undefined) throw new Error('Two are queued');
    const step = settleNotice(queued, first, { status: 'sent', receipt: 'HTTP 200' });
    expect(step.state.notices).toEqual([second]);
    expect(step.events).toMatchObject([
      { eventType: 'notified', gateId: 'gate-1', details: { status: 'sent', receipt: 'HTTP 200' } },
    ]);
    const last = settleNotice(step.state, second, { status: 'failed', code: 'Undeliverable' });
    expect(last.state).not.toHaveProperty('notices');
  });

  test('knows a gate that is gone by the time its end is sealed', () => {
    const gone = { ...state, gates: [] };
    expect(queueNotices(gone, eventOf('withdrawn'), state).notices).toHaveLength(2);
    expect(queueNotices(gone, eventOf('withdrawn'), gone).notices).toBeUndefined();
  });

  test('is bounded: the newest stay', () => {
    let full = state;
    for (let count = 0; count < NOTICES_MAX; count += 1) {
      full = queueNotices(full, eventOf('reminded'), full);
    }
    expect(full.notices).toHaveLength(NOTICES_MAX);
  });

  test('says of what it does not wait for any longer that it failed', () => {
    const step = dropNotices(queued);
    expect(step.state).not.toHaveProperty('notices');
    expect(step.events.map(({ details }) => details?.['code'])).toEqual([
      'SESSION_CLOSED',
      'SESSION_CLOSED',
    ]);
    expect(dropNotices(state)).toEqual({ state, events: [], reply: undefined });
  });
});
