import { CancelledFailure } from '@temporalio/activity';
import { describe, expect, test, vi } from 'vitest';
import { scriptedModel } from '../../activities/adapters/scripted-model.ts';
import { agentActivities } from '../../activities/model-turn.ts';
import { type ConfidenceModel, type Model, ModelRefused } from '../../activities/ports.ts';
import { createToolRegistry } from '../../activities/tool-registry.ts';
import type { ModelTurnInput } from '../../domain/activities.ts';
import { canonicalJson } from '../../domain/text/canonical-json.ts';
import type { Message } from '../../domain/session/conversation.ts';
import { digestOfText } from '../../domain/text/digest.ts';
import { isJson } from '../../domain/text/json.ts';
import { ANSWER_CHARACTERS_MAX } from '../../domain/limits.ts';
import { defaultPolicy } from '../../domain/schema/policy.ts';
import {
  answering,
  environment,
  failure,
  INPUT,
  POLICY,
  rating,
  TOOLS,
  turn,
  USAGE,
} from './desk.ts';
import { keptEvidence, lostEvidence } from './kept-evidence.ts';

describe('a final answer', () => {
  test('is scored from the goal and its first 500 characters', async () => {
    const confidenceModel = rating('0.7');
    const text = `${'a'.repeat(499)}😀 and more`;
    const answered = await turn({ model: answering({ text }), confidenceModel });
    expect(answered).toEqual({ text, calls: [], usage: USAGE, confidence: { score: 0.7 } });
    expect(confidenceModel.asked).toMatchObject([{ task: INPUT.goal, answer: 'a'.repeat(499) }]);
  });

  test('is not scored where there is none', async () => {
    const confidenceModel = rating('0.7');
    expect(await turn({ model: answering({ text: ' \n' }), confidenceModel })).not.toHaveProperty(
      'confidence',
    );
    expect(confidenceModel.asked).toEqual([]);
  });

  test('counts as 0.5 where the score is no number, and says so', async () => {
    expect((await turn({ confidenceModel: rating('quite sure') })).confidence).toEqual({
      score: 0.5,
      note: 'unparsed',
    });
  });

  test('stays JSON and bounded, whatever the model wrote', async () => {
    const { text } = await turn({ model: answering({ text: `\uDC00${'x'.repeat(70_000)}` }) });
    expect(text).toMatch(/^\uFFFDxxx/u);
    expect(text.slice(ANSWER_CHARACTERS_MAX)).toBe('… (6001 more characters)');
    expect(isJson(text)).toBe(true);
  });
});

describe('a score that can not be had (H9)', () => {
  test('counts as low after two tries, and does not fail the turn', async () => {
    const rate = vi.fn<ConfidenceModel['rate']>().mockRejectedValue(new Error('429'));
    const { confidence } = await turn({ confidenceModel: { name: 'down', rate } });
    expect(confidence).toEqual({ score: 0, note: 'failed' });
    expect(rate).toHaveBeenCalledTimes(2);
  });

  test('is had at the second try', async () => {
    const rate = vi
      .fn<ConfidenceModel['rate']>()
      .mockRejectedValueOnce(new Error('429'))
      .mockResolvedValue('0.8');
    expect((await turn({ confidenceModel: { name: 'flaky', rate } })).confidence).toEqual({
      score: 0.8,
    });
  });

  test('counts as low where the fast model hangs, after its own bound', async () => {
    const signals: AbortSignal[] = [];
    const rate: ConfidenceModel['rate'] = async ({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    const confidenceModel = { name: 'hangs', rate };
    const { confidence } = await turn({ confidenceModel, confidenceTimeoutMs: 5 });
    expect(confidence).toEqual({ score: 0, note: 'failed' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  test('ends the turn where the session is cancelled meanwhile', async () => {
    const within = environment();
    const rate: ConfidenceModel['rate'] = async () => {
      within.cancel();
      return new Promise(() => undefined);
    };
    await expect(
      turn({ confidenceModel: { name: 'hangs', rate } }, {}, within),
    ).rejects.toBeInstanceOf(CancelledFailure);
  });
});

describe('the policy', () => {
  test('comes with the first turn, and with no other', async () => {
    const { policyDigest: _none, ...first } = INPUT;
    const { modelTurn } = agentActivities({
      model: answering({ text: 'Done.' }),
      confidenceModel: rating('0.9'),
      registry: createToolRegistry(TOOLS),
      evidence: keptEvidence(),
      policy: POLICY,
    });
    expect(await environment().run(modelTurn, first)).toMatchObject({ policy: POLICY });
    expect(await turn({})).not.toHaveProperty('policy');
  });

  test('is there for workflows that ask for it', async () => {
    const { loadPolicy } = agentActivities({
      model: scriptedModel([{ text: '' }]),
      confidenceModel: rating('0.9'),
      registry: createToolRegistry([]),
      evidence: keptEvidence(),
      policy: defaultPolicy(),
    });
    expect(await environment().run(loadPolicy)).toEqual(defaultPolicy());
  });
});

describe('a long conversation', () => {
  const messages = (from: number): readonly Message[] => [
    {
      role: 'assistant',
      text: `turn ${from}\uD800`,
      calls: [{ callId: `c${from}`, name: 'search', arguments: { text: 'a' } }],
    },
    { role: 'tool', callId: `c${from}`, name: 'search', text: 'nothing' },
  ];

  test('is stored part by part, and read back whole', async () => {
    const evidence = keptEvidence();
    const first = await turn(
      { evidence },
      { storeTail: true, conversation: { tail: messages(1) } },
    );
    expect(first.stored).toMatchObject({ messages: 2 });
    const second = await turn(
      { evidence },
      {
        storeTail: true,
        conversation: { stored: first.stored, tail: messages(2) } as ModelTurnInput['conversation'],
      },
    );
    expect(second.stored).toMatchObject({ messages: 4 });
    expect(JSON.parse(evidence.contents.get(second.stored?.digest ?? '') ?? '')).toMatchObject({
      previous: first.stored?.digest,
    });
    const model = answering({ text: 'Done.' });
    const conversation = {
      stored: second.stored,
      tail: messages(3),
    } as ModelTurnInput['conversation'];
    const third = await turn({ evidence, model }, { conversation });
    expect(third).not.toHaveProperty('stored');
    const texts = model.asked[0]?.messages.map(({ text }) => text);
    expect(texts).toEqual([
      'turn 1\uFFFD',
      'nothing',
      'turn 2\uFFFD',
      'nothing',
      'turn 3\uD800',
      'nothing',
    ]);
  });

  test('stays as it is where there is nothing to store', async () => {
    const evidence = keptEvidence();
    const stored = {
      digest: await evidence.putContent(canonicalJson({ messages: [] })),
      messages: 0,
    };
    expect(
      (await turn({ evidence }, { storeTail: true, conversation: { stored, tail: [] } })).stored,
    ).toEqual(stored);
    expect(await turn({ evidence }, { storeTail: true })).not.toHaveProperty('stored');
  });

  test('that is not in this store may be in that of another worker', async () => {
    const stored = { digest: digestOfText('elsewhere'), messages: 1 };
    const { type, nonRetryable } = await failure(turn({}, { conversation: { stored, tail: [] } }));
    expect({ type, nonRetryable }).toEqual({ type: 'ConversationUnreadable', nonRetryable: false });
  });

  test.each([
    ['is another text than its digest says', 'x', 1],
    ['has lost messages', canonicalJson({ messages: [] }), 1],
    ['has more messages', canonicalJson({ messages: [{ role: 'user', text: 'a' }] }), 0],
  ])('ends the turn for good where it %s', async (_case, text, count) => {
    const evidence = keptEvidence();
    const digest = text === 'x' ? digestOfText('y') : digestOfText(text);
    evidence.contents.set(digest, text);
    const stored = { digest, messages: count };
    const { type, nonRetryable } = await failure(
      turn({ evidence }, { conversation: { stored, tail: [] } }),
    );
    expect({ type, nonRetryable }).toEqual({ type: 'ConversationUnreadable', nonRetryable: true });
  });

  test('is not asked about before it is safe', async () => {
    const model = answering({ text: 'Done.' });
    const input = { storeTail: true, conversation: { tail: messages(1) } };
    await expect(turn({ model, evidence: lostEvidence() }, input)).rejects.toThrow(
      'the database is gone',
    );
    expect(model.asked).toEqual([]);
  });
});

describe('a model that gives no answer', () => {
  const failing = (error: unknown): Model => ({
    name: 'test model',
    respond: async () => {
      throw error;
    },
  });

  test('because it refuses is final', async () => {
    const { type, nonRetryable, message } = await failure(
      turn({ model: failing(new ModelRefused('HTTP 401')) }),
    );
    expect({ type, nonRetryable, message }).toEqual({
      type: 'ModelRefused',
      nonRetryable: true,
      message: 'test model: HTTP 401',
    });
  });

  test('for any other reason may be asked again', async () => {
    const { type, nonRetryable } = await failure(turn({ model: failing(new Error('ECONNRESET')) }));
    expect({ type, nonRetryable }).toEqual({ type: 'ModelUnavailable', nonRetryable: false });
  });

  test('ends after its bound, even where it ignores its signal', async () => {
    const model: Model = { name: 'test model', respond: async () => new Promise(() => undefined) };
    const { type, nonRetryable, message } = await failure(turn({ model, modelTimeoutMs: 5 }));
    expect({ type, nonRetryable, message }).toEqual({
      type: 'ModelTimedOut',
      nonRetryable: false,
      message: 'test model gave no answer within 5 ms',
    });
  });

  test('ends when its session is cancelled', async () => {
    const within = environment();
    const model: Model = {
      name: 'test model',
      respond: async ({ signal }) => {
        within.cancel();
        signal.throwIfAborted();
        throw new Error('was not told');
      },
    };
    await expect(turn({ model }, {}, within)).rejects.toBeInstanceOf(CancelledFailure);
  });

  test('counts no tokens that are none', async () => {
    const usage = { inputTokens: Number.NaN, outputTokens: -5 };
    expect((await turn({ model: answering({ text: 'a', usage }) })).usage).toEqual({
      inputTokens: 0,
      outputTokens: 0,
    });
  });
});

describe('a modified call', () => {
  test('is prepared as any other', async () => {
    const { prepareAction } = agentActivities({
      model: scriptedModel([{ text: '' }]),
      confidenceModel: rating('0.9'),
      registry: createToolRegistry(TOOLS),
      evidence: keptEvidence(),
      policy: POLICY,
    });
    const input = { agentId: 'desk', actionType: 'delete_record', arguments: { id: 'c-18' } };
    expect(await environment().run(prepareAction, input)).toMatchObject({
      ok: true,
      action: { arguments: { id: 'c-18' } },
    });
    expect(
      await environment().run(prepareAction, { ...input, arguments: { id: 18 } }),
    ).toMatchObject({ ok: false });
  });
});
