/**
 * The memo of a run: what the inbox lists without asking any worker, and how audit events get into the history.
 * The memo stays small, the history keeps every version (DESIGN §8).
 */
import { AUDIT_EVENT_TYPES, type AuditEvent } from './audit-event.ts';
import { utf8Length } from '../text/digest.ts';
import type { Gate } from '../gate/gate.ts';
import { MEMO_EVENTS_BYTES_MAX, MEMO_GATES_MAX, UNWRITTEN_BYTES_MAX } from '../limits.ts';
import type { HoldpointMemo, MemoGate } from '../messages.ts';
import { cutText } from '../text/visible-text.ts';

const DESCRIPTION_CHARACTERS_MAX = 160;

function memoGate({ request, tier, respondBy }: Gate): MemoGate {
  const { gateId, kind, actionType, payloadDigest, presentedAt, estimatedImpact } = request;
  const description = cutText(request.description, DESCRIPTION_CHARACTERS_MAX);
  return {
    gateId,
    kind,
    actionType,
    description,
    payloadDigest,
    tier,
    respondBy,
    presentedAt,
    estimatedImpact,
  };
}

export function memoOf(open: readonly Gate[], audit: readonly AuditEvent[]): HoldpointMemo {
  const pending = open.slice(0, MEMO_GATES_MAX).map(memoGate);
  return { version: 1, pending, pendingCount: open.length, audit };
}

/**
 * Whether events have to be written now: a person's touch always, machine events only when they add up. A run in
 * which nobody was asked then writes its trail once, at its end.
 */
export function isWriteDue(unwritten: readonly AuditEvent[]): boolean {
  if (unwritten.some((event) => AUDIT_EVENT_TYPES[event.eventType] === 'human')) return true;
  return unwritten.length > 0 && bytesOf(unwritten) > UNWRITTEN_BYTES_MAX;
}

/** Batches of events, each small enough for one memo write. */
export function writeBatches(unwritten: readonly AuditEvent[]): readonly (readonly AuditEvent[])[] {
  const batches: AuditEvent[][] = [[]];
  let room = MEMO_EVENTS_BYTES_MAX;
  for (const event of unwritten) {
    const bytes = bytesOf([event]);
    if (bytes > room && batches.at(-1)?.length !== 0) {
      batches.push([]);
      room = MEMO_EVENTS_BYTES_MAX;
    }
    batches.at(-1)?.push(event);
    room -= bytes;
  }
  return batches;
}

function bytesOf(events: readonly AuditEvent[]): number {
  return utf8Length(JSON.stringify(events));
}
