/**
 * Decisions meet the gates of a session. Total: any input gives a reply and a state that works. The signal and the
 * update come through here alike, and so does a decision that was kept until its gate opened.
 *
 * H2 a decision is used once: its id answers a resend, and nothing else · H4 what changes nothing is answered
 * truthfully and recorded, up to a budget.
 */
import type { EventDraft } from '../audit/audit-event.ts';
import { type Decision, decisionFingerprint, readDecision } from '../gate/decision.ts';
import { type ApprovalRequest, type Gate, gateEvent, withdrawGate } from '../gate/gate.ts';
import { decideGate, isRefusal } from '../gate/judgement.ts';
import { presentGate } from '../gate/ladder.ts';
import { LATE_CODES } from '../gate/late-reply.ts';
import { utf8Length } from '../text/digest.ts';
import {
  KEPT_DECISIONS_BYTES_MAX,
  KEPT_DECISIONS_MAX,
  REFUSED_WORDS_CHARACTERS_MAX,
  SEEN_DECISIONS_MAX,
} from '../limits.ts';
import { type DecisionReply, type OutcomeSummary, summaryOf } from './reply.ts';
import type { Policy } from '../policy/policy.ts';
import { refusal, type Refusal, type RefusalCode } from '../refusal.ts';
import { countRefusal } from './refusal-budget.ts';
import {
  gateOf,
  pinPolicy,
  remember,
  replaceGate,
  sessionEvent,
  type SessionState,
  type Step,
  stepTo,
} from './session.ts';
import { takeOutcome, withdrawAll } from './session-gates.ts';
import { cutText } from '../text/visible-text.ts';

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
    return seen.reply.status === 'refused' ? again(state, decision, now) : same(state, seen.reply);
  }
  return refuse(state, { no: refusal('DUPLICATE'), decision });
}

function same(state: SessionState, reply: DecisionReply): Step<DecisionReply> {
  return { state, events: [], reply };
}

/** What was refused before may be right by now: it is judged anew, and not recorded a second time. */
function again(state: SessionState, decision: Decision, now: number): Step<DecisionReply> {
  const step = judge(state, decision, now);
  return step.reply.status === 'refused' ? same(state, step.reply) : step;
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
  if (!reading.ok) return false;
  const { decisionId } = reading.value;
  const fingerprint = decisionFingerprint(reading.value);
  return state.seenDecisions.some(
    (one) => one.decisionId === decisionId && one.fingerprint === fingerprint,
  );
}

/** A decision whose gate has just opened, or that has just arrived. */
function judge(state: SessionState, decision: Decision, now: number): Step<DecisionReply> {
  const gate = gateOf(state, decision.gateId);
  const ended =
    gate?.outcome === undefined
      ? state.endedGates.find((one) => one.gateId === decision.gateId)?.outcome
      : summaryOf(gate.outcome);
  if (ended !== undefined) return refuseLate(state, decision, ended);
  if (gate === undefined) return keepEarly(state, decision);
  const { policy, requesterId, lineage } = state;
  if (policy === undefined) return refuse(state, { no: refusal('UNKNOWN_GATE'), decision });
  const step = decideGate(gate, decision, {
    policy,
    now,
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(lineage === undefined ? {} : { agentsAbove: lineage.agentIds }),
  });
  if (isRefusal(step)) return refuse(state, { no: step, decision, gate });
  const { outcome: ending } = step.gate;
  if (ending === undefined) throw new Error('A decided gate has an outcome');
  const outcome = summaryOf(ending);
  const reply = { status: 'decided', gateId: decision.gateId, outcome } as const;
  return {
    state: rememberDecision(replaceGate(state, step.gate), decision, reply),
    events: step.events,
    reply,
  };
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

/** No gate of this id is known. It may still open; until then the decision is kept, bounded, and says so. */
function keepEarly(state: SessionState, decision: Decision): Step<DecisionReply> {
  if (state.phase === 'closed' || state.phase === 'cancelling') {
    return refuse(state, { no: refusal('SESSION_CLOSED'), decision });
  }
  const keptDecisions = [...state.keptDecisions, decision];
  const isFull =
    keptDecisions.length > KEPT_DECISIONS_MAX ||
    utf8Length(JSON.stringify(keptDecisions)) > KEPT_DECISIONS_BYTES_MAX;
  if (isFull) {
    return refuse(state, { no: refusal('UNKNOWN_GATE'), decision });
  }
  const reply = {
    status: 'recorded',
    gateId: decision.gateId,
    message: 'No gate with this id is open. The decision is kept and judged if one opens.',
  } as const;
  const kept = { ...state, keptDecisions };
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
  const { request, tier, now } = opening;
  const pinned = pinPolicy(state, opening.policy);
  const policy = pinned.policy ?? opening.policy;
  const presented = presentGate(policy, request, { tier, now });
  const isForIt = (decision: Decision): boolean => decision.gateId === request.gateId;
  const opened: SessionState = {
    ...pinned,
    gates: [...state.gates, presented.gate],
    keptDecisions: state.keptDecisions.filter((decision) => !isForIt(decision)),
  };
  // A session that ends opens nothing any more: whoever waits for it is told at once.
  if (state.phase === 'cancelling' || state.phase === 'closed') {
    const { gate, events } = withdrawGate(presented.gate, { now, why: state.phase });
    return stepTo(replaceGate(opened, gate), [...presented.events, ...events]);
  }
  return state.keptDecisions.filter(isForIt).reduce<Step>(
    (step, decision) => {
      const judged = judge(step.state, decision, now);
      return { ...judged, events: [...step.events, ...judged.events], reply: undefined };
    },
    stepTo(opened, presented.events),
  );
}

/**
 * The end of a session: open gates are withdrawn, what was approved and never got to start says so, decisions that
 * never met their gate are refused.
 */
export function closeSession(
  state: SessionState,
  end: { readonly now: number; readonly why: string },
): Step {
  const { pause: _over, ...rest } = state;
  if (state.phase === 'closed') return stepTo(state);
  const closed: SessionState = { ...rest, phase: 'closed', keptDecisions: [] };
  const withdrawn = withdrawAll(closed, end);
  const notExecuted = state.gates.filter(isAwaitingStart).map(notExecutedEvent);
  return state.keptDecisions.reduce<Step>(
    (step, decision) => {
      const refused = refuse(step.state, { no: refusal('UNKNOWN_GATE'), decision });
      return { ...refused, events: [...step.events, ...refused.events], reply: undefined };
    },
    stepTo(withdrawn.state, [...withdrawn.events, ...notExecuted]),
  );
}

/**
 * A hosted workflow continues as new: its gates end with this run, and whatever wants something asks again in the next.
 * A pause, and what was seen, go on.
 */
export function leaveRun(
  state: SessionState,
  end: { readonly now: number; readonly why: string },
): Step {
  return state.gates.reduce<Step>((step, gate) => {
    const abandoned = abandonGate(step.state, gate.request.gateId, end);
    return { ...abandoned, events: [...step.events, ...abandoned.events] };
  }, stepTo(state));
}

/**
 * Whoever waited for one gate waits no longer: it is withdrawn where it is open, and what was let go and not taken up
 * did not execute (H7).
 */
export function abandonGate(
  state: SessionState,
  gateId: string,
  end: { readonly now: number; readonly why: string },
): Step {
  const waiting = gateOf(state, gateId);
  if (waiting === undefined) return stepTo(state);
  const { gate, events } = withdrawGate(waiting, end);
  const taken = takeOutcome(replaceGate(state, gate), gateId);
  const unused = isAwaitingStart(waiting) ? [notExecutedEvent(waiting)] : [];
  return stepTo(taken?.state ?? state, [...events, ...unused]);
}

/** A person let the action run, and what waited for that has not taken it up: its run was about to continue as new. */
function isAwaitingStart({ request, status, outcome }: Gate): boolean {
  const isCleared =
    status === 'approved' || status === 'modified' || outcome?.noResponse === 'approve';
  return request.kind === 'action' && isCleared;
}

function notExecutedEvent(gate: Gate): EventDraft {
  return gateEvent(gate, { eventType: 'not_executed', details: { code: 'SESSION_CLOSED' } });
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
