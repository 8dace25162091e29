/**
 * What follows when the activity of an action comes back: an outcome, or another look by a person, or a wait. The
 * workflow turns Temporal's failure into the plain facts below and does what is answered here.
 */
import type { ActionOutcome } from './action-outcome.ts';
import type { Reconciliation } from '../activities.ts';
import type { EventDraft } from '../audit/audit-event.ts';
import { isRefusalCode } from '../refusal.ts';
import type { Json } from '../text/json.ts';

/** Failure types of executing activities, beside the refusal codes. */
export const EXECUTION_FAILURES = {
  /** The tool knows that nothing happened. */
  notExecuted: 'NOT_EXECUTED',
  /** The arguments no longer fit the tool's schema: nothing was called. */
  invalidArguments: 'INVALID_ARGUMENTS',
  /** The tool broke off, and may have done it. */
  effectUnknown: 'EFFECT_UNKNOWN',
  /** The evidence store did not serve before the tool was called: nothing was. */
  evidenceUnavailable: 'EVIDENCE_UNAVAILABLE',
  /** Who may decide could not be found out before the tool was called: nothing was. */
  trustUnavailable: 'TRUST_UNAVAILABLE',
} as const;

/**
 * Types that say what Holdpoint did about an action before anything was called. A team's own activity that fails with
 * one of them says something else, and is not believed (H6): it could have itself called again.
 */
export function isOwnFailure(type: string | null | undefined): boolean {
  return (
    isRefusalCode(type) ||
    type === EXECUTION_FAILURES.evidenceUnavailable ||
    type === EXECUTION_FAILURES.trustUnavailable
  );
}

export interface ActivityFailureFacts {
  /** The type of the application failure; undefined for a timeout or a lost worker. */
  readonly type?: string;
  readonly message: string;
  /** What the activity adds for the person that is asked again. */
  readonly note?: string;
}

export type AfterExecution =
  | { readonly next: 'done'; readonly outcome: ActionOutcome }
  /** The session was paused before it started: schedule again after the resume. */
  | { readonly next: 'again' }
  /** No durable entry, no effect: once the evidence store serves, schedule again. */
  | { readonly next: 'store' }
  /** A person has to look again: the decision, or the key, was of another run. `fresh` needs a new key. */
  | { readonly next: 'ask'; readonly code: string; readonly note: string; readonly fresh: boolean }
  /** Nobody knows yet: the ledger, the tool's look-up, then a person. */
  | { readonly next: 'reconcile' };

export function afterSuccess(result: Json): AfterExecution {
  return { next: 'done', outcome: { status: 'executed', result } };
}

export interface Attempted {
  readonly isOneShot: boolean;
  /** A gate has held it, however that ended. */
  readonly wasAsked?: boolean;
}

export function afterFailure(
  failure: ActivityFailureFacts,
  { isOneShot, wasAsked = false }: Attempted,
): AfterExecution {
  const { type, message, note = '' } = failure;
  switch (type) {
    case 'ACTION_PAUSED':
      return { next: 'again' };
    case EXECUTION_FAILURES.evidenceUnavailable:
      return { next: 'store' };
    // Nobody decided, and this worker's policy wants that. Asked once: a gate that silence opens has nobody's word either.
    case 'CONSENT_MISSING':
      return wasAsked
        ? { next: 'done', outcome: { status: 'not_executed', message } }
        : somebodyElse(type, failure);
    // Who decided may not, or can no longer: somebody else has to look.
    case 'NOT_AUTHORIZED':
    case 'SELF_APPROVAL':
    case 'SIGNATURE_REQUIRED':
    case 'SIGNATURE_INVALID':
    case 'GRANT_NOT_ALLOWED':
    case EXECUTION_FAILURES.trustUnavailable:
      return somebodyElse(type, failure);
    case 'DECISION_FROM_OTHER_RUN':
      return { next: 'ask', code: type, note, fresh: false };
    case 'CONSENT_SPENT':
      return { next: 'ask', code: type, note, fresh: true };
    case 'DIGEST_MISMATCH':
    case 'ACTION_FENCED':
    case 'SESSION_CLOSED':
      return { next: 'done', outcome: { status: 'not_executed', message } };
    case 'KILLED':
      return { next: 'done', outcome: { status: 'not_executed', message, code: type } };
    case EXECUTION_FAILURES.notExecuted:
    case EXECUTION_FAILURES.invalidArguments:
      return { next: 'done', outcome: { status: 'failed', message } };
    default:
      return isOneShot
        ? { next: 'reconcile' }
        : { next: 'done', outcome: { status: 'failed', message } };
  }
}

/** The person who is asked hears why. */
function somebodyElse(code: string, { message, note = '' }: ActivityFailureFacts): AfterExecution {
  return { next: 'ask', code, note: note === '' ? message : note, fresh: false };
}

/** Undefined: it is still unknown, and a person is asked. */
export function afterReconciliation(found: Reconciliation): ActionOutcome | undefined {
  switch (found.status) {
    case 'done':
      return { status: 'executed', result: found.result };
    case 'failed':
      return { status: 'failed', message: found.message };
    case 'not_executed':
      return { status: 'not_executed', message: 'it had not started when its worker was lost' };
    case 'unknown':
      return undefined;
  }
}

/** The machine event that an outcome of an execution leaves in the trail. */
export function outcomeEvent(
  outcome: ActionOutcome,
): Pick<EventDraft, 'eventType' | 'details'> | undefined {
  switch (outcome.status) {
    case 'executed':
      return { eventType: 'executed' };
    case 'failed':
      return { eventType: 'failed' };
    case 'not_executed':
      return outcome.code === undefined
        ? { eventType: 'not_executed' }
        : { eventType: 'not_executed', details: { code: outcome.code } };
    case 'unknown':
      return { eventType: 'effect_unknown' };
    case 'rejected':
    case 'expired':
    case 'withdrawn':
      return undefined;
  }
}
