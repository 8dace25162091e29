/**
 * What a trace tells of a session and its gates: spans, made of audit events once the event that ends them is stored.
 * Ids, names that a team chose, outcomes and codes; never what a person or an agent wrote, and no reviewer.
 */
import { LATE_CODES } from '../gate/late-reply.ts';
import { isRefusalCode } from '../refusal.ts';
import type { AuditEvent } from './audit-event.ts';
import { gateSpanId, otherSpanId, sessionSpanId, traceIdOf } from './trace-ids.ts';

/** Names of attributes, as docs/reference/traces.md lists them. */
export const SPAN_ATTRIBUTES = {
  sessionId: 'holdpoint.session.id',
  firstRunId: 'holdpoint.session.first_run_id',
  agentId: 'holdpoint.agent.id',
  status: 'holdpoint.session.status',
  gateId: 'holdpoint.gate.id',
  kind: 'holdpoint.gate.kind',
  outcome: 'holdpoint.gate.outcome',
  tier: 'holdpoint.tier',
  actionId: 'holdpoint.action.id',
  tool: 'holdpoint.tool',
  actionOutcome: 'holdpoint.action.outcome',
  attempt: 'holdpoint.attempt',
  runId: 'holdpoint.run.id',
  decision: 'holdpoint.decision',
  answer: 'holdpoint.answer',
  code: 'holdpoint.code',
} as const;

export type SpanAttributes = Readonly<Record<string, string | number>>;

/** A span that is over. Times are ms since 1970. */
export interface SpanDraft {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Left out: the root of its trace. */
  readonly parentId?: string;
  readonly startAt: number;
  readonly endAt: number;
  readonly attributes: SpanAttributes;
  readonly notes: readonly SpanNote[];
}

export interface SpanNote {
  readonly name: string;
  readonly at: number;
  readonly attributes: SpanAttributes;
}

/** Whether a span ends with this event. */
export function endsSpan({ eventType, gateId }: AuditEvent): 'gate' | 'session' | undefined {
  if (gateId !== undefined && Object.hasOwn(LATE_CODES, eventType)) return 'gate';
  return eventType === 'ended' ? 'session' : undefined;
}

export interface SpanEnding {
  readonly end: AuditEvent;
  readonly firstExecutionRunId: string;
  /** An end of the same gate, or under the same session id, was stored before: after a Reset, or where the id was used again. */
  readonly isRepeated: boolean;
}

/** `gateEvents`: what the trail holds of the gate. Undefined where it does not hold its beginning. */
export function gateSpan(
  { end, firstExecutionRunId, isRepeated }: SpanEnding,
  gateEvents: readonly AuditEvent[],
): SpanDraft | undefined {
  const { sessionId, gateId, actionId } = end;
  const presented = gateEvents.find(
    (event) => event.eventType === 'gate_presented' && event.gateId === gateId,
  );
  if (presented === undefined || gateId === undefined) return undefined;
  const kind = presented.details?.['kind'];
  return {
    name: `gate ${presented.actionType}`,
    traceId: traceIdOf(sessionId),
    spanId: isRepeated ? otherSpanId(end.hash) : gateSpanId(sessionId, gateId),
    parentId: sessionSpanId(sessionId),
    startAt: presented.at,
    endAt: end.at,
    attributes: {
      ...sessionAttributes(end, firstExecutionRunId),
      [SPAN_ATTRIBUTES.gateId]: gateId,
      [SPAN_ATTRIBUTES.outcome]: end.eventType,
      [SPAN_ATTRIBUTES.tool]: presented.actionType,
      ...(typeof kind === 'string' ? { [SPAN_ATTRIBUTES.kind]: kind } : {}),
      ...(actionId === undefined ? {} : { [SPAN_ATTRIBUTES.actionId]: actionId }),
      ...(end.tier === undefined ? {} : { [SPAN_ATTRIBUTES.tier]: end.tier }),
    },
    // Of a gate that ended in two branches nobody can say which of them a note belongs to.
    notes: isRepeated ? [] : gateEvents.flatMap((event) => noteOf(event, end)),
  };
}

const NOTED: readonly string[] = ['escalated', 'reminded', 'decision_refused'];

function noteOf({ eventType, gateId, seq, at, ...event }: AuditEvent, end: AuditEvent): SpanNote[] {
  if (!NOTED.includes(eventType) || gateId !== end.gateId || seq > end.seq) return [];
  const code = event.details?.['code'];
  const attributes = {
    ...(event.tier === undefined ? {} : { [SPAN_ATTRIBUTES.tier]: event.tier }),
    ...(typeof code === 'string' && isRefusalCode(code) ? { [SPAN_ATTRIBUTES.code]: code } : {}),
  };
  return [{ name: eventType, at, attributes }];
}

/** The ends that Holdpoint itself gives. A team's workflow may call its own anything. */
const STATUSES: readonly string[] = [
  'completed',
  'incomplete',
  'unconfirmed',
  'failed',
  'cancelled',
  'terminated',
  'timed_out',
];

/** `first`: the session's first event. */
export function sessionSpan(
  { end, firstExecutionRunId, isRepeated }: SpanEnding,
  first: AuditEvent,
): SpanDraft {
  const { sessionId, details } = end;
  const status = STATUSES.find((one) => one === details?.['status']) ?? 'other';
  return {
    name: 'session',
    traceId: traceIdOf(sessionId),
    spanId: isRepeated ? otherSpanId(end.hash) : sessionSpanId(sessionId),
    ...(isRepeated ? { parentId: sessionSpanId(sessionId) } : {}),
    startAt: first.at,
    endAt: end.at,
    attributes: {
      ...sessionAttributes(end, firstExecutionRunId),
      [SPAN_ATTRIBUTES.status]: status,
    },
    notes: [],
  };
}

function sessionAttributes(
  { sessionId, agentId }: AuditEvent,
  firstExecutionRunId: string,
): SpanAttributes {
  return {
    [SPAN_ATTRIBUTES.sessionId]: sessionId,
    [SPAN_ATTRIBUTES.firstRunId]: firstExecutionRunId,
    [SPAN_ATTRIBUTES.agentId]: agentId,
  };
}
