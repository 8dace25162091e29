/**
 * Proves the trail and its report: read from raw histories, printed as the lesson prints it (SOURCE,
 * "Audit event"), one line per event that no text from outside can forge, and total on whatever a history holds.
 */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AUDIT_EVENT_TYPES,
  type AuditEvent,
  type AuditEventType,
  buildAuditTrail,
  type Carrier,
  exportAuditReport,
  verifyChain,
} from '../../domain/index.ts';
import { CONSENT_HEADER } from '../../domain/action/consent.ts';
import type { EventDraft } from '../../domain/audit/audit-event.ts';
import { memoOf } from '../../domain/audit/memo.ts';
import { carriersOf, type RunEvent } from '../../domain/audit/run-history.ts';
import { receiveCommand } from '../../domain/session/session-commands.ts';
import { receiveDecision } from '../../domain/session/session-decisions.ts';
import { passTimeOver } from '../../domain/session/session-gates.ts';
import {
  COMMAND,
  decisionOf,
  NOW,
  opening,
  OTHER_DIGEST,
  present,
  sealAll,
  sessionOf,
} from './builders.ts';

const TIME = '[2026-11-23T09:30:00.000Z]';

function line(draft: EventDraft): string {
  return present(exportAuditReport('s', sealAll([draft])).split('\n')[1]);
}

/** Each event type, as it is made, and its line after the time. */
const LINES: Readonly<Record<AuditEventType, readonly [Partial<EventDraft>, string]>> = {
  child_started: [{ actionType: 'research' }, 'child_started: research → started'],
  child_ended: [{ actionType: 'research' }, 'child_ended: research → ended'],
  started: [{ actionType: 'session' }, 'started: session → started'],
  gate_presented: [{}, 'gate_presented: refund → pending'],
  approved: [
    { decision: 'approved', reviewerId: 'alice' },
    'approved: refund → approved (reviewer: alice)',
  ],
  rejected: [
    { decision: 'rejected', reviewerId: 'alice' },
    'rejected: refund → rejected (reviewer: alice)',
  ],
  modified: [
    { decision: 'modified', reviewerId: 'alice' },
    'modified: refund → modified (reviewer: alice)',
  ],
  expired: [{}, 'expired: refund → expired'],
  withdrawn: [{}, 'withdrawn: refund → withdrawn'],
  escalated: [{}, 'escalated: refund → pending'],
  reminded: [{}, 'reminded: refund → pending'],
  voted: [
    { decision: 'approved', reviewerId: 'alice' },
    'voted: refund → pending (reviewer: alice)',
  ],
  claimed: [{ reviewerId: 'alice' }, 'claimed: refund → claimed (reviewer: alice)'],
  released: [{ reviewerId: 'alice' }, 'released: refund → released (reviewer: alice)'],
  no_reviewer: [{}, 'no_reviewer: refund → no reviewer'],
  grant_used: [{ reviewerId: 'alice' }, 'grant_used: refund → granted (reviewer: alice)'],
  notified: [{}, 'notified: refund → notified'],
  grant_revoked: [
    { actionType: 'session', reviewerId: 'olga' },
    'grant_revoked: session → revoked (reviewer: olga)',
  ],
  decision_refused: [
    { decision: 'approved', reviewerId: 'mallory' },
    'decision_refused: refund → refused (reviewer: mallory)',
  ],
  message_refused: [{ actionType: 'session' }, 'message_refused: session → refused'],
  paused: [
    { actionType: 'session', reviewerId: 'olga' },
    'paused: session → paused (reviewer: olga)',
  ],
  resumed: [
    { actionType: 'session', reviewerId: 'olga' },
    'resumed: session → resumed (reviewer: olga)',
  ],
  instructed: [
    { actionType: 'session', reviewerId: 'olga' },
    'instructed: session → instructed (reviewer: olga)',
  ],
  cancelled: [
    { actionType: 'session', reviewerId: 'olga' },
    'cancelled: session → cancelled (reviewer: olga)',
  ],
  auto_proceeded: [{}, 'auto_proceeded: refund → auto'],
  executed: [{}, 'executed: refund → executed'],
  not_executed: [{}, 'not_executed: refund → not executed'],
  failed: [{}, 'failed: refund → failed'],
  effect_unknown: [{}, 'effect_unknown: refund → unknown'],
  ended: [{ actionType: 'session' }, 'ended: session → ended'],
};

describe('the report', () => {
  test('begins as the lesson’s does, and has a line per event', () => {
    expect(exportAuditReport('session-1', [])).toBe('Audit trail for session session-1');
    const events = sealAll([
      { eventType: 'gate_presented', actionType: 'delete_record' },
      {
        eventType: 'rejected',
        actionType: 'delete_record',
        decision: 'rejected',
        reviewerId: 'alice',
      },
    ]);
    expect(exportAuditReport('session-1', events)).toBe(
      [
        'Audit trail for session session-1',
        `${TIME} gate_presented: delete_record → pending`,
        `${TIME} rejected: delete_record → rejected (reviewer: alice)`,
        'Decisions: 1. Signed: 0. CLAIMED, NOT PROVEN: 1. Who made those is what their senders said of themselves.',
      ].join('\n'),
    );
  });

  test('says at its end how many decisions are proven, and how many are what somebody said', () => {
    const by = (eventType: AuditEventType, proof?: string): EventDraft => ({
      eventType,
      actionType: 'refund',
      details: proof === undefined ? {} : { proof },
    });
    const end = (...drafts: readonly EventDraft[]): string =>
      exportAuditReport('s', sealAll(drafts)).split('\n').at(-1) ?? '';
    const signed = [by('voted', 'signed'), by('approved', 'signed')];
    expect(end(...signed)).toBe('Decisions: 2. Signed: 2.');
    expect(end(...signed, by('modified'))).toMatch(
      /^Decisions: 3\. Signed: 2\. CLAIMED, NOT PROVEN: 1\. /,
    );
    expect(end(by('expired'), by('claimed'), by('decision_refused'), by('grant_used'))).toMatch(
      /^\[/,
    );
  });

  test.each(Object.entries(LINES))('prints %s', (eventType, [changes, expected]) => {
    const draft = { actionType: 'refund', ...changes, eventType: eventType as AuditEventType };
    expect(line(draft)).toBe(`${TIME} ${expected}`);
  });

  test('knows every event type', () => {
    expect(Object.keys(LINES).toSorted()).toEqual(Object.keys(AUDIT_EVENT_TYPES).toSorted());
  });

  test('H3: says auto of nothing but what proceeded without a person', () => {
    const said = Object.entries(LINES).filter(([, [, text]]) => text.includes('→ auto'));
    expect(said.map(([type]) => type)).toEqual(['auto_proceeded']);
  });

  test('says approved of nothing but what a person approved', () => {
    const said = Object.entries(LINES).filter(([, [, text]]) => text.includes('→ approved'));
    expect(said.map(([type]) => type)).toEqual(['approved']);
  });

  test('of a real session reads as it went', () => {
    let state = sessionOf();
    const drafts: EventDraft[] = [];
    const take = (step: { state: typeof state; events: readonly EventDraft[] }): void => {
      ({ state } = step);
      drafts.push(...step.events);
    };
    take(opening(state));
    take(opening(state, { request: { gateId: 'gate-2', actionType: 'refund' } }));
    take(receiveDecision(state, decisionOf({ decisionId: 'x', payloadDigest: OTHER_DIGEST }), NOW));
    take(receiveCommand(state, { verb: 'pause', raw: COMMAND }, NOW));
    take(receiveCommand(state, { verb: 'resume', raw: COMMAND }, NOW));
    take(receiveDecision(state, decisionOf(), NOW));
    take(receiveDecision(state, { nonsense: true }, NOW));
    take(passTimeOver(state, NOW + 300_000));
    take(receiveCommand(state, { verb: 'cancel', raw: COMMAND }, NOW));
    const lines = exportAuditReport('session-1', sealAll(drafts)).split('\n').slice(1, -1);
    expect(lines.map((one) => one.slice(TIME.length + 1))).toEqual([
      'gate_presented: delete_record → pending',
      'gate_presented: refund → pending',
      'decision_refused: delete_record → refused (reviewer: alice)',
      'paused: session → paused (reviewer: olga)',
      'resumed: session → resumed (reviewer: olga)',
      'approved: delete_record → approved (reviewer: alice)',
      'decision_refused: session → refused',
      'expired: refund → expired',
      'cancelled: session → cancelled (reviewer: olga)',
    ]);
  });
});

const LINE =
  /^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] [a-z_]+: [^→]* → [^→()]*(?: \(reviewer: [^→]*\))?$/u;
const FORGERIES = [
  'x\n[2026-11-23T09:30:00.000Z] approved: delete_record → approved (reviewer: ceo)',
  'x\r\n[2026-11-23T09:30:00.000Z] approved: a → approved',
  'x\u2028[2026-11-23T09:30:00.000Z] approved: a → approved',
  'x\u0085approved',
  'x\u001B[1A\u001B[2K[2026-11-23T09:30:00.000Z] approved: a → approved',
  '\u202Edevorppa',
  'x → approved (reviewer: ceo)',
  'mallory) → approved (reviewer: ceo',
];

describe('no text from outside forges a line', () => {
  test.each(FORGERIES)('%j', (text) => {
    const drafts: readonly EventDraft[] = [
      { eventType: 'expired', actionType: text },
      {
        eventType: 'decision_refused',
        actionType: 'refund',
        reviewerId: text,
        decision: 'approved',
      },
      { eventType: 'rejected', actionType: 'refund', reviewerId: 'alice', rationale: text },
    ];
    const report = exportAuditReport(text, sealAll(drafts));
    const [title, ...lines] = report.split(/[\n\r\u2028\u2029\u0085]/u);
    expect(title).toMatch(/^Audit trail for session /);
    expect(lines.pop()).toMatch(/^Decisions: 1\. Signed: 0\. /);
    expect(lines).toHaveLength(drafts.length);
    for (const one of lines) expect(one).toMatch(LINE);
    expect(report).not.toMatch(/\p{Cc}(?<!\n)|\u202E/u);
  });

  test('the shape of a line bites', () => {
    expect(`${TIME} expired: refund → expired`).toMatch(LINE);
    expect(`${TIME} expired: x → approved (reviewer: ceo) → expired`).not.toMatch(LINE);
  });
});

describe('the report of whatever stands in a history', () => {
  const [sealed] = sealAll([{ eventType: 'expired', actionType: 'refund' }]);
  const odd: readonly (readonly [string, object])[] = [
    ['an unknown type', { eventType: 'promoted' }],
    ['a type that every object has', { eventType: 'constructor' }],
    ['the type __proto__', { eventType: '__proto__' }],
    ['a type over two lines', { eventType: `x\n${TIME} approved` }],
    ['a time that is none', { at: Number.NaN }],
    ['a time beyond all', { at: 1e20 }],
    ['a time that is a text', { at: 'today' }],
    ['no time', { at: undefined }],
    ['a reviewer that is no text', { reviewerId: { id: 'alice' } }],
    ['a decision that is no text', { decision: 7 }],
    ['no action type', { actionType: undefined }],
  ];
  test.each(odd)('%s: is one line', (_what, changes) => {
    const tampered = { ...sealed, ...changes } as AuditEvent;
    expect(exportAuditReport('s', [tampered]).split('\n')).toHaveLength(2);
  });
});

describe('the trail from what carries it in a history', () => {
  const events = sealAll([
    { eventType: 'started', actionType: 'session' },
    { eventType: 'gate_presented', actionType: 'refund' },
    { eventType: 'expired', actionType: 'refund' },
  ]);
  const carrier = (value: unknown, changes: Partial<Carrier> = {}): Carrier => ({
    kind: 'memo',
    value,
    recordedAt: NOW,
    runId: 'run-1',
    ...changes,
  });
  const memo = (audit: readonly AuditEvent[]) => memoOf({ open: [], isIndexed: true }, audit);

  test('is every event in its order, with its run and the server’s time', () => {
    const trail = buildAuditTrail([
      carrier(memo(events.slice(0, 1)), { recordedAt: 1 }),
      carrier(memo([]), { recordedAt: 2 }),
      carrier(memo(events.slice(1)), { recordedAt: 3, runId: 'run-2' }),
    ]);
    expect(trail).toEqual([
      { event: events[0], runId: 'run-1', recordedAt: 1 },
      { event: events[1], runId: 'run-2', recordedAt: 3 },
      { event: events[2], runId: 'run-2', recordedAt: 3 },
    ]);
    expect(verifyChain(trail.map(({ event }) => event))).toBeUndefined();
  });

  test('is each event once, as it was carried first: a consent repeats what is not stored yet', () => {
    const trail = buildAuditTrail([
      carrier(memo(events.slice(0, 2)), { recordedAt: 1 }),
      carrier({ version: 1, evidence: events }, { kind: 'consent', recordedAt: 2 }),
      carrier({ sessionId: 's', events }, { kind: 'slice', recordedAt: 3 }),
    ]);
    expect(trail.map(({ event }) => event)).toEqual(events);
    expect(trail.map(({ recordedAt }) => recordedAt)).toEqual([1, 1, 2]);
  });

  test('H8: is the same however the events are spread over memo, consents and slices', () => {
    const many = sealAll(
      Array.from({ length: 12 }, () => ({ eventType: 'executed', actionType: 'refund' }) as const),
    );
    // Each carrier begins at the latest where the one before it ended, and may go back or go no further.
    const spread = fc.array(
      fc.record({
        kind: fc.constantFrom('memo' as const, 'consent' as const, 'slice' as const),
        back: fc.nat(12),
        further: fc.nat(4),
      }),
    );
    fc.assert(
      fc.property(spread, (steps) => {
        let end = 0;
        const carriers = steps.map(({ kind, back, further }) => {
          const from = Math.max(0, end - back);
          end = Math.max(end, Math.min(many.length, from + back + further));
          const list = many.slice(from, end);
          return carrier({ audit: list, evidence: list, events: list }, { kind });
        });
        const trail = buildAuditTrail(carriers).map(({ event }) => event);
        expect(trail).toEqual(many.slice(0, end));
      }),
    );
  });

  test.each([
    undefined,
    null,
    'audit',
    7,
    [],
    {},
    { audit: null },
    { audit: {} },
    { audit: 'x' },
    { audit: [null, 1, 'x', [], {}] },
    { audit: [{ seq: 1, hash: 'x' }] },
    { audit: [{ seq: '1', hash: 'x', eventType: 'approved' }] },
    { Audit: events },
    { evidence: events },
    { events },
  ])('skips what others wrote: %j', (value) => {
    expect(buildAuditTrail([carrier(value), carrier(memo(events))])).toEqual(
      buildAuditTrail([carrier(memo(events))]),
    );
    expect(buildAuditTrail([carrier(value)])).toEqual([]);
  });

  test('shows a gap where an event was cut out or garbled', () => {
    const garbled = { version: 1, audit: [events[0], { ...events[1], seq: 'two' }, events[2]] };
    const trail = buildAuditTrail([carrier(garbled)]).map(({ event }) => event);
    expect(verifyChain(trail)).toEqual({ seq: 2, reason: 'gap' });
  });

  test('shows an event that was changed where it was carried first', () => {
    const changed = { version: 1, audit: [{ ...events[0], actionType: 'other' }] };
    const later = carrier({ events }, { kind: 'slice' });
    const trail = buildAuditTrail([carrier(changed), later]).map(({ event }) => event);
    expect(verifyChain(trail)).toEqual({ seq: 1, reason: 'changed' });
  });
});

describe('what carries audit events in a raw history', () => {
  const eventTime = { seconds: 2, nanos: 3_000_000 };
  const scheduled = (name: string, more: object): RunEvent<string> => ({
    eventTime,
    activityTaskScheduledEventAttributes: { activityType: { name }, ...more },
  });

  test('is a memo write, the consent of an action, and what is given to the evidence store', () => {
    const history: readonly RunEvent<string>[] = [
      { workflowExecutionStartedEventAttributes: {} },
      {
        eventTime,
        workflowPropertiesModifiedEventAttributes: { upsertedMemo: { fields: { holdpoint: 'm' } } },
      },
      scheduled('refund', {
        header: { fields: { [CONSENT_HEADER]: 'c', other: 'x' } },
        input: { payloads: ['arguments'] },
      }),
      scheduled('storeEvidence', { header: { fields: {} }, input: { payloads: ['s'] } }),
    ];
    expect(carriersOf(history)).toEqual([
      { kind: 'memo', payload: 'm', recordedAt: 2_003 },
      { kind: 'consent', payload: 'c', recordedAt: 2_003 },
      { kind: 'slice', payload: 's', recordedAt: 2_003 },
    ]);
  });

  test.each<RunEvent<string>>([
    {},
    { workflowPropertiesModifiedEventAttributes: null },
    { workflowPropertiesModifiedEventAttributes: { upsertedMemo: { fields: { theirs: 'x' } } } },
    { activityTaskScheduledEventAttributes: {} },
    scheduled('storeEvidence', { input: null }),
    scheduled('storeEvidence', { input: { payloads: [] } }),
    scheduled('modelTurn', { header: null, input: { payloads: ['x'] } }),
  ])('is nothing else: %j', (event) => {
    expect(carriersOf([event])).toEqual([]);
  });
});
