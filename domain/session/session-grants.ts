/**
 * Standing grants of a session: made by an approval, used by later calls, revoked by anyone who gives orders. What a
 * grant may be about is said in gate/grant.ts.
 *
 * H2 each use has a number of its own, which the ledger spends once · H9 a call that the policy makes stricter than what
 * was approved asks again.
 */
import type { EventDraft } from '../audit/audit-event.ts';
import type { ConsentDecision } from '../action/consent.ts';
import { firstTier, type Gate } from '../gate/gate.ts';
import { type GrantedCall, isWithin } from '../gate/grant.ts';
import { GRANTS_MAX } from '../limits.ts';
import { isStanding } from '../gate/reviewer.ts';
import { type Evaluation, gatedTier, type Policy } from '../policy/policy.ts';
import { strictnessOf } from '../policy/tier.ts';
import { refusal } from '../refusal.ts';
import { identifier, readFields, type Reading, someWords } from '../text/reading.ts';
import type { OperatorReply } from './reply.ts';
import { type Grant, remember, sessionEvent, type SessionState, type Step } from './session.ts';
import { askingOf } from './session-trust.ts';

/** An approval that ended a gate may carry a grant. */
export function withGrant(state: SessionState, gate: Gate): SessionState {
  const vote = gate.outcome?.votes?.at(-1);
  const terms = vote?.decision.grant;
  if (vote === undefined || terms === undefined || gate.status !== 'approved') return state;
  const { gateId, actionType, payloadDigest } = gate.request;
  const { decisionId: grantId } = vote.decision;
  // Not the one that it climbed to while nobody answered: the policy asked for this one.
  const tier = firstTier(gate);
  const grant = { grantId, terms, gateId, actionType, payloadDigest, tier, vote, used: 0 };
  const usable = (state.grants ?? []).filter((one) => isUsable(one, vote.at));
  return { ...state, grants: remember(usable, grant, GRANTS_MAX) };
}

function isUsable({ terms, used }: Grant, now: number): boolean {
  return used < terms.times && now < Date.parse(terms.until);
}

/** Grants that still let something pass. */
export function usableGrants({ grants = [] }: SessionState, now: number): readonly Grant[] {
  return grants.filter((grant) => isUsable(grant, now));
}

/** A call that would wait for a person meets a grant that lets it pass: the use, counted. Undefined: there is none. */
export function useGrant(
  state: SessionState,
  call: GrantedCall & { readonly actionId: string },
  asked: { readonly policy: Policy; readonly evaluation: Evaluation; readonly now: number },
): { readonly step: Step; readonly decision: ConsentDecision } | undefined {
  const { policy, evaluation, now } = asked;
  const strictness = strictnessOf(policy.tiers, evaluation.tier);
  const grant = usableGrants(state, now).find(
    (one) =>
      isWithin(one.terms, one.payloadDigest, call) &&
      strictness <= strictnessOf(policy.tiers, one.tier) &&
      isReadable(evaluation, one, call) &&
      mayStillGrant(state, one, asked),
  );
  if (grant === undefined) return undefined;
  const used = { ...grant, used: grant.used + 1 };
  const { grantId, gateId, vote } = grant;
  const { reviewerId, runId } = vote.decision;
  const decision: ConsentDecision = {
    decisionId: `${grantId}#${used.used}`,
    gateId,
    runId,
    reviewerId,
    decision: 'approved',
    votes: [vote],
    grantUse: used.used,
  };
  return {
    decision,
    step: {
      state: { ...state, grants: replaced(state.grants ?? [], used) },
      events: [useEvent(call, used, evaluation)],
      reply: undefined,
    },
  };
}

/** Who gave it may still decide, as far as is known here, with the proof that this call asks for, and alone. */
function mayStillGrant(
  state: SessionState,
  { tier, vote }: Grant,
  { policy, evaluation, now }: Parameters<typeof useGrant>[2],
): boolean {
  const place = { tier: evaluation.tier, earlierTiers: [tier] };
  const { people, parties } = askingOf(state, policy);
  const { keys = [] } = state.trust ?? {};
  const authority = { policy, people, parties, now };
  const isAlone = (gatedTier(policy, evaluation.tier).quorum ?? 1) === 1;
  return isAlone && isStanding(place, vote, { policy, people, keys, authority });
}

/** What nobody can read is let pass by a grant only as the very bytes that were approved with it. */
function isReadable({ uninspectable }: Evaluation, grant: Grant, call: GrantedCall): boolean {
  return uninspectable === undefined || grant.payloadDigest === call.payloadDigest;
}

function useEvent(
  {
    actionId,
    actionType,
    arguments: actionPayload,
    payloadDigest,
  }: GrantedCall & { readonly actionId: string },
  { grantId, gateId, used, terms, vote }: Grant,
  { tier, gateLevel, rule }: Evaluation,
): EventDraft {
  const { reviewerId } = vote.decision;
  const details = { rule, grantId, gateId, use: used, of: terms.times };
  return {
    eventType: 'grant_used',
    actionId,
    actionType,
    actionPayload,
    payloadDigest,
    reviewerId,
    tier,
    gateLevel,
    details,
  };
}

function replaced(grants: readonly Grant[], grant: Grant): readonly Grant[] {
  return grants.map((one) => (one.grantId === grant.grantId ? grant : one));
}

export interface GrantRevocation {
  readonly grantId: string;
  readonly operatorId: string;
  readonly reason: string;
}

const FIELDS = {
  grantId: { read: identifier },
  operatorId: { read: identifier },
  reason: { read: someWords },
} as const;

export function readGrantRevocation(raw: unknown): Reading<GrantRevocation> {
  return readFields(raw, FIELDS);
}

/** Nobody is asked who they are: it can only make things stricter. */
export function revokeGrant(
  state: SessionState,
  { grantId, operatorId, reason }: GrantRevocation,
): Step<OperatorReply> {
  const grants = state.grants ?? [];
  const grant = grants.find((one) => one.grantId === grantId);
  if (grant === undefined) {
    return { state, events: [], reply: { status: 'refused', ...refusal('UNKNOWN_GRANT') } };
  }
  const { gateId, actionType, used } = grant;
  const event = sessionEvent({
    eventType: 'grant_revoked',
    gateId,
    reviewerId: operatorId,
    rationale: reason,
    details: { grantId, tool: actionType, used },
  });
  return {
    state: { ...state, grants: grants.filter((one) => one !== grant) },
    events: [event],
    reply: { status: 'done', phase: state.phase },
  };
}
