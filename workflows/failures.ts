/** The one mapping of refusals and endings to Temporal failures: `type` is the stable wire name. */
import { ApplicationFailure } from '@temporalio/common';
import type { OperatorCommand } from '../domain/session/operator-command.ts';
import type { Refusal } from '../domain/refusal.ts';

export function refusalFailure({ code, message }: Refusal): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, code);
}

/** How sessions end that do not end well. */
export const SESSION_FAILURES = {
  cancelled: 'AgentCancelled',
  approvalTimeout: 'ApprovalTimeoutError',
  modelFailed: 'ModelFailed',
  malformed: 'MALFORMED',
} as const;

export function agentCancelled(sessionId: string, by: OperatorCommand): ApplicationFailure {
  const { operatorId, reason } = by;
  return ApplicationFailure.nonRetryable(
    `Session ${sessionId} was cancelled by ${operatorId}: ${reason}`,
    SESSION_FAILURES.cancelled,
    { operatorId, reason },
  );
}

export function approvalTimeout(gateId: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `Approval request ${gateId} timed out, and its policy says fail`,
    SESSION_FAILURES.approvalTimeout,
    { gateId },
  );
}
