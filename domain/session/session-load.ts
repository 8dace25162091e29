/**
 * What people can bear, by policy: a session that opens gates faster than anybody reads, or whose proposals are rejected
 * one after the other, is paused for a person. And what was rejected is not asked about again.
 *
 * H7 the pause is one like any other: an operator lets the session go on, or ends it.
 */
import type { Gate } from '../gate/gate.ts';
import { HOUR_MS, REJECTED_PAYLOADS_MAX, REJECTED_WORDS_CHARACTERS_MAX } from '../limits.ts';
import type { Policy } from '../policy/policy.ts';
import { cutText } from '../text/visible-text.ts';
import {
  openGates,
  type RejectedPayload,
  remember,
  sessionEvent,
  type SessionState,
  type Step,
  stepTo,
} from './session.ts';

/** Who pauses a session that nobody paused. */
export const BY_POLICY = 'policy';

/** The same call was rejected before, in this session; undefined: it was not, or the policy asks about it anew. */
export function rejectedBefore(
  { rejected = [] }: SessionState,
  { afterRejection }: Policy,
  payloadDigest: string,
): RejectedPayload | undefined {
  if (afterRejection?.samePayload !== 'refuse') return undefined;
  return rejected.find((one) => one.payloadDigest === payloadDigest);
}

/** A gate was decided: rejections are remembered, and counted until something is let pass. */
export function countRejection(
  state: SessionState,
  { policy, gate, now }: { readonly policy: Policy; readonly gate: Gate; readonly now: number },
): Step {
  const { request, outcome } = gate;
  if (request.kind !== 'action' || outcome?.reviewerId === undefined) return stepTo(state);
  if (outcome.status !== 'rejected') {
    const { rejectionsInRow: _over, ...rest } = state;
    return stepTo(state.rejectionsInRow === undefined ? state : rest);
  }
  if (policy.afterRejection === undefined) return stepTo(state);
  const { payloadDigest, gateId } = request;
  const { reviewerId, rationale } = outcome;
  const why =
    rationale === undefined ? {} : { rationale: cutText(rationale, REJECTED_WORDS_CHARACTERS_MAX) };
  const one = { payloadDigest, gateId, reviewerId, ...why };
  const inRow = (state.rejectionsInRow ?? 0) + 1;
  const counted: SessionState = {
    ...state,
    rejected: remember(state.rejected ?? [], one, REJECTED_PAYLOADS_MAX),
    rejectionsInRow: inRow,
  };
  const { pauseAfter } = policy.afterRejection;
  if (pauseAfter === undefined || inRow < pauseAfter) return stepTo(counted);
  const reason = `${inRow} proposals in a row were rejected: a person has to look at what this agent wants.`;
  return pauseByPolicy({ ...counted, rejectionsInRow: 0 }, reason, now);
}

/** A gate has opened. */
export function countGate(state: SessionState, policy: Policy, now: number): Step {
  const max = policy.overload?.gatesPerHour;
  if (max === undefined) return stepTo(state);
  const recent = [...(state.presentedAt ?? []), now].filter((at) => now - at < HOUR_MS);
  if (recent.length <= max) return stepTo({ ...state, presentedAt: recent });
  const waiting = openGates(state).length;
  const reason = `More than ${max} gates within an hour, ${waiting} of them open: nobody can read that.`;
  return pauseByPolicy({ ...state, presentedAt: [] }, reason, now);
}

function pauseByPolicy(state: SessionState, reason: string, now: number): Step {
  if (state.phase !== 'running') return stepTo(state);
  const pause = { operatorId: BY_POLICY, reason, at: now };
  const inFlight = state.inFlight.map((work) => work.workId);
  const event = sessionEvent({
    eventType: 'paused',
    reviewerId: BY_POLICY,
    rationale: reason,
    details: { by: BY_POLICY, inFlight },
  });
  return stepTo({ ...state, phase: 'paused', pause }, [event]);
}
