/**
 * Gates of a session: time passes over them, their outcome is taken, and at the end none is left open. They open in
 * session-decisions.ts, since a decision may wait for them.
 *
 * H4 a gate ends exactly once · H7 a pause stops the clock of every gate, a cancel withdraws them all.
 */
import { type Gate, type GateOutcome, type GateStep, withdrawGate } from '../gate/gate.ts';
import { deadlineOf, passTime, type PauseSpan, shiftGate } from '../gate/ladder.ts';
import { summaryOf } from './reply.ts';
import { askingOf } from './session-trust.ts';
import {
  gateOf,
  openGates,
  rememberEnded,
  replaceGate,
  type SessionState,
  type Step,
  stepTo,
} from './session.ts';

/** The earliest moment at which a gate wants to be looked at. While paused, no clock runs. */
export function nextDeadline(state: SessionState): number | undefined {
  if (state.phase !== 'running') return undefined;
  const deadlines = openGates(state).map(deadlineOf);
  const known = deadlines.filter((deadline) => deadline !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

/** The clock reached `now`: whatever is due happens, gate by gate. Where nothing is, the state stays the very same. */
export function passTimeOver(state: SessionState, now: number): Step {
  const { policy } = state;
  const due = nextDeadline(state);
  if (policy === undefined || due === undefined || due > now) return stepTo(state);
  const look = { policy, now, asking: askingOf(state, policy) };
  return eachGate(state, (gate) => passTime(gate, look));
}

/** Deadlines move by as much of `from … until` as each gate was open. */
export function shiftGates(state: SessionState, pause: PauseSpan): SessionState {
  return { ...state, gates: state.gates.map((gate) => shiftGate(gate, pause)) };
}

export function withdrawAll(
  state: SessionState,
  end: { readonly now: number; readonly why: string },
): Step {
  return eachGate(state, (gate) => withdrawGate(gate, end));
}

function eachGate(state: SessionState, move: (gate: Gate) => GateStep): Step {
  return state.gates.reduce<Step>((step, gate) => {
    const moved = move(gate);
    return stepTo(replaceGate(step.state, moved.gate), [...step.events, ...moved.events]);
  }, stepTo(state));
}

/** The outcome of an ended gate, taken once by what waited for it; the gate then is only remembered. */
export function takeOutcome(
  state: SessionState,
  gateId: string,
): { readonly state: SessionState; readonly outcome: GateOutcome } | undefined {
  const outcome = gateOf(state, gateId)?.outcome;
  if (outcome === undefined) return undefined;
  const gates = state.gates.filter((gate) => gate.request.gateId !== gateId);
  return {
    outcome,
    state: rememberEnded({ ...state, gates }, { gateId, outcome: summaryOf(outcome) }),
  };
}

/**
 * The gate of an action, open or ended and not taken yet: after continue-as-new it is found again by this. An action
 * that had to be asked about under a fresh key, `3/1~2`, is still the action `3/1`.
 */
export function gateOfAction(state: SessionState, actionId: string): Gate | undefined {
  const isOfIt = (id: string): boolean => id === actionId || id.startsWith(`${actionId}~`);
  return state.gates.findLast((gate) => isOfIt(gate.request.actionId));
}
