/**
 * The judgement of a decision that meets a pending gate: may this person decide this, in this way, over these bytes?
 *
 * H1 only over the digest that the gate shows · H2 the answer is for this gate alone · H6 the agent never decides.
 */
import { type Decision, REVIEWER_PLACEHOLDER } from './decision.ts';
import { type Gate, type GateStep, endGate, gateEvent, reviewersOf } from './gate.ts';
import type { Json } from '../text/json.ts';
import { LATE_CODES } from './late-reply.ts';
import { type Policy, toolPolicy } from '../policy/policy.ts';
import { refusal, type Refusal } from '../refusal.ts';

export interface DecisionContext {
  readonly policy: Policy;
  /** Who started the session; may not decide unless the policy says so. */
  readonly requesterId?: string;
  /** The agents of the sessions above: what theirs asks for, they do not let pass. */
  readonly agentsAbove?: readonly string[];
  readonly now: number;
}

/** A decision meets a pending gate: it ends the gate, or is refused and changes nothing. */
export function decideGate(
  gate: Gate,
  decision: Decision,
  context: DecisionContext,
): GateStep | Refusal {
  const no = whyNot(gate, decision, context);
  if (no !== undefined) return no;
  const { decisionId, reviewerId, runId, rationale, modifications } = decision;
  const decided = endGate(gate, {
    status: decision.decision,
    at: context.now,
    tier: gate.tier,
    decisionId,
    reviewerId,
    runId,
    ...(rationale === undefined ? {} : { rationale }),
    ...(modifications === undefined ? {} : { modifications }),
  });
  const event = gateEvent(decided, {
    eventType: decision.decision,
    decision: decision.decision,
    reviewerId,
    ...(rationale === undefined ? {} : { rationale }),
    details: {
      decisionId,
      ...(modifications === undefined ? {} : { modifications }),
      ...(decision.decidedAt === undefined ? {} : { decidedAt: decision.decidedAt }),
    },
  });
  return { gate: decided, events: [event] };
}

function whyNot(gate: Gate, decision: Decision, context: DecisionContext): Refusal | undefined {
  const { gateId, payloadDigest } = gate.request;
  if (gate.status !== 'pending') return refusal(LATE_CODES[gate.status]);
  if (decision.payloadDigest !== payloadDigest) {
    return refusal('DIGEST_MISMATCH', `Gate ${gateId} holds ${payloadDigest.slice(0, 12)}….`);
  }
  return whyNotReviewer(gate, decision, context) ?? whyNotContent(gate, decision, context.policy);
}

function whyNotReviewer(
  gate: Gate,
  decision: Decision,
  { policy, requesterId, agentsAbove = [] }: DecisionContext,
): Refusal | undefined {
  const { reviewerId } = decision;
  if (reviewerId === REVIEWER_PLACEHOLDER) {
    return refusal('NOT_AUTHORIZED', 'reviewerId is still the placeholder: put your own id there.');
  }
  // No key is configured anywhere yet, so a signature proves nothing: refused rather than taken on trust.
  if (decision.signature !== undefined) return refusal('SIGNATURE_INVALID');
  const requesterDecides =
    requesterId !== undefined &&
    isSamePerson(reviewerId, requesterId) &&
    !policy.separationOfDuties.requesterMayDecide;
  const agents = [gate.request.agentId, ...agentsAbove];
  if (requesterDecides || agents.some((agentId) => isSamePerson(reviewerId, agentId))) {
    return refusal('SELF_APPROVAL', `${reviewerId} asked for or does this work.`);
  }
  const reviewers = reviewersOf(policy, gate);
  return reviewers === 'anyone' || reviewers.includes(reviewerId)
    ? undefined
    : refusal('NOT_AUTHORIZED', `${reviewerId} is no reviewer of tier ${gate.tier}.`);
}

function isSamePerson(a: string, b: string): boolean {
  // Upper case first: ß and SS, and both forms of sigma, are one.
  const fold = (id: string): string =>
    id.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return fold(a) === fold(b);
}

/** What a decision may carry, by kind of gate (DESIGN §4, "Kinds and decisions"). */
function whyNotContent(gate: Gate, decision: Decision, policy: Policy): Refusal | undefined {
  const { kind } = gate.request;
  const names = Object.keys(decision.modifications ?? {});
  const malformed = (detail: string): Refusal => refusal('MALFORMED', detail);
  const only = (name: string): boolean => names.length === 1 && names[0] === name;
  if (decision.decision === 'rejected') {
    return names.length > 0 ? malformed('A rejection carries no modifications.') : undefined;
  }
  if (kind === 'question') {
    const isAnswered = only('answer') && isText(decision.modifications?.['answer']);
    if (decision.decision === 'approved' && isAnswered) return undefined;
    return malformed('A question is approved with modifications { "answer": "…" }, or rejected.');
  }
  if (decision.decision === 'approved') {
    return names.length > 0 ? malformed('Use "modified" to change something.') : undefined;
  }
  if (names.length === 0) return malformed('"modified" needs modifications.');
  if (kind === 'answer') {
    const isCorrected = only('answer') && isText(decision.modifications?.['answer']);
    return isCorrected ? undefined : malformed('An answer is modified with { "answer": "…" }.');
  }
  if (kind === 'effect') {
    return only('result') ? undefined : malformed('An effect is modified with { "result": … }.');
  }
  const allowed = toolPolicy(policy, gate.request.actionType)?.allowedModifications;
  const forbidden = names.find((name) => allowed !== undefined && !allowed.includes(name));
  return forbidden === undefined
    ? undefined
    : refusal('MODIFICATION_NOT_ALLOWED', `Argument ${forbidden} of ${gate.request.actionType}.`);
}

function isText(value: Json | undefined): boolean {
  return typeof value === 'string' && value.trim() !== '';
}

export function isRefusal(step: GateStep | Refusal): step is Refusal {
  return 'code' in step;
}
