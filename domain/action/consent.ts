/**
 * A consent: what travels with an action from the workflow, where a gate cleared it, to the activity that executes
 * it, where it is checked a second time. It names exactly one action over exactly one payload.
 */
import type { AuditEvent } from '../audit/audit-event.ts';
import type { DecisionKind } from '../gate/decision.ts';
import type { Gate, GateOutcome, Vote } from '../gate/gate.ts';
import type { JsonObject } from '../text/json.ts';

/** The header of an activity that carries a consent. */
export const CONSENT_HEADER = 'holdpoint-consent';

export interface ConsentDecision {
  readonly decisionId: string;
  readonly gateId: string;
  /** The run in which the request was shown. The executing activity compares it with its own run and the ancestors. */
  readonly runId: string;
  readonly reviewerId: string;
  readonly decision: DecisionKind;
  /** Everyone whose yes let it pass, with what they signed: judged again by who executes. */
  readonly votes?: readonly Vote[];
  /** For `modified`: the arguments that the gate showed, which a signature is over. */
  readonly shown?: JsonObject;
  /** Which use of a standing grant this is; `votes` holds who gave it. */
  readonly grantUse?: number;
}

export interface Consent {
  readonly version: 1;
  readonly sessionId: string;
  readonly agentId: string;
  readonly firstExecutionRunId: string;
  /** Runs that this one continued from, oldest first. */
  readonly ancestorRuns: readonly string[];
  readonly actionId: string;
  readonly actionType: string;
  readonly toolVersion: string;
  readonly payloadDigest: string;
  readonly policyVersion: string;
  readonly tier: string;
  /** True: it may run at most once, through the ledger. The worker may tighten this, never loosen it. */
  readonly oneShot: boolean;
  /** Left out: the policy let the action proceed without a person. */
  readonly decision?: ConsentDecision;
  /** Who stands behind the session. */
  readonly requesterId?: string;
  readonly agentsAbove?: readonly string[];
  /** Audit events that the evidence store may not have yet: stored in the transaction that reserves the action. */
  readonly evidence: readonly AuditEvent[];
  /** Payloads too large for their events, as canonical JSON. */
  readonly contents?: readonly string[];
}

/** What a gate that a person let pass says to who executes. Undefined: nobody decided it. */
export function consentDecision(
  { request }: Pick<Gate, 'request'>,
  { decisionId, reviewerId, runId, status, votes }: GateOutcome,
): ConsentDecision | undefined {
  if (decisionId === undefined || reviewerId === undefined || runId === undefined) return undefined;
  const isModified = status === 'modified';
  return {
    decisionId,
    gateId: request.gateId,
    runId,
    reviewerId,
    decision: isModified ? 'modified' : 'approved',
    ...(votes === undefined ? {} : { votes }),
    ...(isModified && votes !== undefined ? { shown: request.payload } : {}),
  };
}

/**
 * The idempotency key of an action: stable across retries, workers, continue-as-new and Reset; never random, never
 * made of a run id (a Reset has another one).
 */
export function idempotencyKey(
  consent: Pick<Consent, 'sessionId' | 'firstExecutionRunId' | 'actionId'>,
): string {
  return `${consent.sessionId}/${consent.firstExecutionRunId}/${consent.actionId}`;
}
