/** What a trace tells of a session: its ids, and the spans that its events make. */
import { describe, expect, test } from 'vitest';
import {
  type AuditEvent,
  type EventDraft,
  GENESIS,
  sealEvent,
} from '../../domain/audit/audit-event.ts';
import {
  endsSpan,
  gateSpan,
  sessionSpan,
  SPAN_ATTRIBUTES,
} from '../../domain/audit/session-spans.ts';
import { gateSpanId, otherSpanId, sessionSpanId, traceIdOf } from '../../domain/audit/trace-ids.ts';

const SECRET = 'what it was about';
const CONTEXT = { sessionId: 's', agentId: 'agent' };
const GATE = { gateId: 'g', actionId: '1/1', actionType: 'pay', tier: 'desk' } as const;
const PERSON = { reviewerId: `rita ${SECRET}`, rationale: SECRET } as const;

/** A chain, 1 s between events, from 1,000 ms on. */
function trailOf(...drafts: readonly EventDraft[]): readonly AuditEvent[] {
  let head = GENESIS;
  return drafts.map((draft, index) => {
    const event = sealEvent(head, { ...CONTEXT, at: (index + 1) * 1_000 }, draft);
    head = event;
    return event;
  });
}

const TRAIL = trailOf(
  { eventType: 'started', actionType: 'session', details: { goal: SECRET } },
  {
    ...GATE,
    eventType: 'gate_presented',
    actionPayload: { to: SECRET },
    details: { kind: 'action', description: SECRET, agentReason: SECRET },
  },
  { ...GATE, gateId: 'another', eventType: 'reminded' },
  {
    ...GATE,
    ...PERSON,
    eventType: 'decision_refused',
    details: { code: 'SELF_APPROVAL', rationale: SECRET },
  },
  { ...GATE, eventType: 'escalated', tier: 'manager', details: { from: 'desk' } },
  { ...GATE, ...PERSON, eventType: 'modified', tier: 'manager', details: { modifications: {} } },
  { ...GATE, ...PERSON, eventType: 'decision_refused', details: { code: 'ALREADY_DECIDED' } },
  { eventType: 'ended', actionType: 'session', details: { status: 'completed', reason: SECRET } },
);

function at(index: number): AuditEvent {
  const event = TRAIL[index];
  if (event === undefined) throw new Error(`There is no event ${index}`);
  return event;
}

const [STARTED, DECIDED, ENDED] = [at(0), at(5), at(7)];
const ONCE = { firstExecutionRunId: 'run', isRepeated: false } as const;

describe('ids', () => {
  test('are the same for the same session wherever they are made, and well-formed for OpenTelemetry', () => {
    // What other versions, and other processes, have to arrive at.
    expect(traceIdOf('session-1')).toBe('6173dd27a80421cb4eda8a4b4c78e145');
    expect(sessionSpanId('session-1')).toBe('26e7a875eae62d31');
    expect(gateSpanId('session-1', 'gate-1')).toBe('a0ebcd17f4047145');
    for (const sessionId of ['', 'é\0', '\u{1f511}', 's'.repeat(1_000)]) {
      expect(traceIdOf(sessionId)).toMatch(/^[0-9a-f]{32}$/);
      expect(gateSpanId(sessionId, sessionId)).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  test('of a session, its gates and other sessions are different', () => {
    const ids = [
      sessionSpanId('a'),
      sessionSpanId('b'),
      gateSpanId('a', 'g'),
      gateSpanId('b', 'g'),
      otherSpanId('a'),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(traceIdOf('a')).not.toBe(traceIdOf('b'));
  });
});

describe('spans', () => {
  test('end with the events that end a gate or a session, and with no others', () => {
    const ends = TRAIL.map((event) => endsSpan(event));
    expect(ends).toEqual([...Array<undefined>(5).fill(undefined), 'gate', undefined, 'session']);
  });

  test('of a gate last from its presentation to its end, with what happened in between', () => {
    const span = gateSpan({ end: DECIDED, ...ONCE }, TRAIL);
    expect(span).toMatchObject({
      name: 'gate pay',
      traceId: traceIdOf('s'),
      spanId: gateSpanId('s', 'g'),
      parentId: sessionSpanId('s'),
      startAt: 2_000,
      endAt: 6_000,
    });
    expect(span?.attributes).toEqual({
      [SPAN_ATTRIBUTES.sessionId]: 's',
      [SPAN_ATTRIBUTES.firstRunId]: 'run',
      [SPAN_ATTRIBUTES.agentId]: 'agent',
      [SPAN_ATTRIBUTES.gateId]: 'g',
      [SPAN_ATTRIBUTES.actionId]: '1/1',
      [SPAN_ATTRIBUTES.tool]: 'pay',
      [SPAN_ATTRIBUTES.kind]: 'action',
      [SPAN_ATTRIBUTES.outcome]: 'modified',
      [SPAN_ATTRIBUTES.tier]: 'manager',
    });
    expect(span?.notes).toEqual([
      {
        name: 'decision_refused',
        at: 4_000,
        attributes: { [SPAN_ATTRIBUTES.tier]: 'desk', [SPAN_ATTRIBUTES.code]: 'SELF_APPROVAL' },
      },
      { name: 'escalated', at: 5_000, attributes: { [SPAN_ATTRIBUTES.tier]: 'manager' } },
    ]);
  });

  test('of a session last from its first event to its end, and are the root of the trace', () => {
    const span = sessionSpan({ end: ENDED, ...ONCE }, STARTED);
    expect(span).toMatchObject({ name: 'session', spanId: sessionSpanId('s'), startAt: 1_000 });
    expect(span).toMatchObject({ endAt: 8_000, notes: [] });
    expect(span.parentId).toBeUndefined();
    expect(span.attributes[SPAN_ATTRIBUTES.status]).toBe('completed');
  });

  test('that end a second time have ids of their own, under the session', () => {
    const again = { firstExecutionRunId: 'run', isRepeated: true } as const;
    const spans = [
      gateSpan({ end: DECIDED, ...again }, TRAIL),
      sessionSpan({ end: ENDED, ...again }, STARTED),
    ];
    expect(spans.map((span) => span?.spanId)).toEqual([
      otherSpanId(DECIDED.hash),
      otherSpanId(ENDED.hash),
    ]);
    for (const span of spans) expect(span?.parentId).toBe(sessionSpanId('s'));
    expect(spans.flatMap((span) => span?.notes)).toEqual([]);
  });

  test('hold no payload, no words and no person, and a status of their own list', () => {
    const [odd] = trailOf({ eventType: 'ended', actionType: 's', details: { status: SECRET } });
    if (odd === undefined) throw new Error('One event is one');
    const spans = [
      gateSpan({ end: DECIDED, ...ONCE }, TRAIL),
      sessionSpan({ end: ENDED, ...ONCE }, STARTED),
      sessionSpan({ end: odd, ...ONCE }, STARTED),
    ];
    expect(JSON.stringify(spans)).not.toContain(SECRET);
    expect(JSON.stringify(spans)).not.toContain('rita');
    expect(spans[2]?.attributes[SPAN_ATTRIBUTES.status]).toBe('other');
  });

  test('are not made of a gate whose beginning nobody has', () => {
    expect(gateSpan({ end: DECIDED, ...ONCE }, TRAIL.slice(2))).toBeUndefined();
  });
});
