/**
 * Proves the decisions of an agent session between its steps: which limit stops it, what a turn was, which calls still
 * run, and what the model reads next. What is no number stops it as well (H10).
 */
import { describe, expect, test } from 'vitest';
import type { ModelTurn, ProposedCall } from '../../domain/activities.ts';
import {
  assistantMessage,
  BEYOND_LIMIT,
  callsWithinLimit,
  conversationSoFar,
  instructionMessage,
  limitReached,
  NO_PROGRESS,
  progressAfter,
  sentBackMessage,
  TASK_INCOMPLETE,
  toolMessage,
  turnKind,
} from '../../domain/session/agent-loop.ts';
import {
  addMessages,
  isTailLarge,
  type Message,
  textOf,
} from '../../domain/session/conversation.ts';
import { DEFAULT_LIMITS } from '../../domain/index.ts';
import { CONVERSATION_INLINE_BYTES_MAX } from '../../domain/limits.ts';
import { COMMAND } from './builders.ts';

function callOf(callId: string): ProposedCall {
  const refused = { actionType: 'x', reason: 'unknown_tool', message: 'no' } as const;
  return { callId, name: 'x', arguments: { a: 1 }, prepared: { ok: false, refused } };
}

function turnOf(calls: number, text = ''): ModelTurn {
  return {
    text,
    calls: Array.from({ length: calls }, (_, index) => callOf(`c-${index}`)),
    usage: { inputTokens: 10, outputTokens: 5 },
  };
}

describe('the conversation so far', () => {
  const told = { tail: [{ role: 'user', text: 'hello' }] } as const;

  test('ends with what the model said in a turn that waits for people', () => {
    const turn = turnOf(1, 'I pay it back.');
    expect(conversationSoFar(told, turn).tail).toEqual([...told.tail, assistantMessage(turn)]);
  });

  test('is the conversation, where no turn is open', () => {
    expect(conversationSoFar(told, undefined)).toBe(told);
  });
});

describe('limits', () => {
  const { stepsMax, toolCallsMax, tokensMax, workingTimeMs } = DEFAULT_LIMITS;

  test('are ten steps, as in the lesson', () => {
    expect(stepsMax).toBe(10);
    expect(TASK_INCOMPLETE).toBe('Task incomplete.');
  });

  test.each([
    [{}, 0, undefined],
    [{ steps: stepsMax - 1 }, 0, undefined],
    [{ steps: stepsMax }, 0, 'steps'],
    [{ steps: stepsMax + 1 }, 0, 'steps'],
    [{ toolCalls: toolCallsMax - 1 }, 0, undefined],
    [{ toolCalls: toolCallsMax }, 0, 'tool_calls'],
    [{ tokens: tokensMax - 1 }, 0, undefined],
    [{ tokens: tokensMax }, 0, 'tokens'],
    [{}, workingTimeMs - 1, undefined],
    [{}, workingTimeMs, 'working_time'],
    [{ steps: stepsMax, tokens: tokensMax }, workingTimeMs, 'steps'],
  ] as const)('%j after %d ms: %s', (progress, workedMs, limit) => {
    expect(limitReached({ ...NO_PROGRESS, ...progress }, DEFAULT_LIMITS, workedMs)).toBe(limit);
  });

  test('H10: a count that is no number is a limit that is reached', () => {
    const usage = { inputTokens: Number.NaN, outputTokens: 1 };
    const progress = progressAfter(NO_PROGRESS, { ...turnOf(0, 'x'), usage });
    expect(limitReached(progress, DEFAULT_LIMITS, 0)).toBe('tokens');
    expect(limitReached(NO_PROGRESS, DEFAULT_LIMITS, Number.NaN)).toBe('working_time');
  });

  test('of tool calls let the first calls of a turn run, and give the others back', () => {
    const ids = (before: number, calls: number, max: number): readonly string[] => {
      const progress = progressAfter({ ...NO_PROGRESS, toolCalls: before }, turnOf(calls));
      return callsWithinLimit(progress, turnOf(calls), max).map((call) => call.callId);
    };
    expect(ids(0, 2, 3)).toEqual(['c-0', 'c-1']);
    expect(ids(0, 3, 3)).toEqual(['c-0', 'c-1', 'c-2']);
    expect(ids(2, 3, 3)).toEqual(['c-0']);
    expect(ids(3, 3, 3)).toEqual([]);
    expect(ids(9, 3, 3)).toEqual([]);
    expect(toolMessage(callOf('c-1'), BEYOND_LIMIT)).toEqual({
      role: 'tool',
      callId: 'c-1',
      name: 'x',
      text: 'The action was not executed: the session has reached its limit of tool calls',
    });
  });
});

test('progress counts steps, calls and tokens', () => {
  const after = progressAfter(progressAfter(NO_PROGRESS, turnOf(2)), turnOf(0, 'done'));
  expect(after).toEqual({ steps: 2, toolCalls: 2, tokens: 30 });
});

test.each([
  [turnOf(1), 'calls'],
  [turnOf(1, 'I will do that.'), 'calls'],
  [turnOf(0, 'Paris.'), 'answer'],
  [turnOf(0), 'nothing'],
  [turnOf(0, ' \n\t'), 'nothing'],
] as const)('a turn of %j is: %s', (turn, kind) => {
  expect(turnKind(turn)).toBe(kind);
});

describe('messages', () => {
  test('of the assistant keep its calls, without what only the session needs', () => {
    expect(assistantMessage(turnOf(1, 'Let me look.'))).toEqual({
      role: 'assistant',
      text: 'Let me look.',
      calls: [{ callId: 'c-0', name: 'x', arguments: { a: 1 } }],
    });
  });

  test('of an operator and of a reviewer are marked as a person’s', () => {
    expect(instructionMessage({ ...COMMAND, message: 'stop refunding' }).text).toBe(
      'Instruction from the operator: stop refunding',
    );
    expect(sentBackMessage('name the source').text).toContain(
      'sent this answer back: name the source',
    );
    for (const nothing of [undefined, '', '  ']) {
      expect(sentBackMessage(nothing).text).toContain('no reason was given');
    }
  });
});

describe('a conversation', () => {
  const message = (characters: number): Message => ({ role: 'user', text: 'x'.repeat(characters) });

  test('grows at its tail, and keeps where the rest is stored', () => {
    const stored = { digest: 'a', messages: 3 };
    const grown = addMessages({ stored, tail: [message(1)] }, [message(2), message(3)]);
    expect(grown.stored).toBe(stored);
    expect(grown.tail.map((one) => one.text.length)).toEqual([1, 2, 3]);
  });

  test('has a large tail above 64 KiB of UTF-8', () => {
    expect(isTailLarge({ tail: [message(CONVERSATION_INLINE_BYTES_MAX - 100)] })).toBe(false);
    expect(isTailLarge({ tail: [message(CONVERSATION_INLINE_BYTES_MAX)] })).toBe(true);
    const ideographs: Message = { role: 'user', text: '漢'.repeat(30_000) };
    expect(isTailLarge({ tail: [ideographs] })).toBe(true);
  });

  test('shows texts as they are and everything else as JSON', () => {
    expect([textOf('a'), textOf(1), textOf(null), textOf({ b: 1, a: [] })]).toEqual([
      'a',
      '1',
      'null',
      '{"a":[],"b":1}',
    ]);
  });
});
