/**
 * The decisions of an agent session between its steps: whether a limit is reached, what the next messages are, how
 * it ends. workflows/agent-session.ts asks here and only waits, schedules and stores.
 */
import type { ModelTurn, ProposedCall } from '../activities.ts';
import type { ActionOutcome } from '../action/action-outcome.ts';
import { outcomeText } from '../action/action-outcome.ts';
import { addMessages, type Conversation, type Message, type ToolCall } from './conversation.ts';
import type { Instruction } from './operator-command.ts';
import { batchTier } from '../policy/batch.ts';
import type { Stakes } from '../policy/confidence.ts';
import { evaluateAction, type Policy, type PolicyLimits } from '../policy/policy.ts';

export const TASK_INCOMPLETE = 'Task incomplete.';

export interface Progress {
  readonly steps: number;
  readonly toolCalls: number;
  readonly tokens: number;
}

export const NO_PROGRESS: Progress = { steps: 0, toolCalls: 0, tokens: 0 };

export type LimitReached = 'steps' | 'tool_calls' | 'tokens' | 'working_time';

export type SessionResult =
  | ({ readonly status: 'completed'; readonly answer: string } & Progress)
  /** The steps, or another limit, ran out. */
  | ({
      readonly status: 'incomplete';
      readonly answer: string;
      readonly limit: LimitReached;
    } & Progress)
  /** Nobody confirmed an answer that was below the threshold of its stakes. */
  | ({ readonly status: 'unconfirmed'; readonly unconfirmedAnswer: string } & Progress);

/** Which limit forbids another step; undefined: none. */
export function limitReached(
  progress: Progress,
  limits: PolicyLimits,
  workedMs: number,
): LimitReached | undefined {
  // Written so that NaN, which no comparison accepts, is a limit reached.
  if (!(progress.steps < limits.stepsMax)) return 'steps';
  if (!(progress.toolCalls < limits.toolCallsMax)) return 'tool_calls';
  if (!(progress.tokens < limits.tokensMax)) return 'tokens';
  return workedMs < limits.workingTimeMs ? undefined : 'working_time';
}

export function progressAfter(progress: Progress, turn: ModelTurn): Progress {
  return {
    steps: progress.steps + 1,
    toolCalls: progress.toolCalls + turn.calls.length,
    tokens: progress.tokens + turn.usage.inputTokens + turn.usage.outputTokens,
  };
}

/** What a turn was: tool calls, a final answer, or nothing at all. */
export function turnKind(turn: ModelTurn): 'calls' | 'answer' | 'nothing' {
  if (turn.calls.length > 0) return 'calls';
  return turn.text.trim() === '' ? 'nothing' : 'answer';
}

/** The calls of a turn that the session's limit still allows; the others go back to the model. */
export function callsWithinLimit(
  progress: Progress,
  turn: ModelTurn,
  toolCallsMax: number,
): readonly ProposedCall[] {
  const before = progress.toolCalls - turn.calls.length;
  return turn.calls.slice(0, Math.max(0, toolCallsMax - before));
}

/** The tier of the batch that a turn's calls are. A question asks a person by itself, and is none of it. */
export function turnTier(
  policy: Policy,
  calls: readonly ProposedCall[],
  stakes: Stakes,
): string | undefined {
  const evaluations = calls.flatMap(({ prepared }) =>
    prepared.ok && prepared.action.actionType !== ASK_PERSON
      ? [evaluateAction(policy, prepared.action, stakes)]
      : [],
  );
  return batchTier(policy, evaluations);
}

/** The tool that asks a person. It is every agent's, and no activity: its call is a gate of kind `question`. */
export const ASK_PERSON = 'ask_person';

/** What the agent is told of its question. */
export function askedOutcome(answer: string | undefined): ActionOutcome {
  return { status: 'executed', result: answer ?? 'Nobody answered. Go on without, or say so.' };
}

export const BEYOND_LIMIT: ActionOutcome = {
  status: 'not_executed',
  message: 'the session has reached its limit of tool calls',
};

export function assistantMessage(turn: ModelTurn): Message {
  return { role: 'assistant', text: turn.text, calls: turn.calls.map(toolCall) };
}

/** With what the model said in a turn that is not settled yet: what people are asked about stands in it. */
export function conversationSoFar(
  conversation: Conversation,
  open: ModelTurn | undefined,
): Conversation {
  return open === undefined ? conversation : addMessages(conversation, [assistantMessage(open)]);
}

function toolCall({ callId, name, arguments: args }: ProposedCall): ToolCall {
  return { callId, name, arguments: args };
}

export function toolMessage(call: ProposedCall, outcome: ActionOutcome): Message {
  return { role: 'tool', callId: call.callId, name: call.name, text: outcomeText(outcome) };
}

export function instructionMessage(instruction: Instruction): Message {
  return { role: 'user', text: `Instruction from the operator: ${instruction.message}` };
}

export function sentBackMessage(rationale: string | undefined): Message {
  const reason = rationale?.trim() || 'no reason was given';
  return { role: 'user', text: `A reviewer sent this answer back: ${reason}. Work on it further.` };
}

export const NOTHING_MESSAGE: Message = {
  role: 'user',
  text: 'Your last turn was empty. Call a tool, or give a final answer.',
};
