/**
 * Decisions meet the gates of a session. Total: any input gives a reply and a state that works. The signal and the
 * update come through here alike, and so does a decision that was kept until its gate opened.
 *
 * H2 a decision is used once: its id answers a resend, and nothing else · H4 what changes nothing is answered
 * truthfully and recorded, up to a budget.
 */
import type { EventDraft } from '../audit/audit-event.ts';
import { peopleOf } from '../authority/authority.ts';
import { type Decision, decisionFingerprint, readDecision } from '../gate/decision.ts';
import { type Gate, gateEvent, type GateOutcome, type GateStep, quorumOf } from '../gate/gate.ts';
import {
  decideGate,
  type DecisionContext,
  isRefusal,
  whyNotAtOnce,
  whyNotClaims,
} from '../gate/judgement.ts';
import { LATE_CODES } from '../gate/late-reply.ts';
import { utf8Length } from '../text/digest.ts';
import {
  KEPT_DECISIONS_BYTES_MAX,
  KEPT_DECISIONS_MAX,
  PROOF_RETRY_AFTER_MS,
  PROOF_TRIES_MAX,
  REFUSALS_RECORDED_MAX,
  REFUSED_WORDS_CHARACTERS_MAX,
  SEEN_DECISIONS_MAX,
} from '../limits.ts';
import { type DecisionReply, type OutcomeSummary, summaryOf } from './reply.ts';
import type { Policy } from '../policy/policy.ts';
import { refusal, type Refusal, type RefusalCode } from '../refusal.ts';
import { countRefusal } from './refusal-budget.ts';
import {
  gateOf,
  isGateKnown,
  remember,
  replaceGate,
  sessionEvent,
  type SessionState,
  type Step,
} from './session.ts';
import { withGrant } from './session-grants.ts';
import { countRejection } from './session-load.ts';
import { type Arrival, trustFor } from './session-trust.ts';
import { cutText } from '../text/visible-text.ts';
import { oneMore } from './tries.ts';

/** A decision arrives, from anyone, in any state. */
export function receiveDecision(
  state: SessionState,
  raw: unknown,
  now: number,
): Step<DecisionReply> {
  const reading = readDecision(raw);
  if (!reading.ok)
    return refuse(state, { no: refusal('MALFORMED', `Decision: ${reading.problem}.`) });
  const decision = reading.value;
  const seen = state.seenDecisions.find((one) => one.decisionId === decision.decisionId);
  if (seen === undefined) return judge(state, decision, { now, arrival: 'first' });
  const isSame = seen.fingerprint === decisionFingerprint(decision);
  if (seen.reply.status === 'refused') {
    // What was refused used nothing, its id neither: whoever came first under it takes it from nobody.
    return isSame ? again(state, decision, now) : judge(state, decision, { now, arrival: 'first' });
  }
  if (!isSame) return refuse(state, { no: refusal('DUPLICATE'), decision });
  return same(state, seen.reply.status === 'recorded' ? sinceThen(state, seen.reply) : seen.reply);
}

/** What was recorded may have been decided since, or others may have approved: whoever asks again hears of it. */
function sinceThen(
  state: SessionState,
  reply: Extract<DecisionReply, { readonly status: 'recorded' }>,
): DecisionReply {
  const { gateId } = reply;
  const outcome = endOf(state, gateId);
  if (outcome !== undefined) return { status: 'decided', gateId, outcome };
  const { policy } = state;
  const gate = gateOf(state, gateId);
  const isVote = reply.votes !== undefined && gate !== undefined && policy !== undefined;
  return isVote ? votedReply(policy, gate) : reply;
}

function votedReply(policy: Policy, gate: Gate): DecisionReply {
  const [votes, needed] = [gate.votes?.length ?? 0, quorumOf(policy, gate)];
  const message = `${votes} of ${needed} people have approved it.`;
  return { status: 'recorded', gateId: gate.request.gateId, message, votes, needed };
}

/** How a gate ended; undefined: it has not, or nobody knows it. */
function endOf(state: SessionState, gateId: string): OutcomeSummary | undefined {
  const gate = gateOf(state, gateId);
  if (gate?.outcome !== undefined) return summaryOf(gate.outcome);
  return state.endedGates.find((one) => one.gateId === gateId)?.outcome;
}

function same(state: SessionState, reply: DecisionReply): Step<DecisionReply> {
  return { state, events: [], reply };
}

/** What was refused before may be right by now: it is judged anew, and not recorded a second time. */
function again(state: SessionState, decision: Decision, now: number): Step<DecisionReply> {
  const step = judge(state, decision, { now, arrival: 'resent' });
  if (step.reply.status !== 'refused') return step;
  // That a signature was verified counts each time.
  const gate = gateOf(state, decision.gateId);
  const proofTries = gateOf(step.state, decision.gateId)?.proofTries;
  const isLooked = gate !== undefined && proofTries !== undefined;
  return same(isLooked ? replaceGate(state, { ...gate, proofTries }) : state, step.reply);
}

/**
 * Whether a message could only be refused beyond the budget, so that an update's validator may turn it away without
 * a trace. Asked of a copy: states are values. One whose signature would be verified is let in: only then is it counted.
 */
export function isBeyondBudget(state: SessionState, raw: unknown, now: number): boolean {
  // To be judged is not free: only asked where a budget is spent.
  const counts = [state.refusals, ...state.gates.map(({ refusals }) => refusals)];
  if (Math.max(...counts) < REFUSALS_RECORDED_MAX) return false;
  if (isToBeVerified(state, raw, now)) return false;
  const { reply, events } = receiveDecision(state, raw, now);
  return reply.status === 'refused' && events.length === 0 && !isResend(state, raw);
}

function isToBeVerified(state: SessionState, raw: unknown, now: number): boolean {
  const reading = readDecision(raw);
  const { policy } = state;
  if (!reading.ok || policy === undefined || reading.value.signature === undefined) return false;
  const decision = reading.value;
  const gate = gateOf(state, decision.gateId);
  return (
    gate !== undefined &&
    whyNotAtOnce(gate, decision, policy) === undefined &&
    whyNotClaims(gate, decision, decisionContext(state, policy, now)) === undefined &&
    lookAt(gate, decision, now) !== undefined
  );
}

function isResend(state: SessionState, raw: unknown): boolean {
  const reading = readDecision(raw);
  if (!reading.ok) return false;
  const { decisionId } = reading.value;
  const fingerprint = decisionFingerprint(reading.value);
  return state.seenDecisions.some(
    (one) => one.decisionId === decisionId && one.fingerprint === fingerprint,
  );
}

export interface Judging {
  readonly now: number;
  readonly arrival: Arrival;
}

/** A decision whose gate has just opened, that has just arrived, or for which what was missing is there. */
export function judge(
  state: SessionState,
  decision: Decision,
  { now, arrival }: Judging,
): Step<DecisionReply> {
  const { gateId } = decision;
  const ended = endOf(state, gateId);
  if (ended !== undefined) return refuseLate(state, decision, ended);
  const gate = gateOf(state, gateId);
  if (gate === undefined) return keepEarly(state, decision);
  const { policy } = state;
  if (policy === undefined) return refuse(state, { no: refusal('UNKNOWN_GATE'), decision });
  const no = (why: Refusal, seen: Gate = gate): Step<DecisionReply> =>
    refuse(replaceGate(state, seen), { no: why, decision, gate: seen });
  const atOnce = whyNotAtOnce(gate, decision, policy);
  if (atOnce !== undefined) return no(atOnce);
  const trust = trustFor(state, { policy, decision, now, arrival });
  if (trust.status === 'spent') return no(refusal('LIMIT_REACHED', TOO_MANY_LOOKUPS));
  if (trust.status === 'wanted') return keepForTrust(state, trust.state, { decision, gate });
  const context = decisionContext(state, policy, now);
  const unproven = whyNotClaims(gate, decision, context);
  if (unproven !== undefined) return no(unproven);
  const seen = lookAt(gate, decision, now);
  if (seen === undefined) return no(refusal('LIMIT_REACHED', TOO_MANY_SIGNATURES));
  const step = decideGate(seen, decision, context);
  if (isRefusal(step)) return no(step, seen);
  const taken = { ...step, decision, policy };
  return step.gate.outcome === undefined
    ? voteTaken(state, taken)
    : decisionTaken(state, { ...taken, outcome: step.gate.outcome, now });
}

const TOO_MANY_LOOKUPS = 'Too many keys and people were looked up here. Send it again in a moment.';
const TOO_MANY_SIGNATURES = 'Too many signatures came for this gate. Send it again in a moment.';

/** The gate with one signature more that was looked at; undefined: too many were. */
function lookAt(gate: Gate, { signature }: Decision, now: number): Gate | undefined {
  if (signature === undefined) return gate;
  const limit = { max: PROOF_TRIES_MAX, againAfterMs: PROOF_RETRY_AFTER_MS };
  const proofTries = oneMore(gate.proofTries, limit, now);
  return proofTries === undefined ? undefined : { ...gate, proofTries };
}

/** What this session knows of itself and of others, as a decision is judged. */
export function decisionContext(
  { requesterId, lineage, trust, audience }: SessionState,
  policy: Policy,
  now: number,
): DecisionContext {
  return {
    policy,
    now,
    people: [...peopleOf(policy), ...(trust?.people ?? [])],
    keys: trust?.keys ?? [],
    ...(audience === undefined ? {} : { audience }),
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(lineage === undefined ? {} : { agentsAbove: lineage.agentIds }),
  };
}

interface Taken extends GateStep {
  readonly decision: Decision;
  readonly policy: Policy;
}

function voteTaken(
  state: SessionState,
  { gate, events, decision, policy }: Taken,
): Step<DecisionReply> {
  const reply = votedReply(policy, gate);
  return { state: rememberDecision(replaceGate(state, gate), decision, reply), events, reply };
}

function decisionTaken(
  state: SessionState,
  {
    gate,
    events,
    decision,
    policy,
    outcome,
    now,
  }: Taken & { readonly outcome: GateOutcome; readonly now: number },
): Step<DecisionReply> {
  const { gateId } = decision;
  const reply = { status: 'decided', gateId, outcome: summaryOf(outcome) } as const;
  const ended = rememberDecision(replaceGate(state, gate), decision, reply);
  const counted = countRejection(withGrant(ended, gate), { policy, gate, now });
  return { state: counted.state, events: [...events, ...counted.events], reply };
}

function refuseLate(
  state: SessionState,
  decision: Decision,
  outcome: OutcomeSummary,
): Step<DecisionReply> {
  const gate = gateOf(state, decision.gateId);
  return refuse(state, {
    no: refusal(LATE_CODES[outcome.status]),
    decision,
    gate,
    outcome,
  });
}

const EARLY = 'No gate with this id is open. The decision is kept and judged if one opens.';
const LOOKED_UP =
  'The decision is kept while its key, or who made it, is looked up. Send it again to hear what became of it.';

/** No gate of this id is known. It may still open; until then the decision is kept, bounded, and says so. */
function keepEarly(state: SessionState, decision: Decision): Step<DecisionReply> {
  if (state.phase === 'closed' || state.phase === 'cancelling') {
    return refuse(state, { no: refusal('SESSION_CLOSED'), decision });
  }
  return (
    keep(state, decision, { keptFor: 'gate', message: EARLY }) ??
    refuse(state, { no: refusal('UNKNOWN_GATE'), decision })
  );
}

/** `wanting`: the state that looks up what is missing. Where there is no room for the decision, nothing is looked up. */
function keepForTrust(
  state: SessionState,
  wanting: SessionState,
  { decision, gate }: { readonly decision: Decision; readonly gate: Gate },
): Step<DecisionReply> {
  const full = refusal('LIMIT_REACHED', 'Too many decisions wait for a look-up. Send it again.');
  return (
    keep(wanting, decision, { keptFor: 'trust', message: LOOKED_UP }) ??
    refuse(state, { no: full, decision, gate })
  );
}

/** Those that wait for a gate take no room from those that wait for a look-up. Undefined: there is none. */
function keep(
  state: SessionState,
  decision: Decision,
  why: { readonly keptFor: 'gate' | 'trust'; readonly message: string },
): Step<DecisionReply> | undefined {
  const { decisionId, gateId } = decision;
  const others = state.keptDecisions.filter((one) => one.decisionId !== decisionId);
  const isKnown = (one: Decision): boolean => isGateKnown(state, one.gateId);
  const alike = [...others.filter((one) => isKnown(one) === isKnown(decision)), decision];
  const isFull =
    alike.length > KEPT_DECISIONS_MAX ||
    utf8Length(JSON.stringify(alike)) > KEPT_DECISIONS_BYTES_MAX;
  if (isFull) return undefined;
  const reply = { status: 'recorded', gateId, ...why } as const;
  const kept = { ...state, keptDecisions: [...others, decision] };
  return { state: rememberDecision(kept, decision, reply), events: [], reply };
}

interface RefusalContext {
  readonly no: Refusal;
  readonly decision?: Decision;
  readonly gate?: Gate | undefined;
  readonly outcome?: OutcomeSummary;
}

/** Answers with the refusal and records it, as long as the budget of its gate, or of the session, lasts. */
export function refuse(state: SessionState, context: RefusalContext): Step<DecisionReply> {
  const { no, decision, gate, outcome } = context;
  const reply: DecisionReply = {
    status: 'refused',
    ...no,
    ...(decision === undefined ? {} : { gateId: decision.gateId }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  const counted = countRefusal(state, no, gate);
  const remembered =
    decision === undefined || counted.code === undefined || no.code === 'DUPLICATE'
      ? counted.state
      : rememberDecision(counted.state, decision, reply);
  return {
    state: remembered,
    events: counted.code === undefined ? [] : [refusalEvent(counted.code, decision, gate)],
    reply,
  };
}

function refusalEvent(
  code: RefusalCode,
  decision: Decision | undefined,
  gate: Gate | undefined,
): EventDraft {
  const draft = {
    eventType: 'decision_refused',
    ...(decision === undefined
      ? { details: { code } }
      : {
          decision: decision.decision,
          reviewerId: decision.reviewerId,
          details: {
            code,
            decisionId: decision.decisionId,
            decisionDigest: decision.payloadDigest,
            ...(decision.rationale === undefined
              ? {}
              : { rationale: cutText(decision.rationale, REFUSED_WORDS_CHARACTERS_MAX) }),
          },
        }),
  } as const;
  if (gate !== undefined) return gateEvent(gate, draft);
  return sessionEvent({
    ...draft,
    ...(decision === undefined ? {} : { gateId: decision.gateId }),
  });
}

function rememberDecision(
  state: SessionState,
  decision: Decision,
  reply: DecisionReply,
): SessionState {
  const { decisionId } = decision;
  const others = state.seenDecisions.filter((one) => one.decisionId !== decisionId);
  const seen = { decisionId, fingerprint: decisionFingerprint(decision), reply };
  return { ...state, seenDecisions: remember(others, seen, SEEN_DECISIONS_MAX) };
}
