/**
 * A decision on its way: from what a reviewer has chosen, over what they confirm, to what they are told. Pure: who sends
 * it hands in what came back.
 *
 * D1 what is sent names the digest of the payload that was shown · D2 the same content goes under one decisionId however
 * often it is sent, other content under a fresh one · D3 nothing is sent twice at once · D4 what nobody knows is called so.
 */
import type { DecideBody, DecisionAnswered } from '../../gateway/api/decisions.ts';
import type { GateView } from '../../gateway/api/gates.ts';
import type { GrantTerms } from '../../domain/gate/grant.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { timeText } from './clock.ts';
import type { ProblemSaid } from './problem.ts';
import type { GateAction } from './what-may-be-done.ts';
import { STATUS_WORDS } from './words.ts';

export type DecidingAction = Exclude<GateAction, 'claim' | 'release'>;

/** What each button says to the gate. */
export const DECISION_OF: Readonly<Record<DecidingAction, DecideBody['decision']>> = {
  approve: 'approved',
  grant: 'approved',
  deliver: 'approved',
  answer: 'approved',
  happened: 'approved',
  modify: 'modified',
  correct: 'modified',
  happenedWith: 'modified',
  reject: 'rejected',
  sendBack: 'rejected',
  decline: 'rejected',
  didNot: 'rejected',
};

export type Content = Omit<DecideBody, 'decisionId' | 'signature'>;

export interface Choice {
  readonly rationale: string;
  readonly modifications?: JsonObject;
  readonly grant?: GrantTerms;
}

/** Undefined where the gate no longer waits. */
export function contentOf(
  gate: GateView,
  action: DecidingAction,
  { rationale, modifications, grant }: Choice,
): Content | undefined {
  if (gate.open === undefined) return undefined;
  const words = rationale.trim();
  return {
    runId: gate.open.runId,
    payloadDigest: gate.payloadDigest,
    policyVersion: gate.facts.policyVersion,
    decision: DECISION_OF[action],
    ...(modifications === undefined ? {} : { modifications }),
    ...(words === '' ? {} : { rationale: words }),
    ...(grant === undefined ? {} : { grant }),
  };
}

/** Whether it needs a reason: a no always tells the agent why; a yes where the tier wants it. */
export function needsReason(gate: GateView, action: DecidingAction): boolean {
  return DECISION_OF[action] === 'rejected' || gate.open?.rationaleRequired === true;
}

export type Sending =
  | { readonly step: 'editing' }
  | { readonly step: 'sending' }
  | { readonly step: 'answered'; readonly answer: DecisionAnswered }
  | { readonly step: 'refused'; readonly problem: ProblemSaid }
  /** It may have arrived, or not. */
  | { readonly step: 'unsure'; readonly why: string };

export interface Deciding {
  readonly sending: Sending;
  /** What went under which id. */
  readonly last?: { readonly content: string; readonly decisionId: string };
}

export const UNDECIDED: Deciding = { sending: { step: 'editing' } };

export type DecidingStep =
  | { readonly type: 'send'; readonly content: Content; readonly freshId: string }
  | { readonly type: 'answered'; readonly answer: DecisionAnswered }
  | { readonly type: 'failed'; readonly problem: ProblemSaid }
  | { readonly type: 'edit' };

export function afterStep(deciding: Deciding, step: DecidingStep): Deciding {
  switch (step.type) {
    case 'send': {
      if (deciding.sending.step === 'sending') return deciding;
      const content = JSON.stringify(step.content);
      const isSame = deciding.last?.content === content;
      const decisionId = isSame ? (deciding.last?.decisionId ?? step.freshId) : step.freshId;
      return { sending: { step: 'sending' }, last: { content, decisionId } };
    }
    case 'answered':
      return { ...deciding, sending: afterAnswer(step.answer) };
    case 'failed':
      return { ...deciding, sending: afterProblem(step.problem) };
    case 'edit':
      return deciding.sending.step === 'sending'
        ? deciding
        : { ...deciding, sending: { step: 'editing' } };
  }
}

function afterAnswer(answer: DecisionAnswered): Sending {
  if (answer.status !== 'unknown') return { step: 'answered', answer };
  return {
    step: 'unsure',
    why: answer.message ?? 'The session has not answered yet: nobody knows whether it has arrived.',
  };
}

function afterProblem(problem: ProblemSaid): Sending {
  return problem.isUnsure ? { step: 'unsure', why: problem.detail } : { step: 'refused', problem };
}

/** What a reviewer is told of an answer. */
export function answerWords({
  status,
  outcome,
  votes,
  needed,
  message,
  isSigned,
}: DecisionAnswered): string {
  const signed = isSigned ? ' Signed.' : '';
  if (status === 'decided' && outcome !== undefined) {
    const by = outcome.reviewerId === undefined ? '' : ` by ${outcome.reviewerId}`;
    return `Decided: ${STATUS_WORDS[outcome.status].toLowerCase()}${by}, ${timeText(outcome.at)}.${signed}`;
  }
  if (status === 'recorded' && votes !== undefined && needed !== undefined) {
    return `Recorded: ${votes} of ${needed} people have approved it. It waits on for the others.${signed}`;
  }
  return `${message ?? 'Recorded.'}${signed}`;
}

/** What a reviewer is told of a no: its code, its words, and how the gate had ended before. */
export function refusalWords({ code, detail, outcome }: ProblemSaid): string {
  if (outcome === undefined) return `${detail} (${code})`;
  const by = outcome.reviewerId === undefined ? '' : ` by ${outcome.reviewerId}`;
  const before = `It was ${STATUS_WORDS[outcome.status].toLowerCase()}${by} before, ${timeText(outcome.at)}. Your answer changed nothing.`;
  return `${before} (${code})`;
}
