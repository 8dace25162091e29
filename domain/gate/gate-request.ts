/** The approval requests of the four kinds of gate: what a person is asked, made from what is known of it. */
import type { PreparedAction } from '../activities.ts';
import {
  confidenceReason,
  type Confidence,
  soundConfidence,
  type Stakes,
} from '../policy/confidence.ts';
import { payloadDigest } from '../text/digest.ts';
import type { ApprovalRequest } from './gate.ts';
import type { Json, JsonObject } from '../text/json.ts';
import { evaluateOther, type Evaluation, type Policy, policyVersion } from '../policy/policy.ts';
import type { SessionState } from '../session/session.ts';
import { cutText, visibleText, wellFormed } from '../text/visible-text.ts';

/** What only the workflow knows when a gate opens. */
export interface Opening {
  readonly gateId: string;
  readonly actionId: string;
  readonly now: number;
  /** Why this gate is there, where it is not the first look. The words are hashed: they never change. */
  readonly note?: string;
}

/** A thing to ask about, with what the policy says of it. */
export interface Question {
  readonly evaluation: Evaluation;
  readonly actionType: string;
  readonly toolVersion: string;
  readonly payload: JsonObject;
  readonly description: string;
  readonly agentReason?: string;
  readonly note?: string;
  readonly schemaDigest?: string;
}

export function approvalRequest(
  state: SessionState,
  policy: Policy,
  question: Question,
  opening: Opening,
): ApprovalRequest {
  const { evaluation, actionType, toolVersion, payload, description, agentReason } = question;
  const { reversibility, estimatedImpact, gateLevel, rule, value, confidence } = evaluation;
  const notes = [opening.note, question.note].filter((note) => note !== undefined);
  return {
    gateId: opening.gateId,
    actionId: opening.actionId,
    sessionId: state.sessionId,
    agentId: state.agentId,
    kind: evaluation.kind,
    actionType,
    toolVersion,
    description: wellFormed(description),
    payload,
    payloadDigest: payloadDigest({ actionType, toolVersion, arguments: payload }),
    reversibility,
    estimatedImpact,
    gateLevel,
    rule,
    policyVersion: policyVersion(policy),
    presentedAt: opening.now,
    ...(value === undefined ? {} : { value: Number.isFinite(value) ? value : null }),
    ...(confidence === undefined ? {} : { confidence: confidence.score }),
    ...(confidence?.note === undefined ? {} : { confidenceNote: confidence.note }),
    ...(agentReason === undefined ? {} : { agentReason: wellFormed(agentReason) }),
    ...(notes.length === 0 ? {} : { note: wellFormed(notes.join(' ')) }),
    ...(question.schemaDigest === undefined ? {} : { schemaDigest: question.schemaDigest }),
  };
}

export function actionQuestion(action: PreparedAction, evaluation: Evaluation): Question {
  const { actionType, toolVersion, description, agentReason, schemaDigest } = action;
  const notes = [uninspectableNote(evaluation), action.note].filter((one) => one !== undefined);
  return {
    evaluation,
    actionType,
    toolVersion,
    payload: action.arguments,
    description,
    ...(agentReason === undefined ? {} : { agentReason }),
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
    ...(schemaDigest === undefined ? {} : { schemaDigest }),
  };
}

const LEAVES_NAMED_MAX = 4;
const POINTER_CHARACTERS_MAX = 120;

/** Which arguments nobody can read. The words are hashed: they never change. */
function uninspectableNote({ uninspectable = [] }: Evaluation): string | undefined {
  if (uninspectable.length === 0) return undefined;
  const named = uninspectable
    .slice(0, LEAVES_NAMED_MAX)
    .map(({ pointer, opacity }) => {
      return `${cutText(visibleText(pointer), POINTER_CHARACTERS_MAX)} (${opacity})`;
    })
    .join(', ');
  const more = uninspectable.length - LEAVES_NAMED_MAX;
  const rest = more > 0 ? ` and ${more} more` : '';
  return `Uninspectable: ${named}${rest}. Nobody can read what stands there.`;
}

export interface ScoredAnswer {
  readonly task: string;
  readonly answer: string;
  readonly confidence: Confidence;
}

/** A final answer, before it leaves the session. Delivering it is not undone by anything we control. */
export function answerQuestion(policy: Policy, scored: ScoredAnswer, stakes: Stakes): Question {
  const confidence = soundConfidence(scored.confidence);
  const [task, answer] = [wellFormed(scored.task), wellFormed(scored.answer)];
  const reason = confidenceReason(confidence.score, policy.confidence.thresholds[stakes]);
  const payload = { task, answer, confidence: confidence.score, reason };
  const evaluation = evaluateOther(policy, {
    kind: 'answer',
    actionType: 'answer',
    arguments: payload,
    stakes,
    reversibility: 'irreversible',
    confidence,
  });
  return { ...OWN, evaluation, actionType: 'answer', payload, description: reason };
}

/** What the agent wants to know of a person. No answer does no harm: the agent is told that there was none. */
export function agentQuestion(policy: Policy, question: string, stakes: Stakes): Question {
  const payload = { question: wellFormed(question) };
  const evaluation = evaluateOther(policy, {
    kind: 'question',
    actionType: 'question',
    arguments: payload,
    stakes,
    reversibility: 'reversible',
  });
  const description = 'The agent asks a question';
  return { ...OWN, evaluation, actionType: 'question', payload, description };
}

export interface Effect {
  readonly action: PreparedAction;
  readonly idempotencyKey: string;
  /** What a person says that it brought, where others have to confirm that. */
  readonly result?: Json;
}

/** Whether an action that broke off took effect (H11). */
export function effectQuestion(policy: Policy, effect: Effect, stakes: Stakes): Question {
  const { action, idempotencyKey, result } = effect;
  const said = result === undefined ? {} : { result };
  const payload = { arguments: action.arguments, idempotencyKey, ...said };
  const evaluation = evaluateOther(policy, {
    kind: 'effect',
    actionType: action.actionType,
    arguments: payload,
    stakes,
    reversibility: 'irreversible',
  });
  const { actionType, toolVersion } = action;
  const description = `Did this happen? ${action.description}`;
  return { evaluation, actionType, toolVersion, payload, description };
}

const OWN = { toolVersion: '1' } as const;
