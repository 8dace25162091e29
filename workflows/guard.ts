/**
 * A guard: the activities of a team's own workflow, each call cleared first. Their arguments become a payload: one
 * plain object stands as it is, anything else by position (`arg0`, `arg1`, …), so that a reviewer can change one.
 */
import { ApplicationFailure } from '@temporalio/common';
import type { ActionOutcome } from '../domain/action-outcome.ts';
import { outcomeText } from '../domain/action-outcome.ts';
import type { PreparedAction } from '../domain/activities.ts';
import { buildHumanDescription } from '../domain/description.ts';
import { payloadDigest } from '../domain/digest.ts';
import { argumentsOf, argumentListOf } from '../domain/call-arguments.ts';
import type { Prepare } from './gatekeeper.ts';
import { MINUTE_MS } from '../domain/limits.ts';
import type { JsonObject } from '../domain/json.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- The parameter types of unknown activities can't be named.
export type GuardedActivities = Record<string, (...args: any[]) => Promise<unknown>>;

/** Failure types of a guarded call that did not execute. */
export const GUARD_FAILURES = {
  rejected: 'ActionRejected',
  expired: 'ActionExpired',
  withdrawn: 'ActionWithdrawn',
  failed: 'ActionFailed',
  not_executed: 'ActionNotExecuted',
  unknown: 'EffectUnknown',
} as const satisfies Record<Exclude<ActionOutcome['status'], 'executed'>, string>;

export function guardFailure(
  outcome: Exclude<ActionOutcome, { status: 'executed' }>,
): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    outcomeText(outcome),
    GUARD_FAILURES[outcome.status],
    outcome,
  );
}

/** A call as the gatekeeper sees it. The activity declares nothing, so the policy alone classifies it. */
export function guardedAction(actionType: string, args: JsonObject): PreparedAction {
  return {
    actionType,
    toolVersion: '1',
    arguments: args,
    payloadDigest: payloadDigest({ actionType, toolVersion: '1', arguments: args }),
    description: buildHumanDescription(actionType, args),
    reversibility: 'reversible',
    readOnly: true,
    quick: false,
    timeoutMs: MINUTE_MS,
  };
}

/** There is no schema to ask: the merged arguments stand as they are. */
export const prepareGuarded: Prepare = ({ actionType, arguments: args }) =>
  Promise.resolve({ ok: true, action: guardedAction(actionType, args) });

export { argumentListOf, argumentsOf };
