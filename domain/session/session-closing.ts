/**
 * How gates of a session end without an answer: with the session, with its run, or with whoever waited for one.
 *
 * H7 open gates are withdrawn, and what was approved and never got to start says so.
 */
import type { EventDraft } from '../audit/audit-event.ts';
import { type Gate, gateEvent, withdrawGate } from '../gate/gate.ts';
import { refusal } from '../refusal.ts';
import {
  gateOf,
  isGateKnown,
  replaceGate,
  type SessionState,
  type Step,
  stepTo,
} from './session.ts';
import { judge, refuse } from './session-decisions.ts';
import { takeOutcome, withdrawAll } from './session-gates.ts';

/**
 * The end of a session: open gates are withdrawn, what was approved and never got to start says so, decisions that
 * never met their gate are refused.
 */
export function closeSession(
  state: SessionState,
  end: { readonly now: number; readonly why: string },
): Step {
  const { pause: _over, ...rest } = state;
  if (state.phase === 'closed') return stepTo(state);
  const closed: SessionState = { ...rest, phase: 'closed', keptDecisions: [] };
  const withdrawn = withdrawAll(closed, end);
  const notExecuted = state.gates.filter(isAwaitingStart).map(notExecutedEvent);
  return state.keptDecisions.reduce<Step>(
    (step, decision) => {
      const refused = isGateKnown(step.state, decision.gateId)
        ? judge(step.state, decision, { now: end.now, arrival: 'resent' })
        : refuse(step.state, { no: refusal('UNKNOWN_GATE'), decision });
      return { ...refused, events: [...step.events, ...refused.events], reply: undefined };
    },
    stepTo(withdrawn.state, [...withdrawn.events, ...notExecuted]),
  );
}

/**
 * A hosted workflow continues as new: its gates end with this run, and whatever wants something asks again in the next.
 * A pause, and what was seen, go on.
 */
export function leaveRun(
  state: SessionState,
  end: { readonly now: number; readonly why: string },
): Step {
  return state.gates.reduce<Step>((step, gate) => {
    const abandoned = abandonGate(step.state, gate.request.gateId, end);
    return { ...abandoned, events: [...step.events, ...abandoned.events] };
  }, stepTo(state));
}

/**
 * Whoever waited for one gate waits no longer: it is withdrawn where it is open, and what was let go and not taken up
 * did not execute (H7).
 */
export function abandonGate(
  state: SessionState,
  gateId: string,
  end: { readonly now: number; readonly why: string },
): Step {
  const waiting = gateOf(state, gateId);
  if (waiting === undefined) return stepTo(state);
  const { gate, events } = withdrawGate(waiting, end);
  const taken = takeOutcome(replaceGate(state, gate), gateId);
  const unused = isAwaitingStart(waiting) ? [notExecutedEvent(waiting)] : [];
  return stepTo(taken?.state ?? state, [...events, ...unused]);
}

/** A person let the action run, and what waited for that has not taken it up: its run was about to continue as new. */
function isAwaitingStart({ request, status, outcome }: Gate): boolean {
  const isCleared =
    status === 'approved' || status === 'modified' || outcome?.noResponse === 'approve';
  return request.kind === 'action' && isCleared;
}

function notExecutedEvent(gate: Gate): EventDraft {
  return gateEvent(gate, { eventType: 'not_executed', details: { code: 'SESSION_CLOSED' } });
}
