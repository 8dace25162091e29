/** What queries answer: a session as it stands, for people and programs. */
import { factsOf } from '../gate/facts.ts';
import { type Gate, quorumOf } from '../gate/gate.ts';
import type { PendingApproval, SessionStatus } from '../messages.ts';
import { type Policy, toolPolicy } from '../policy/policy.ts';
import { openGates, policyVersionOf, type SessionState } from './session.ts';
import { usableGrants } from './session-grants.ts';
import { placeOf } from './lineage.ts';
import { ANSWER_BYTES_MAX } from '../limits.ts';
import { utf8Length } from '../text/digest.ts';
import { fingerprintOf } from '../text/fingerprint.ts';

/**
 * Open gates with their payloads, whole: as many as one answer holds, one at least. `after`: those that opened after the
 * gate of this id; any other value, or none: from the first on.
 */
export function pendingApprovals(
  state: SessionState,
  runId: string,
  after?: unknown,
): readonly PendingApproval[] {
  const { policy } = state;
  if (policy === undefined) return [];
  const { lineage, requesterId } = state;
  const whose = { ...(requesterId === undefined ? {} : { requesterId }), ...placeOf(lineage) };
  const open = openGates(state);
  const from = open.findIndex(({ request }) => request.gateId === after) + 1;
  const shown: PendingApproval[] = [];
  let bytes = 0;
  for (const gate of open.slice(from)) {
    const approval = { ...pendingApproval(policy, gate, runId), ...whose };
    bytes += utf8Length(JSON.stringify(approval));
    const last = shown.at(-1);
    if (bytes > ANSWER_BYTES_MAX && last !== undefined) {
      const gatesMore = open.length - from - shown.length;
      return [...shown.slice(0, -1), { ...last, gatesMore }];
    }
    shown.push(approval);
  }
  return shown;
}

function pendingApproval(policy: Policy, gate: Gate, runId: string): PendingApproval {
  const { request, tier, respondBy, noResponse } = gate;
  return {
    ...request,
    runId,
    tier,
    respondBy,
    noResponse,
    ...factsOf(policy, gate),
    ...grantsOf(policy, gate),
    ...modifiable(policy, gate),
    fingerprint: fingerprintOf(request.payloadDigest),
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
  const { sessionId, agentId, requesterId, phase, pause, cancel } = state;
  const { inFlight, workedMs, lineage } = state;
  const policyVersion = policyVersionOf(state);
  return {
    sessionId,
    agentId,
    ...(requesterId === undefined ? {} : { requesterId }),
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
    ...shownGrants(state, now),
    ...run,
  };
}
