/**
 * Refusals: every expected "no", as one closed union. A refusal is answered, never thrown, and changes nothing (H4).
 * Codes never change their meaning. Each is explained in docs/reference/refusals.md, and mapped once at each edge.
 */
export const REFUSALS = {
  MALFORMED:
    'The message does not have the shape that is asked for. Nothing was consumed; correct it and send again.',
  UNKNOWN_GATE:
    'This session has no gate with this id, or it ended long ago. List the open gates and decide one of them.',
  ALREADY_DECIDED: 'The gate was decided before. The answer says what was decided, and by whom.',
  EXPIRED: 'Nobody answered in time and the gate expired. The action did not wait any longer.',
  WITHDRAWN: 'The gate was withdrawn: its session was cancelled or no longer needs the answer.',
  DIGEST_MISMATCH:
    'The decision is for other bytes than those that wait. Reload the request and look again.',
  DUPLICATE: 'This decisionId was used before, for something else. Use a fresh one.',
  NOT_AUTHORIZED: 'This reviewer may not decide at this tier. The request names who may.',
  SELF_APPROVAL: 'Who asked for the work, and the agent that does it, may not decide about it.',
  SIGNATURE_INVALID: 'The decision carries a signature that no configured key verifies.',
  MODIFICATION_NOT_ALLOWED:
    'The policy does not let a reviewer change this argument. Reject it with a reason instead.',
  DECISION_FROM_OTHER_RUN:
    'The decision was made in a run that this one does not continue (a Reset). A new gate asks again.',
  SESSION_CLOSED:
    'The session is ending or has ended. Nothing that arrives now changes what happened.',
  LIMIT_REACHED:
    'A limit of this session is reached. What came last is answered, and no longer recorded one by one.',
  CONSENT_MISSING:
    'An action that is not plainly reversible was scheduled without a consent of this session.',
  CONSENT_SPENT: 'The action, or the decision it rests on, was executed or used before.',
  ACTION_PAUSED:
    'The session was paused before the action started. It starts again after the resume.',
  ACTION_FENCED:
    'The action was given up as not started before this worker reached it. It will not start any more.',
  LOCAL_ACTIVITY:
    'An action that can not be undone may not be a local activity, which runs again when its task fails. Schedule it as an ordinary one.',
  KILLED:
    'A kill of this agent, or of all, is in force. Nothing that reserves starts until it is lifted.',
} as const satisfies Record<string, string>;

export type RefusalCode = keyof typeof REFUSALS;

export interface Refusal {
  readonly code: RefusalCode;
  /** What was tried, in which state, and what to do. Never a payload, never a secret. */
  readonly message: string;
}

export function refusal(code: RefusalCode, detail?: string): Refusal {
  return { code, message: detail === undefined ? REFUSALS[code] : `${detail} ${REFUSALS[code]}` };
}

export function isRefusalCode(value: unknown): value is RefusalCode {
  return typeof value === 'string' && Object.hasOwn(REFUSALS, value);
}
