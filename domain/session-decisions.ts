/**
 * Decisions meet the gates of a session. Total: any input gives a reply and a state that works. The signal and the
 * update come through here alike, and so does a decision that was kept until its gate opened.
 *
 * H2 a decision is used once: its id answers a resend, and nothing else · H4 what changes nothing is answered
 * truthfully and recorded, up to a budget.
 */
import type { EventDraft } from './audit-event.ts';
import { type Decision, decisionFingerprint, readDecision } from './decision.ts';
import { type ApprovalRequest, type Gate, gateEvent, type GateOutcome } from './gate.ts';
import { decideGate, isRefusal } from './judgement.ts';
import { presentGate } from './ladder.ts';
import { LATE_CODES } from './late-reply.ts';
import { KEPT_DECISIONS_MAX, SEEN_DECISIONS_MAX } from './limits.ts';
import type { DecisionReply, OutcomeSummary } from './reply.ts';
import type { Policy } from './policy.ts';
import { refusal, type Refusal, type RefusalCode } from './refusal.ts';
import { countRefusal } from './refusal-budget.ts';
import {
  gateOf,
  remember,
  replaceGate,
  sessionEvent,
  type SessionState,
  type Step,
  stepTo,
} from './session.ts';
import { withdrawAll } from './session-gates.ts';

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
  if (seen === undefined) return judge(state, decision, now);
  if (seen.fingerprint === decisionFingerprint(decision)) {
    return { state, events: [], reply: seen.reply };
  }
  return refuse(state, { no: refusal('DUPLICATE'), decision });
}

/**
 * Whether a message could only be refused beyond the budget, so that an update's validator may turn it away without
 * a trace. Asked of a copy: states are values.
 */
export function isBeyondBudget(state: SessionState, raw: unknown, now: number): boolean {
  const { reply, events } = receiveDecision(state, raw, now);
  return reply.status === 'refused' && events.length === 0 && !isResend(state, raw);
}

function isResend(state: SessionState, raw: unknown): boolean {
  const reading = readDecision(raw);
  return (
    reading.ok && state.seenDecisions.some((one) => one.decisionId === reading.value.decisionId)
  );
}

/** A decision whose gate has just opened, or that has just arrived. */
function judge(state: SessionState, decision: Decision, now: number): Step<DecisionReply> {
  const gate = gateOf(state, decision.gateId);
  const ended = gate?.outcome ?? endedOutcome(state, decision.gateId);
  if (ended !== undefined) return refuseLate(state, decision, ended);
  if (gate === undefined) return keepEarly(state, decision);
  const { policy, requesterId } = state;
  if (policy === undefined) return refuse(state, { no: refusal('UNKNOWN_GATE'), decision });
  const step = decideGate(gate, decision, {
    policy,
    now,
    ...(requesterId === undefined ? {} : { requesterId }),
  });
  if (isRefusal(step)) return refuse(state, { no: step, decision, gate });
  const outcome = summaryOf(step.gate.outcome);
  const reply = { status: 'decided', gateId: decision.gateId, outcome } as const;
  return {
    state: rememberDecision(replaceGate(state, step.gate), decision, reply),
    events: step.events,
    reply,
  };
}

function endedOutcome(state: SessionState, gateId: string): GateOutcome | undefined {
  return state.endedGates.find((one) => one.gateId === gateId)?.outcome;
}

function summaryOf(outcome: GateOutcome | undefined): OutcomeSummary {
  if (outcome === undefined) throw new Error('A decided gate has an outcome');
  const { status, at, reviewerId } = outcome;
  return { status, at, ...(reviewerId === undefined ? {} : { reviewerId }) };
}

function refuseLate(
  state: SessionState,
  decision: Decision,
  outcome: GateOutcome,
): Step<DecisionReply> {
  const summary = summaryOf(outcome);
  const gate = gateOf(state, decision.gateId);
  return refuse(state, {
    no: refusal(LATE_CODES[outcome.status]),
    decision,
    gate,
    outcome: summary,
  });
}

/** No gate of this id is known. It may still open; until then the decision is kept, bounded, and says so. */
function keepEarly(state: SessionState, decision: Decision): Step<DecisionReply> {
  if (state.phase === 'closed' || state.phase === 'cancelling') {
    return refuse(state, { no: refusal('SESSION_CLOSED'), decision });
  }
  if (state.keptDecisions.length >= KEPT_DECISIONS_MAX) {
    return refuse(state, { no: refusal('UNKNOWN_GATE'), decision });
  }
  const reply = {
    status: 'recorded',
    gateId: decision.gateId,
    message: 'No gate with this id is open. The decision is kept and judged if one opens.',
  } as const;
  const kept = { ...state, keptDecisions: [...state.keptDecisions, decision] };
  return { state: rememberDecision(kept, decision, reply), events: [], reply };
}

/** A gate opens, and decisions that came before it are judged at once. */
export function openGate(
  state: SessionState,
  opening: {
    readonly policy: Policy;
    readonly request: ApprovalRequest;
    readonly tier: string;
    readonly now: number;
  },
): Step {
  const { policy, request, tier, now } = opening;
  const presented = presentGate(policy, request, { tier, now });
  const isForIt = (decision: Decision): boolean => decision.gateId === request.gateId;
  const opened: SessionState = {
    ...state,
    gates: [...state.gates, presented.gate],
    keptDecisions: state.keptDecisions.filter((decision) => !isForIt(decision)),
  };
  return state.keptDecisions.filter(isForIt).reduce<Step>(
    (step, decision) => {
      const judged = judge(step.state, decision, now);
      return { ...judged, events: [...step.events, ...judged.events], reply: undefined };
    },
    stepTo(opened, presented.events),
  );
}

/** The end of a session: open gates are withdrawn, decisions that never met their gate are refused. */
export function closeSession(
  state: SessionState,
  end: { readonly now: number; readonly why: string },
): Step {
  const closed: SessionState = { ...state, phase: 'closed', keptDecisions: [] };
  return state.keptDecisions.reduce<Step>(
    (step, decision) => {
      const refused = refuse(step.state, { no: refusal('UNKNOWN_GATE'), decision });
      return { ...refused, events: [...step.events, ...refused.events], reply: undefined };
    },
    withdrawAll(closed, end),
  );
}

interface RefusalContext {
  readonly no: Refusal;
  readonly decision?: Decision;
  readonly gate?: Gate | undefined;
  readonly outcome?: OutcomeSummary;
}

/** Answers with the refusal and records it, as long as the budget of its gate, or of the session, lasts. */
function refuse(state: SessionState, context: RefusalContext): Step<DecisionReply> {
  const { no, decision, gate, outcome } = context;
  const reply: DecisionReply = {
    status: 'refused',
    ...no,
    ...(decision === undefined ? {} : { gateId: decision.gateId }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  const counted = countRefusal(state, no, gate);
  const remembered =
    decision === undefined || no.code === 'DUPLICATE'
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
            ...(decision.rationale === undefined ? {} : { rationale: decision.rationale }),
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
