/**
 * The budget of recorded refusals (H4): each gate, and the session for what belongs to no gate, records so many; then
 * one event says that the limit is reached, and further ones are only answered. A flood can't fill the history.
 */
import type { Gate } from '../gate/gate.ts';
import { REFUSALS_RECORDED_MAX } from '../limits.ts';
import type { Refusal, RefusalCode } from '../refusal.ts';
import { replaceGate, type SessionState } from './session.ts';

export interface CountedRefusal {
  readonly state: SessionState;
  /** The code to record; undefined: nothing is recorded any more. */
  readonly code?: RefusalCode;
}

export function countRefusal(
  state: SessionState,
  no: Refusal,
  gate: Gate | undefined,
): CountedRefusal {
  const count = gate === undefined ? state.refusals : gate.refusals;
  if (count > REFUSALS_RECORDED_MAX) return { state };
  const counted =
    gate === undefined
      ? { ...state, refusals: count + 1 }
      : replaceGate(state, { ...gate, refusals: count + 1 });
  const isLast = count === REFUSALS_RECORDED_MAX;
  return { state: counted, code: isLast ? 'LIMIT_REACHED' : no.code };
}
