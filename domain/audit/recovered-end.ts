/**
 * The last word on a session that closed without workflow code (terminated, or timed out): its own code never got to
 * say `ended`. This event is in the evidence alone, marked `recovered`; everything before it is what the history holds.
 */
import { headOf } from './audit-chain.ts';
import { type AuditEvent, sealEvent, SESSION } from './audit-event.ts';
import { LATE_CODES } from '../gate/late-reply.ts';
import { RATIONALE_CHARACTERS_MAX } from '../limits.ts';
import type { AbruptEnd } from './run-history.ts';
import { cutText } from '../text/visible-text.ts';

/** Open gates that are named one by one; all are counted. */
const NAMED_GATES_MAX = 32;

/** The same for the same trail, whoever makes it and how often. Undefined where the trail is empty, or has ended. */
export function recoveredEnd(
  trail: readonly AuditEvent[],
  { status, at, reason }: AbruptEnd,
): AuditEvent | undefined {
  const last = trail.at(-1);
  if (last === undefined || last.eventType === 'ended') return undefined;
  const { sessionId, agentId, policyVersion } = last;
  const open = openGateIds(trail);
  const context = { sessionId, agentId, at };
  return sealEvent(
    headOf(trail),
    policyVersion === undefined ? context : { ...context, policyVersion },
    {
      eventType: 'ended',
      actionType: SESSION,
      ...(reason === undefined ? {} : { rationale: cutText(reason, RATIONALE_CHARACTERS_MAX) }),
      details: {
        status,
        recovered: true,
        openGates: open.slice(0, NAMED_GATES_MAX),
        openGatesCount: open.length,
      },
    },
  );
}

/** Whether this event was made by {@link recoveredEnd}. */
export function isRecoveredEnd({ eventType, details }: AuditEvent): boolean {
  return eventType === 'ended' && details?.['recovered'] === true;
}

function openGateIds(trail: readonly AuditEvent[]): readonly string[] {
  const open = new Set<string>();
  for (const { eventType, gateId } of trail) {
    if (gateId === undefined) continue;
    if (eventType === 'gate_presented') open.add(gateId);
    if (Object.hasOwn(LATE_CODES, eventType)) open.delete(gateId);
  }
  return [...open];
}
