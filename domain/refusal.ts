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
  SIGNATURE_REQUIRED:
    'This tier takes only signed decisions. Sign it with your key (holdpoint sign), or decide where you have logged in.',
  SIGNATURE_INVALID:
    'The signature does not prove this decision. Sign what is shown now, with a key that is trusted here.',
  ALREADY_VOTED: 'This gate takes several people, and this person has approved it already.',
  RATIONALE_REQUIRED: 'A decision in this tier says why. Send it again with a rationale.',
  GRANT_NOT_ALLOWED:
    'The approval carries a standing grant that the policy does not allow. Approve it without, or within the bounds.',
  CLAIMED: 'Another reviewer has claimed this gate. You may decide it all the same.',
  NOT_CLAIMED: 'You have not claimed this gate, so there is nothing to release.',
  REJECTED_BEFORE:
    'The same call was rejected in this session before. It is refused without asking again.',
  UNKNOWN_GRANT: 'This session has no standing grant with this id, or it is used up or over.',
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
  CRON_SCHEDULE:
    'A child workflow that has to be let go may have no cron schedule, which runs it again and again under one approval. Start it without one, or give it a Schedule of its own.',
  KILLED:
    'A kill of this agent, or of all, is in force. Nothing that reserves starts until it is lifted.',
} as const satisfies Record<string, string>;

export type RefusalCode = keyof typeof REFUSALS;

/** Every code, in the order of the list. */
export const REFUSAL_CODES = Object.keys(REFUSALS) as [RefusalCode, ...RefusalCode[]];

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
