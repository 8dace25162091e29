/**
 * The audit trail of a session: read from raw workflow history by a pure function, without any workflow code, and
 * printed as a report. The same events come from the `auditTrail` query and from the evidence store (H8).
 */
import type { AuditEvent, AuditEventType } from './audit-event.ts';
import { SESSION } from './audit-event.ts';
import { type CarrierKind, listedIn } from './carrier.ts';
import { isPlainObject } from '../text/json.ts';
import { shownText } from '../text/shown-text.ts';

/** An event as a reader gets it: beside the hashed bytes, where and when the server recorded it. */
export interface TrailEntry {
  readonly event: AuditEvent;
  readonly runId: string;
  /** The server's time of the first history event that carries it, ms since 1970. */
  readonly recordedAt: number;
}

/** One carrier of audit events as it stands in a history, its value decoded. */
export interface Carrier {
  readonly kind: CarrierKind;
  readonly runId: string;
  readonly recordedAt: number;
  readonly value: unknown;
}

/**
 * The trail from the carriers of a session's runs, in order of the runs and of each history. Several may carry one
 * event: the first counts. Carriers of others, or without events, are skipped; `verifyChain` says whether what remains
 * is whole.
 */
export function buildAuditTrail(carriers: readonly Carrier[]): readonly TrailEntry[] {
  const entries = new Map<string, TrailEntry>();
  for (const { kind, value, runId, recordedAt } of carriers) {
    for (const event of listedIn(kind, value).filter(isAuditEvent)) {
      if (!entries.has(event.hash)) entries.set(event.hash, { event, runId, recordedAt });
    }
  }
  return [...entries.values()];
}

function isAuditEvent(value: unknown): value is AuditEvent {
  return (
    isPlainObject(value) &&
    typeof value['seq'] === 'number' &&
    typeof value['hash'] === 'string' &&
    typeof value['eventType'] === 'string'
  );
}

/** What stands after the arrow where nobody decided: what happened, never `auto` but for `auto_proceeded`. */
const WORD: Readonly<Record<AuditEventType, string>> = {
  started: 'started',
  gate_presented: 'pending',
  approved: 'approved',
  rejected: 'rejected',
  modified: 'modified',
  expired: 'expired',
  withdrawn: 'withdrawn',
  escalated: 'pending',
  reminded: 'pending',
  voted: 'pending',
  claimed: 'claimed',
  released: 'released',
  no_reviewer: 'no reviewer',
  grant_revoked: 'revoked',
  decision_refused: 'refused',
  message_refused: 'refused',
  paused: 'paused',
  resumed: 'resumed',
  instructed: 'instructed',
  cancelled: 'cancelled',
  auto_proceeded: 'auto',
  grant_used: 'granted',
  notified: 'notified',
  executed: 'executed',
  not_executed: 'not executed',
  failed: 'failed',
  effect_unknown: 'unknown',
  child_started: 'started',
  child_ended: 'ended',
  ended: 'ended',
};

/** The trail as text, one line per event: `[time] event_type: action_type → decision (reviewer: id)`; and what is proven. */
export function exportAuditReport(sessionId: string, events: readonly AuditEvent[]): string {
  return [
    `Audit trail for session ${shownText(sessionId)}`,
    ...events.map(reportLine),
    ...proofLines(events),
  ].join('\n');
}

const DECIDING: readonly AuditEventType[] = ['approved', 'rejected', 'modified', 'voted'];

/** How many decisions a trail has, and how many of them nobody proved. None: no person decided anything. */
export function proofLines(events: readonly AuditEvent[]): readonly string[] {
  const decisions = events.filter(({ eventType }) => DECIDING.includes(eventType));
  if (decisions.length === 0) return [];
  const signed = decisions.filter(({ details }) => details?.['proof'] === 'signed').length;
  const claimed = decisions.length - signed;
  const counted = `Decisions: ${decisions.length}. Signed: ${signed}.`;
  return claimed === 0
    ? [counted]
    : [
        `${counted} CLAIMED, NOT PROVEN: ${claimed}. Who made those is what their senders said of themselves.`,
      ];
}

/** One event as a line of the report. */
export function reportLine(event: AuditEvent): string {
  const { at, eventType, actionType, decision, reviewerId } = event;
  const reviewer = reviewerId === undefined ? '' : ` (reviewer: ${field(reviewerId)})`;
  const word = Object.hasOwn(WORD, eventType) ? WORD[eventType] : eventType;
  // What was refused, or is one of several, decided nothing, whatever it wanted to be.
  const isDecisive = eventType !== 'decision_refused' && eventType !== 'voted';
  const outcome = isDecisive ? (decision ?? word) : word;
  return `[${timeText(at)}] ${field(eventType)}: ${field(actionType || SESSION)} → ${field(outcome)}${reviewer}`;
}

/** Total: a history may hold anything. The arrow is the line's own. */
function field(value: unknown): string {
  return shownText(typeof value === 'string' ? value : typeof value).replaceAll('→', '⟦U+2192⟧');
}

function timeText(at: number): string {
  const time = new Date(at);
  return Number.isNaN(time.getTime()) ? 'no time' : time.toISOString();
}
