/** What queries answer: a session as it stands, for people and programs. */
import {
  type Gate,
  groupsOf,
  isRationaleRequired,
  proofOf,
  quorumOf,
  reviewersOf,
} from '../gate/gate.ts';
import type { PendingApproval, SessionStatus } from '../messages.ts';
import { type Policy, toolPolicy } from '../policy/policy.ts';
import { openGates, policyVersionOf, type SessionState } from './session.ts';
import { usableGrants } from './session-grants.ts';
import { placeOf } from './lineage.ts';

export function pendingApprovals(state: SessionState, runId: string): readonly PendingApproval[] {
  const { policy } = state;
  if (policy === undefined) return [];
  const { lineage, requesterId } = state;
  const whose = { ...(requesterId === undefined ? {} : { requesterId }), ...placeOf(lineage) };
  return openGates(state).map((gate) => ({ ...pendingApproval(policy, gate, runId), ...whose }));
}

function pendingApproval(policy: Policy, gate: Gate, runId: string): PendingApproval {
  const { request, tier, respondBy, noResponse, votes = [], claim, barred } = gate;
  return {
    ...request,
    runId,
    tier,
    respondBy,
    noResponse,
    reviewers: reviewersOf(policy, gate),
    groups: groupsOf(policy, gate),
    decisionsNeeded: quorumOf(policy, gate),
    votes: votes.map(({ decision, at, proof }) => ({ reviewerId: decision.reviewerId, at, proof })),
    proof: proofOf(policy, gate),
    rationaleRequired: isRationaleRequired(policy, gate),
    ...grantsOf(policy, gate),
    ...modifiable(policy, gate),
    ...(claim === undefined ? {} : { claim: { reviewerId: claim.reviewerId, until: claim.until } }),
    ...(barred === undefined ? {} : { barred }),
  };
}

function isGrantable(policy: Policy, gate: Gate): boolean {
  const { kind, actionType, reversibility } = gate.request;
  const isByName = toolPolicy(policy, actionType)?.grantable === true;
  const isUndoable = reversibility !== 'irreversible' || isByName;
  const takesOne = quorumOf(policy, gate) === 1;
  return kind === 'action' && isUndoable && takesOne;
}

function grantsOf(policy: Policy, gate: Gate): Pick<PendingApproval, 'grantable' | 'grantBounds'> {
  const { grants } = policy;
  if (grants === undefined || !isGrantable(policy, gate)) return { grantable: false };
  return { grantable: true, grantBounds: grants };
}

function modifiable(
  policy: Policy,
  { request: { kind, actionType } }: Gate,
): Pick<PendingApproval, 'allowedModifications'> {
  const allowedModifications =
    kind === 'action' ? toolPolicy(policy, actionType)?.allowedModifications : undefined;
  return allowedModifications === undefined ? {} : { allowedModifications };
}

function shownGrants(state: SessionState, now: number): Pick<SessionStatus, 'grants'> {
  const grants = usableGrants(state, now);
  if (grants.length === 0) return {};
  return {
    grants: grants.map(({ grantId, actionType, terms, vote, used }) => {
      const { reviewerId } = vote.decision;
      return { grantId, actionType, terms, reviewerId, used };
    }),
  };
}

export function sessionStatus(
  state: SessionState,
  {
    now,
    ...run
  }: {
    readonly now: number;
    readonly lastSeq: number;
    readonly progress: Readonly<Record<string, number>>;
  },
): SessionStatus {
  const { sessionId, agentId, requesterId, phase, pause, inFlight, workedMs, lineage } = state;
  const policyVersion = policyVersionOf(state);
  return {
    sessionId,
    agentId,
    ...(requesterId === undefined ? {} : { requesterId }),
    ...placeOf(lineage),
    phase,
    ...(pause === undefined ? {} : { pausedBy: pause.operatorId, pausedReason: pause.reason }),
    openGates: openGates(state).length,
    inFlight,
    workedMs,
    ...(policyVersion === undefined ? {} : { policyVersion }),
    ...shownGrants(state, now),
    ...run,
  };
}
