/**
 * One turn of the model, as an activity: the conversation in, the model's words, its calls prepared and its final
 * answer scored out. Everything a turn can stumble over has a stated end:
 *
 * - a model that refuses (a wrong key, a request it does not accept) is `ModelRefused`, final;
 * - a model that can't be reached is `ModelUnavailable`, one that hangs `ModelTimedOut`; Temporal tries again;
 * - a call that is none goes back to the model; a score that can't be had is low; neither fails the turn;
 * - cancelling the activity ends it at once.
 *
 * A turn that is tried again may store its tail again, which changes nothing, and asks the model again.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import type {
  HoldpointActivities,
  ModelTurn,
  ModelTurnInput,
  ProposedCall,
} from '../domain/activities.ts';
import type { Message } from '../domain/session/conversation.ts';
import { ANSWER_CHARACTERS_MAX, SECOND_MS } from '../domain/limits.ts';
import { isWorthScoring, type Policy } from '../domain/policy/policy.ts';
import { cutText, wellFormed } from '../domain/text/visible-text.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import {
  CONFIDENCE_TIMEOUT_MS,
  scoreAction,
  scoreAnswer,
  type Scorer,
} from './confidence-score.ts';
import { messageOf } from './outside-text.ts';
import { type ConfidenceModel, type Model, ModelRefused, type ModelResponse } from './ports.ts';
import { prepareAction } from './prepare-action.ts';
import { prepareExternal } from './prepare-external.ts';
import { proposedCalls } from './proposed-calls.ts';
import { loadConversation, storeTail } from './stored-conversation.ts';
import { whileAlive, withinTime } from './time-bound.ts';
import type { ToolRegistry } from './tool-registry.ts';

const MODEL_TIMEOUT_MS = 120 * SECOND_MS;

/** Failure types of the model turn. */
const MODEL_FAILURES = {
  refused: 'ModelRefused',
  unavailable: 'ModelUnavailable',
  timedOut: 'ModelTimedOut',
} as const;

/** What an agent's activities work with. */
export interface AgentParts {
  readonly model: Model;
  readonly confidenceModel: ConfidenceModel;
  readonly registry: ToolRegistry;
  readonly evidence: Pick<EvidenceStore, 'content' | 'putContent' | 'hasExecuted' | 'kills'>;
  readonly policy: Policy;
  /** Of one session, by its id, where they do not all have the same: what is rehearsed has limits of its own. */
  readonly policyOf?: (sessionId: string) => Policy;
  /** Default 120,000. */
  readonly modelTimeoutMs?: number;
  /** Per try, of two. Default 30,000. */
  readonly confidenceTimeoutMs?: number;
}

export function agentActivities(
  parts: AgentParts,
): Pick<HoldpointActivities, 'modelTurn' | 'prepareAction' | 'prepareExternal' | 'loadPolicy'> {
  const { registry, evidence } = parts;
  return {
    modelTurn: async (input) => modelTurn({ ...parts, policy: policyHere(parts) }, input),
    prepareAction: async (input) => {
      const policy = policyHere(parts);
      return whileAlive(Context.current(), async () =>
        prepareAction(
          registry,
          { evidence, policy, isOtherPolicyPinned: isOtherPinned(policy, input) },
          input,
        ),
      );
    },
    prepareExternal: async (input) =>
      whileAlive(Context.current(), async () => prepareExternal(parts, input)),
    loadPolicy: async () => policyHere(parts),
  };
}

function policyHere({ policy, policyOf }: AgentParts): Policy {
  const { workflowExecution } = Context.current().info;
  return workflowExecution === undefined
    ? policy
    : (policyOf?.(workflowExecution.workflowId) ?? policy);
}

async function modelTurn(parts: AgentParts, input: ModelTurnInput): Promise<ModelTurn> {
  const context = Context.current();
  const cancellation = context.cancellationSignal;
  return whileAlive(context, async () => {
    const conversation = await fullConversation(parts, input);
    await parts.registry.refreshAll();
    const stored = input.storeTail ? await storedTail(parts, input) : undefined;
    const response = await askModel(parts, { goal: input.goal, conversation, cancellation });
    const text = cutText(wellFormed(response.text), ANSWER_CHARACTERS_MAX);
    const proposed = await prepareCalls(parts, input, { conversation, response });
    const { confidenceModel: model, confidenceTimeoutMs: timeoutMs = CONFIDENCE_TIMEOUT_MS } =
      parts;
    const scorer = { model, timeoutMs, cancellation };
    const isAnswer = proposed.length === 0 && text.trim() !== '';
    const confidence = isAnswer ? await scoreAnswer(scorer, input.goal, text) : undefined;
    return {
      text,
      calls: await Promise.all(
        proposed.map(async (call) => scoredCall(parts, input, { scorer, call })),
      ),
      usage: usageOf(response),
      ...(confidence === undefined ? {} : { confidence }),
      ...(stored === undefined ? {} : { stored }),
      ...(input.policyDigest === undefined ? { policy: parts.policy } : {}),
    };
  });
}

async function fullConversation(
  { evidence }: AgentParts,
  { conversation }: ModelTurnInput,
): Promise<readonly Message[]> {
  return [...(await loadConversation(evidence, conversation.stored)), ...conversation.tail];
}

async function storedTail(
  { evidence }: AgentParts,
  { conversation }: ModelTurnInput,
): Promise<ModelTurn['stored']> {
  return storeTail(evidence, conversation.stored, conversation.tail);
}

interface Asked {
  readonly goal: string;
  readonly conversation: readonly Message[];
  readonly cancellation: AbortSignal;
}

async function askModel(
  { model, registry, modelTimeoutMs: timeoutMs = MODEL_TIMEOUT_MS }: AgentParts,
  { goal, conversation, cancellation }: Asked,
): Promise<ModelResponse> {
  const timedOut = (): ApplicationFailure =>
    ApplicationFailure.retryable(
      `${model.name} gave no answer within ${timeoutMs} ms`,
      MODEL_FAILURES.timedOut,
    );
  const request = { goal, messages: conversation, tools: registry.descriptions };
  try {
    return await withinTime({ timeoutMs, cancellation, timedOut }, async (signal) =>
      model.respond({ ...request, signal }),
    );
  } catch (error) {
    // A cancelled turn ends as cancelled, whatever the model's library makes of its signal.
    cancellation.throwIfAborted();
    throw error instanceof ApplicationFailure ? error : modelFailure(model, error);
  }
}

function modelFailure(model: Model, error: unknown): ApplicationFailure {
  const message = `${model.name}: ${messageOf(error)}`;
  return error instanceof ModelRefused
    ? ApplicationFailure.nonRetryable(message, MODEL_FAILURES.refused)
    : ApplicationFailure.retryable(message, MODEL_FAILURES.unavailable);
}

async function prepareCalls(
  { registry, evidence, policy }: AgentParts,
  input: ModelTurnInput,
  { conversation, response }: { conversation: readonly Message[]; response: ModelResponse },
): Promise<readonly ProposedCall[]> {
  const { step, agentId } = input;
  const preparation = { evidence, policy, isOtherPolicyPinned: isOtherPinned(policy, input) };
  return proposedCalls(registry, { step, agentId, conversation, response }, async (call) =>
    prepareAction(registry, preparation, call),
  );
}

/** A deploy in between: the session keeps the policy it began with, which this worker does not know. */
function isOtherPinned(
  policy: Policy,
  { policyDigest }: Pick<ModelTurnInput, 'policyDigest'>,
): boolean {
  return policyDigest !== undefined && policyDigest !== policy.digest;
}

async function scoredCall(
  { policy }: AgentParts,
  input: ModelTurnInput,
  { scorer, call }: { scorer: Scorer; call: ProposedCall },
): Promise<ProposedCall> {
  const { prepared } = call;
  if (!prepared.ok) return call;
  const { action } = prepared;
  // An unknown policy may want the score: one that it does not want changes nothing, a missing one would loosen.
  const isWanted = isOtherPinned(policy, input) || isWorthScoring(policy, action, input.stakes);
  if (!isWanted) return call;
  const confidence = await scoreAction(scorer, input.goal, action);
  return { ...call, prepared: { ok: true, action: { ...action, confidence } } };
}

/** Tokens count toward the session's limit: never less than none. */
function usageOf({ usage }: ModelResponse): ModelTurn['usage'] {
  const tokens = (count: number): number => (Number.isSafeInteger(count) && count > 0 ? count : 0);
  return { inputTokens: tokens(usage.inputTokens), outputTokens: tokens(usage.outputTokens) };
}
