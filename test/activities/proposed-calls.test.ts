import { describe, expect, test } from 'vitest';
import { scriptedConfidence } from '../../activities/adapters/scripted-model.ts';
import { CALLS_BYTES_MAX, CALLS_MAX } from '../../activities/proposed-calls.ts';
import type { ModelTurnInput } from '../../domain/activities.ts';
import type { Message } from '../../domain/session/conversation.ts';
import { isJson } from '../../domain/text/json.ts';
import { answering, call, rating, turn, turnWith } from './desk.ts';

describe('the calls of a turn', () => {
  test('are prepared one by one, with what the agent said beside them', async () => {
    const { calls, text } = await turnWith(
      [call('search', { text: 'o-1' }, 'a'), call('delete_record', { id: 'c-17' }, 'b')],
      { text: 'The customer wants it. '.repeat(200) },
    );
    expect(text).toContain('The customer wants it.');
    expect(calls).toMatchObject([
      { callId: 'a', name: 'search', prepared: { ok: true, action: { readOnly: true } } },
      {
        callId: 'b',
        name: 'delete_record',
        arguments: { id: 'c-17' },
        prepared: {
          ok: true,
          action: { readOnly: false, description: 'Delete record: id = "c-17"' },
        },
      },
    ]);
    const [prepared] = calls.map((one) => one.prepared);
    const reason = prepared?.ok === true ? prepared.action.agentReason : undefined;
    expect(reason).toMatch(/^The customer wants it\. .*… \(2\d+ more characters\)$/s);
  });

  test.each<[string, unknown]>([
    ['no JSON', undefined],
    ['a list', []],
    ['a text', '{}'],
    ['a lone surrogate', { text: '\uD800' }],
    ['__proto__', JSON.parse('{"__proto__": {}, "text": "a"}')],
    ['not what the schema takes', { words: 1 }],
  ])('go back to the model where their arguments are %s', async (_case, args) => {
    const { calls } = await turnWith([call('search', args), call('search', { text: 'ok' }, 'c-2')]);
    expect(calls).toMatchObject([
      {
        callId: 'c-1',
        prepared: { ok: false, refused: { actionType: 'search', reason: 'invalid_arguments' } },
      },
      { callId: 'c-2', prepared: { ok: true } },
    ]);
    expect(isJson(calls)).toBe(true);
    if (!isJson(args)) expect(calls[0]?.arguments).toEqual({});
  });

  test('that name no tool go back under a name that providers take, and never become one', async () => {
    const { calls } = await turnWith([
      call('delete record', { id: 'c-17' }),
      call('', {}, 'c-2'),
      call(`${'x'.repeat(80)}\uD800`, {}, 'c-3'),
      call('constructor', {}, 'c-4'),
    ]);
    expect(calls.map(({ name }) => name)).toEqual([
      'delete_record',
      'unnamed',
      'x'.repeat(64),
      'constructor',
    ]);
    expect(calls.every(({ prepared }) => !prepared.ok)).toBe(true);
    expect(calls[0]).toMatchObject({
      arguments: { id: 'c-17' },
      prepared: {
        refused: {
          reason: 'unknown_tool',
          message: 'There is no tool "delete record". Tools: search, draft, delete_record.',
        },
      },
    });
    expect(isJson(calls)).toBe(true);
  });

  test('have ids that are new to the conversation and that every provider takes', async () => {
    const earlier: Message = {
      role: 'assistant',
      text: '',
      calls: [
        { callId: 'used', name: 'search', arguments: {} },
        { callId: 'step-3-call-4', name: 'search', arguments: {} },
      ],
    };
    const ids = ['used', 'twice', 'twice', '', 'of all kinds!', 'x'.repeat(65), 'step-3-call-2'];
    const model = answering({ calls: ids.map((id) => call('search', { text: 'a' }, id)) });
    const { calls } = await turn({ model }, { conversation: { tail: [earlier] } });
    expect(calls.map(({ callId }) => callId)).toEqual([
      'step-3-call-0',
      'twice',
      'step-3-call-2',
      'step-3-call-3',
      'step-3-call-4-1',
      'step-3-call-5',
      'step-3-call-6',
    ]);
  });

  test('are as many as the next turn has room for; what is beyond is said once', async () => {
    const many = Array.from({ length: 500 }, (_, index) =>
      call('search', { text: 'a' }, `c-${index}`),
    );
    const { calls } = await turnWith(many);
    expect(calls).toHaveLength(CALLS_MAX + 1);
    expect(calls.filter(({ prepared }) => prepared.ok)).toHaveLength(CALLS_MAX);
    expect(calls.at(-1)).toMatchObject({
      arguments: {},
      prepared: {
        refused: {
          message: `One turn may have ${CALLS_MAX} calls. The last 484 were not looked at: make them in another turn.`,
        },
      },
    });
  });

  test('are no larger together than travels', async () => {
    const large = Array.from({ length: 8 }, (_, index) =>
      call('draft', { text: 'x'.repeat(200 * 1024) }, `c-${index}`),
    );
    const { calls } = await turnWith(large);
    expect(calls.map(({ prepared }) => prepared.ok)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
      false,
      false,
    ]);
    expect(Buffer.byteLength(JSON.stringify(calls))).toBeLessThan(CALLS_BYTES_MAX + 10_000);
  });

  test('of hostile depth are refused, and the turn goes on', async () => {
    let deep: unknown = {};
    for (let level = 0; level < 5_000; level += 1) deep = { in: deep };
    const { calls } = await turnWith([call('draft', { text: 'a', deep })]);
    expect(calls).toMatchObject([{ arguments: {}, prepared: { ok: false } }]);
  });
});

describe('scoring actions', () => {
  const calls = [
    call('search', { text: 'a' }, 'read'),
    call('draft', { text: 'Dear customer' }, 'write'),
    call('delete_record', { id: 'c-17' }, 'gated'),
  ];

  async function scored(input: Partial<ModelTurnInput>): Promise<readonly string[]> {
    const { calls: proposed } = await turn({ model: answering({ calls }) }, input);
    return proposed
      .filter(({ prepared }) => prepared.ok && prepared.action.confidence !== undefined)
      .map(({ callId }) => callId);
  }

  test('asks only where the score could change the tier', async () => {
    expect(await scored({})).toEqual(['write']);
  });

  test('asks for each where the session has pinned a policy that this worker does not know', async () => {
    expect(await scored({ policyDigest: 'f'.repeat(64) })).toEqual(['read', 'write', 'gated']);
  });

  test('asks about the goal and the call, with its reason, in 500 characters', async () => {
    const confidenceModel = rating('0.4');
    const text = 'It was asked for.';
    const model = answering({ text, calls: [call('draft', { text: 'Dear customer' })] });
    const {
      calls: [proposed],
    } = await turn({ model, confidenceModel });
    expect(confidenceModel.asked).toMatchObject([
      {
        task: 'Help the customer\n\nTo get there, the agent proposes this action: Draft: text = "Dear customer"',
        answer: 'draft {"text":"Dear customer"}\nThe agent\'s reason: It was asked for.',
      },
    ]);
    expect(proposed).toMatchObject({ prepared: { action: { confidence: { score: 0.4 } } } });
  });

  test('counts as low what could not be asked', async () => {
    const confidenceModel = scriptedConfidence([]);
    const { calls: proposed } = await turn({ model: answering({ calls }), confidenceModel });
    expect(proposed[1]).toMatchObject({
      prepared: { action: { confidence: { score: 0, note: 'failed' } } },
    });
  });
});
