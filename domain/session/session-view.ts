/** What queries answer: a session as it stands, for people and programs. */
import { type Gate, reviewersOf } from '../gate/gate.ts';
import type { PendingApproval, SessionStatus } from '../messages.ts';
import type { Policy } from '../policy/policy.ts';
import { openGates, policyVersionOf, type SessionState } from './session.ts';
import { placeOf } from './lineage.ts';

export function pendingApprovals(state: SessionState, runId: string): readonly PendingApproval[] {
  const { policy } = state;
  if (policy === undefined) return [];
  const place = placeOf(state.lineage);
  return openGates(state).map((gate) => ({ ...pendingApproval(policy, gate, runId), ...place }));
}

function pendingApproval(policy: Policy, gate: Gate, runId: string): PendingApproval {
  const { request, tier, respondBy, noResponse } = gate;
  const reviewers = reviewersOf(policy, gate);
  return { ...request, runId, tier, respondBy, noResponse, reviewers, decisionsNeeded: 1 };
}

export function sessionStatus(
  state: SessionState,
  run: { readonly lastSeq: number; readonly progress: Readonly<Record<string, number>> },
): SessionStatus {
  const { sessionId, agentId, phase, pause, cancel, inFlight, workedMs, lineage } = state;
  const policyVersion = policyVersionOf(state);
  return {
    sessionId,
    agentId,
    ...placeOf(lineage),
    phase,
    ...(pause === undefined ? {} : { pausedBy: pause.operatorId, pausedReason: pause.reason }),
    ...(cancel === undefined
      ? {}
      : { cancelledBy: cancel.operatorId, cancelledReason: cancel.reason }),
    openGates: openGates(state).length,
    inFlight,
    workedMs,
    ...(policyVersion === undefined ? {} : { policyVersion }),
    ...run,
  };
}
