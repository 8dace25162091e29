/** How a command tells a script what happened. Every refusal has a code of its own, which never changes its meaning. */
import type { RefusalCode } from '../domain/refusal.ts';

export const EXIT = {
  done: 0,
  /** Something went wrong that has no code of its own. The message says what. */
  failed: 1,
  /** Wrong words on the command line, or in a file that it names. */
  usage: 2,
  /** Temporal does not answer: nobody knows whether a decision arrived. Send it again under its id. */
  unreachable: 3,
  /** Temporal has no such session. */
  notFound: 4,
  /** Sent, and not answered in time. Send it again under its id. */
  unknown: 5,
  /** The session has ended otherwise than completed. */
  notCompleted: 6,
  /** A kill stands, and not every session is quiet yet. */
  notQuiet: 7,
} as const;

/** What `--json` calls a failure that is no refusal, by its exit code. A kill that is not quiet is told by its report. */
export const FAILURE_CODES: Readonly<Record<number, string>> = {
  [EXIT.failed]: 'FAILED',
  [EXIT.usage]: 'USAGE',
  [EXIT.unreachable]: 'UNREACHABLE',
  [EXIT.notFound]: 'NOT_FOUND',
  [EXIT.unknown]: 'UNKNOWN',
  [EXIT.notCompleted]: 'NOT_COMPLETED',
};

export const EXIT_OF_REFUSAL: Readonly<Record<RefusalCode, number>> = {
  MALFORMED: 20,
  UNKNOWN_GATE: 21,
  ALREADY_DECIDED: 22,
  EXPIRED: 23,
  WITHDRAWN: 24,
  DIGEST_MISMATCH: 25,
  DUPLICATE: 26,
  NOT_AUTHORIZED: 27,
  SELF_APPROVAL: 28,
  SIGNATURE_INVALID: 29,
  MODIFICATION_NOT_ALLOWED: 30,
  DECISION_FROM_OTHER_RUN: 31,
  SESSION_CLOSED: 32,
  LIMIT_REACHED: 33,
  CONSENT_MISSING: 34,
  CONSENT_SPENT: 35,
  ACTION_PAUSED: 36,
  ACTION_FENCED: 37,
  LOCAL_ACTIVITY: 38,
  SIGNATURE_REQUIRED: 39,
  ALREADY_VOTED: 40,
  RATIONALE_REQUIRED: 41,
  GRANT_NOT_ALLOWED: 42,
  CLAIMED: 43,
  NOT_CLAIMED: 44,
  REJECTED_BEFORE: 45,
  UNKNOWN_GRANT: 46,
  KILLED: 47,
  CRON_SCHEDULE: 48,
};
