/** What a person is told whose decision came after the session had ended: how its gate ended, from the trail. */
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

export function lateReply(events: readonly AuditEvent[], { gateId }: Decision): DecisionReply {
  const ended = events.find((event) => event.gateId === gateId && isEnding(event.eventType));
  if (ended === undefined) {
    return { status: 'refused', gateId, ...refusal('SESSION_CLOSED') };
  }
  const { eventType, at, reviewerId } = ended;
  const status = eventType as EndedStatus;
  const by = reviewerId === undefined ? {} : { reviewerId };
  return {
    status: 'refused',
    gateId,
    ...refusal(LATE_CODES[status]),
    outcome: { status, at, ...by },
  };
}

function isEnding(eventType: string): boolean {
  return Object.hasOwn(LATE_CODES, eventType);
}
