/**
 * The gates of a session as its trail tells them, also long after they have ended: what was asked, how it ended, and
 * which one a reviewer's change led to. Pure, and total: a trail may hold anything.
 */
import type { EndedStatus, GateStatus } from '../gate/gate.ts';
import type { AuditEvent, AuditEventType } from './audit-event.ts';

export interface TrailGate {
  readonly gateId: string;
  /** The event with which it opened. */
  readonly presented: AuditEvent;
  readonly status: GateStatus;
  /** Where it stands, or ended. */
  readonly tier: string;
  /** The event with which it ended. */
  readonly end?: AuditEvent;
}

const ENDS: Partial<Record<AuditEventType, EndedStatus>> = {
  approved: 'approved',
  modified: 'modified',
  rejected: 'rejected',
  expired: 'expired',
  withdrawn: 'withdrawn',
};

/** In the order in which they opened. */
export function gatesOfTrail(events: readonly AuditEvent[]): readonly TrailGate[] {
  const gates = new Map<string, TrailGate>();
  for (const event of events) {
    const { gateId, eventType, tier = '' } = event;
    if (gateId === undefined) continue;
    const known = gates.get(gateId);
    if (known === undefined) {
      if (eventType !== 'gate_presented') continue;
      gates.set(gateId, { gateId, presented: event, status: 'pending', tier });
    } else if (known.status === 'pending') {
      gates.set(gateId, after(known, event));
    }
  }
  return [...gates.values()];
}

/** An event of its own: one that names the gate in passing, such as the use of a grant, changes nothing of it. */
function after(gate: TrailGate, event: AuditEvent): TrailGate {
  const { eventType, tier = gate.tier } = event;
  const status = Object.hasOwn(ENDS, eventType) ? ENDS[eventType] : undefined;
  if (status !== undefined) return { ...gate, status, tier, end: event };
  return eventType === 'escalated' ? { ...gate, tier } : gate;
}

/** The gate whose payload a reviewer changed, so that this one had to ask again. */
export function changedBefore(gates: readonly TrailGate[], gateId: string): TrailGate | undefined {
  const at = gates.findIndex((gate) => gate.gateId === gateId);
  const { actionId } = gates[at]?.presented ?? {};
  if (actionId === undefined) return undefined;
  const before = gates.slice(0, at).findLast((gate) => gate.presented.actionId === actionId);
  return before?.status === 'modified' ? before : undefined;
}
