/** A gate as it is shown: from its session while it waits, from the trail when it has ended. Pure. */
import { changedBefore, type TrailGate } from '../../domain/audit/trail-gates.ts';
import { silenceText } from '../../domain/gate/silence.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import type { NoResponse } from '../../domain/policy/tier.ts';
import { payloadText, digestOfText } from '../../domain/text/digest.ts';
import { fingerprintOf } from '../../domain/text/fingerprint.ts';
import { isJsonObject, type JsonObject } from '../../domain/text/json.ts';
import type {
  GateFacts,
  GateOutcomeShown,
  GateView,
  PreviousPayload,
  RelatedGate,
  ShownGate,
} from '../api/gates.ts';

export function openGateView(gate: PendingApproval): ShownGate {
  const { payload, payloadDigest, agentReason } = gate;
  return {
    status: 'pending',
    facts: factsOf(gate),
    open: openOf(gate),
    payload,
    payloadDigest,
    fingerprint: fingerprintOf(payloadDigest),
    ...(agentReason === undefined ? {} : { agentSays: agentReason }),
  };
}

function factsOf(gate: PendingApproval): GateFacts {
  const { gateId, actionId, sessionId, agentId, kind, actionType, toolVersion, description } = gate;
  const { reversibility, estimatedImpact, gateLevel, tier, rule, policyVersion, presentedAt } =
    gate;
  const { requesterId, rootSessionId, parentSessionId, value, confidence, confidenceNote } = gate;
  return withoutUndefined<GateFacts>({
    gateId,
    actionId,
    sessionId,
    agentId,
    requesterId,
    rootSessionId,
    parentSessionId,
    kind,
    actionType,
    toolVersion,
    description,
    reversibility,
    estimatedImpact,
    gateLevel,
    value,
    confidence,
    confidenceNote,
    tier,
    rule,
    policyVersion,
    note: gate.note,
    presentedAt,
  });
}

function openOf(gate: PendingApproval): NonNullable<ShownGate['open']> {
  const { runId, respondBy, noResponse, reviewers, groups, decisionsNeeded, votes, proof } = gate;
  const { rationaleRequired, claim, barred, grantBounds, allowedModifications } = gate;
  return withoutUndefined<NonNullable<ShownGate['open']>>({
    runId,
    respondBy,
    noResponse,
    ifNobodyAnswers: silenceText(gate.kind, noResponse),
    reviewers,
    groups,
    decisionsNeeded,
    votes,
    proof,
    rationaleRequired,
    claim,
    barred,
    grant: grantBounds,
    allowedModifications,
  });
}

/** `payload`: the arguments, where the event is too small for them and they were found elsewhere. */
export function endedGateView(
  gate: TrailGate,
  {
    payload = gate.presented.actionPayload,
    requesterId,
  }: {
    readonly payload?: JsonObject | undefined;
    readonly requesterId?: string | undefined;
  },
): ShownGate {
  const { presented, status, end } = gate;
  const { payloadDigest = '', details = {} } = presented;
  const agentSays = textIn(details, 'agentReason');
  const outcome = end === undefined ? undefined : outcomeOf(gate, end);
  return withoutUndefined<ShownGate>({
    status,
    facts: factsOfTrail(gate, requesterId),
    outcome,
    payload,
    payloadDigest,
    fingerprint: fingerprintOf(payloadDigest),
    agentSays,
  });
}

/** As the event of its presentation has them: made by the same rules, and hashed. */
function factsOfTrail({ presented, tier }: TrailGate, requesterId: string | undefined): GateFacts {
  const { gateId = '', actionId = '', sessionId, agentId, actionType, details = {} } = presented;
  const { gateLevel = 'mandatory_review', confidence, policyVersion = '', at } = presented;
  const { value } = details;
  return withoutUndefined<GateFacts>({
    gateId,
    actionId,
    sessionId,
    agentId,
    requesterId,
    kind: (textIn(details, 'kind') ?? 'action') as GateFacts['kind'],
    actionType,
    toolVersion: textIn(details, 'toolVersion') ?? '',
    description: textIn(details, 'description') ?? actionType,
    reversibility: (textIn(details, 'reversibility') ??
      'irreversible') as GateFacts['reversibility'],
    estimatedImpact: (textIn(details, 'estimatedImpact') ?? 'high') as GateFacts['estimatedImpact'],
    gateLevel,
    value: typeof value === 'number' || value === null ? value : undefined,
    confidence,
    confidenceNote: textIn(details, 'confidenceNote'),
    tier,
    rule: textIn(details, 'rule') ?? '',
    policyVersion,
    note: textIn(details, 'note'),
    presentedAt: at,
  });
}

function outcomeOf(
  { status, tier }: TrailGate,
  { at, reviewerId, rationale, details = {} }: NonNullable<TrailGate['end']>,
): GateOutcomeShown | undefined {
  if (status === 'pending') return undefined;
  const { modifications } = details;
  return withoutUndefined<GateOutcomeShown>({
    status,
    at,
    tier,
    reviewerId,
    rationale,
    modifications: isJsonObject(modifications) ? modifications : undefined,
    noResponse: textIn(details, 'noResponse') as NoResponse | undefined,
  });
}

export function relatedGate(gate: TrailGate): RelatedGate {
  const { gateId, presented, status, tier, end } = gate;
  const { actionId, actionType, details = {}, at } = presented;
  return withoutUndefined<RelatedGate>({
    gateId,
    actionId,
    kind: textIn(details, 'kind') as RelatedGate['kind'],
    actionType,
    description: textIn(details, 'description') ?? actionType,
    tier,
    status,
    presentedAt: at,
    endedAt: end?.at,
    reviewerId: end?.reviewerId,
    rationale: end?.rationale,
  });
}

/** What a reviewer changed, so that this gate asks again. `payload` as in {@link endedGateView}. */
export function previousPayload(
  gates: readonly TrailGate[],
  gateId: string,
): (Omit<PreviousPayload, 'payload'> & { readonly payload?: JsonObject }) | undefined {
  const before = changedBefore(gates, gateId);
  if (before?.end === undefined) return undefined;
  const { payloadDigest = '', actionPayload } = before.presented;
  const { reviewerId, rationale, at } = before.end;
  return withoutUndefined<PreviousPayload & { readonly payload?: JsonObject }>({
    gateId: before.gateId,
    payload: actionPayload,
    payloadDigest,
    fingerprint: fingerprintOf(payloadDigest),
    changedBy: reviewerId,
    rationale,
    at,
  });
}

/** The exact text that is hashed, and whether it has the digest: made anew from what is shown. */
export function canonicalOf({
  facts,
  payload,
  payloadDigest,
}: Pick<ShownGate, 'facts' | 'payload' | 'payloadDigest'>): Pick<
  GateView,
  'canonical' | 'isIntact'
> {
  if (!isJsonObject(payload)) return {};
  const { actionType, toolVersion } = facts;
  const canonical = payloadText({ actionType, toolVersion, arguments: payload });
  return { canonical, isIntact: digestOfText(canonical) === payloadDigest };
}

function textIn(details: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(details, name) ? details[name] : undefined;
  return typeof value === 'string' ? value : undefined;
}

type Undefinable<T> = { readonly [Name in keyof T]: T[Name] | undefined };

/** What is not known is not there. */
function withoutUndefined<T>(value: Undefinable<T>): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one !== undefined),
  ) as unknown as T;
}
