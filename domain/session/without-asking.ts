/**
 * What would wait for a person, and need not: the same call was rejected in this session before, or a standing grant lets
 * it pass. Asked once, before a gate opens; never of what a person was asked about already.
 */
import type { ConsentDecision } from '../action/consent.ts';
import type { PreparedAction } from '../activities.ts';
import type { EventDraft } from '../audit/audit-event.ts';
import type { Evaluation, Policy } from '../policy/policy.ts';
import { rejectedBefore } from './session-load.ts';
import { type RejectedPayload, type SessionState, type Step, stepTo } from './session.ts';
import { useGrant } from './session-grants.ts';

export type WithoutAsking =
  | { readonly answer: 'rejected'; readonly step: Step; readonly before: RejectedPayload }
  | { readonly answer: 'granted'; readonly step: Step; readonly decision: ConsentDecision };

export function withoutAsking(
  state: SessionState,
  { action, actionId }: { readonly action: PreparedAction; readonly actionId: string },
  asked: { readonly policy: Policy; readonly evaluation: Evaluation; readonly now: number },
): WithoutAsking | undefined {
  const before = rejectedBefore(state, asked.policy, action.payloadDigest);
  if (before !== undefined) {
    const step = stepTo(state, [rejectedEvent(action, { actionId, before })]);
    return { answer: 'rejected', step, before };
  }
  const { actionType, payloadDigest } = action;
  const call = { actionId, actionType, payloadDigest, arguments: action.arguments };
  const used = useGrant(state, call, asked);
  return used === undefined ? undefined : { answer: 'granted', ...used };
}

function rejectedEvent(
  { actionType, payloadDigest }: PreparedAction,
  { actionId, before }: { readonly actionId: string; readonly before: RejectedPayload },
): EventDraft {
  const details = { code: 'REJECTED_BEFORE', rejectedAt: before.gateId };
  return { eventType: 'not_executed', actionId, actionType, payloadDigest, details };
}

/** The reviewer's words, said again: the agent is told who said no, and that nobody was asked anew. */
export function rejectedAgain({ reviewerId, rationale }: RejectedPayload): {
  readonly status: 'rejected';
  readonly reviewerId: string;
  readonly rationale: string;
} {
  const reason = rationale === undefined ? '' : ` ${rationale}`;
  return {
    status: 'rejected',
    reviewerId,
    rationale: `This very call was rejected in this session before, and nobody is asked again.${reason}`,
  };
}
