/**
 * Asks the fast model for a score, within its own bounds. A score is never worth failing a turn for: a model that
 * can't be asked counts as low confidence, so that a person looks (SOURCE). Only a cancelled turn ends.
 */
import type { PreparedAction } from '../domain/activities.ts';
import { canonicalJson } from '../domain/text/canonical-json.ts';
import { CONFIDENCE_FAILED, type Confidence, confidenceFrom } from '../domain/policy/confidence.ts';
import { CONFIDENCE_ANSWER_CHARACTERS_MAX, SECOND_MS } from '../domain/limits.ts';
import { firstCharacters } from './outside-text.ts';
import type { ConfidenceModel, ConfidenceRequest } from './ports.ts';
import { withinTime } from './time-bound.ts';

export const CONFIDENCE_TIMEOUT_MS = 30 * SECOND_MS;
const CONFIDENCE_TRIES = 2;

export interface Scorer {
  readonly model: ConfidenceModel;
  readonly cancellation: AbortSignal;
  /** Per try. */
  readonly timeoutMs: number;
}

export async function scoreAnswer(
  scorer: Scorer,
  goal: string,
  answer: string,
): Promise<Confidence> {
  return score(scorer, { task: goal, answer });
}

export async function scoreAction(
  scorer: Scorer,
  goal: string,
  action: PreparedAction,
): Promise<Confidence> {
  const { actionType, description, agentReason } = action;
  const task = `${goal}\n\nTo get there, the agent proposes this action: ${description}`;
  const call = `${actionType} ${canonicalJson(action.arguments)}`;
  const answer = agentReason === undefined ? call : `${call}\nThe agent's reason: ${agentReason}`;
  return score(scorer, { task, answer });
}

async function score(
  { model, cancellation, timeoutMs }: Scorer,
  asked: Pick<ConfidenceRequest, 'task' | 'answer'>,
): Promise<Confidence> {
  const { task } = asked;
  const answer = firstCharacters(asked.answer, CONFIDENCE_ANSWER_CHARACTERS_MAX);
  const timedOut = (): Error => new Error(`No score within ${timeoutMs} ms`);
  for (let tries = 0; tries < CONFIDENCE_TRIES; tries += 1) {
    try {
      const words = await withinTime({ timeoutMs, cancellation, timedOut }, async (signal) =>
        model.rate({ task, answer, signal }),
      );
      return confidenceFrom(words);
    } catch {
      cancellation.throwIfAborted();
    }
  }
  return CONFIDENCE_FAILED;
}
