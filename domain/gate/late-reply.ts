/**
 * What a person is told whose decision came after the session had ended: how its gate ended, from the trail.
 *
 * H2 a resend under the same decisionId is answered as the first was · H4 anything else changes nothing.
 */
import type { AuditEvent } from '../audit/audit-event.ts';
import type { Decision } from './decision.ts';
import { refusal, type RefusalCode } from '../refusal.ts';
import type { DecisionReply } from '../session/reply.ts';
import type { EndedStatus } from './gate.ts';

/** The refusal of a decision whose gate has ended, by how it ended. */
export const LATE_CODES: Readonly<Record<EndedStatus, RefusalCode>> = {
  approved: 'ALREADY_DECIDED',
  modified: 'ALREADY_DECIDED',
  rejected: 'ALREADY_DECIDED',
  expired: 'EXPIRED',
  withdrawn: 'WITHDRAWN',
};

export function lateReply(events: readonly AuditEvent[], decision: Decision): DecisionReply {
  const { gateId } = decision;
  const ended = events.find((event) => event.gateId === gateId && isEnding(event.eventType));
  if (ended === undefined) {
    return { status: 'refused', gateId, ...refusal('SESSION_CLOSED') };
  }
  const { eventType, at, reviewerId } = ended;
  const status = eventType as EndedStatus;
  const by = reviewerId === undefined ? {} : { reviewerId };
  if (events.some((event) => isOf(event, decision))) {
    return { status: 'decided', gateId, outcome: { status, at, ...by } };
  }
  return {
    status: 'refused',
    gateId,
    ...refusal(LATE_CODES[status]),
    outcome: { status, at, ...by },
  };
}

/** A resend of the very decision that ended the gate, or was a vote at it: its sender had not heard what became of it. */
function isOf(event: AuditEvent, decision: Decision): boolean {
  return (
    (isEnding(event.eventType) || event.eventType === 'voted') &&
    event.gateId === decision.gateId &&
    event.details?.['decisionId'] === decision.decisionId &&
    event.decision === decision.decision &&
    event.reviewerId === decision.reviewerId &&
    event.payloadDigest === decision.payloadDigest
  );
}

function isEnding(eventType: string): boolean {
  return Object.hasOwn(LATE_CODES, eventType);
}
