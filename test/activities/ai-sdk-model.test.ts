import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ModelConfig, modelFromConfig } from '../../activities/adapters/ai-sdk-model.ts';
import { agentActivities } from '../../activities/model-turn.ts';
import { ModelRefused, type ModelRequest, type ModelResponse } from '../../activities/ports.ts';
import { createToolRegistry } from '../../activities/tool-registry.ts';
import type { ModelTurn, ModelTurnInput } from '../../domain/activities.ts';
import type { Message } from '../../domain/session/conversation.ts';
import { defaultPolicy } from '../../domain/schema/policy.ts';
import { type ModelServer, modelServer, type ServedTurn } from '../support/model-server.ts';
import { keptEvidence } from './kept-evidence.ts';

const KEY = 'sk-secret-of-the-test';

let server: ModelServer;
beforeAll(async () => {
  server = await modelServer();
});
afterAll(async () => server.close());

type Provider = ModelConfig['provider'];
const PROVIDERS: readonly Provider[] = ['openai', 'anthropic', 'openai-compatible'];
const PATHS: Readonly<Record<Provider, string>> = {
  openai: '/v1/responses',
  anthropic: '/v1/messages',
  'openai-compatible': '/v1/chat/completions',
};

function configOf(provider: Provider): ModelConfig {
  // A model that each provider's library knows: of others it warns on the console.
  const model = provider === 'anthropic' ? 'claude-sonnet-4-5' : 'gpt-4.1';
  return { provider, model, apiKey: KEY, baseUrl: server.baseUrl };
}

const REGISTRY = createToolRegistry([
  {
    name: 'refund',
    description: 'Pays an order back',
    input: z.object({ order: z.string(), note: z.string().optional() }),
    execute: () => null,
  },
]);

function request(more: Partial<ModelRequest> = {}): ModelRequest {
  const { signal } = new AbortController();
  return { goal: 'Help the customer', messages: [], tools: REGISTRY.descriptions, signal, ...more };
}

async function respond(
  provider: Provider,
  turn: ServedTurn,
  more?: Partial<ModelRequest>,
): Promise<ModelResponse> {
  server.serve(turn);
  return modelFromConfig(configOf(provider)).model.respond(request(more));
}

const refund = (argumentsText: string, id = 'call_1'): object => ({
  id,
  name: 'refund',
  argumentsText,
});

function calling(...calls: readonly object[]): ServedTurn {
  return { text: 'On it.', calls: calls as { id: string; name: string; argumentsText: string }[] };
}

describe.each(PROVIDERS)('the model of %s', (provider) => {
  test('answers in words, and says what it used', async () => {
    const answered = await respond(provider, { text: 'It is paid.', tokens: [120, 9] });
    expect(answered).toEqual({
      text: 'It is paid.',
      calls: [],
      usage: { inputTokens: 120, outputTokens: 9 },
    });
    expect(server.requests.at(-1)?.path).toBe(PATHS[provider]);
  });

  test('proposes several calls, and executes none', async () => {
    const { text, calls } = await respond(
      provider,
      calling(refund('{"order":"o-1"}', 'a'), refund('{"order":"o-2","note":"late"}', 'b')),
    );
    expect(text).toBe('On it.');
    expect(calls).toEqual([
      { callId: 'a', name: 'refund', arguments: { order: 'o-1' } },
      { callId: 'b', name: 'refund', arguments: { order: 'o-2', note: 'late' } },
    ]);
  });

  test('keeps two calls of one id apart: each has its own arguments (H1)', async () => {
    const { calls } = await respond(
      provider,
      calling(refund('{"order":"o-1"}', 'same'), refund('{"order":"o-2"}', 'same')),
    );
    expect(calls.map((call) => call.arguments)).toEqual([{ order: 'o-1' }, { order: 'o-2' }]);
    expect(calls.map(({ callId }) => callId)).toEqual(['same', 'same']);
  });

  test.each([
    ['broken JSON', '{"order": "o-1"'],
    ['no JSON at all', 'refund it'],
    ['a JSON text', '"o-1"'],
  ])('hands on arguments that are %s as none', async (_case, argumentsText) => {
    const { calls } = await respond(provider, calling(refund(argumentsText)));
    expect(calls).toHaveLength(1);
    expect(typeof calls[0]?.arguments).not.toBe('object');
  });

  test('hands on arguments that do not fit and tools that are not there, for the turn to judge', async () => {
    const { calls } = await respond(
      provider,
      calling(refund('{"order":7}'), { id: 'x', name: 'constructor', argumentsText: '{"a":1}' }),
    );
    expect(calls).toMatchObject([
      { name: 'refund', arguments: { order: 7 } },
      { callId: 'x', name: 'constructor', arguments: { a: 1 } },
    ]);
  });

  test('is asked again where its answer was cut short', async () => {
    const error: unknown = await respond(provider, { text: 'It is', cut: true }).catch(
      (failure: unknown) => failure,
    );
    expect(error).toMatchObject({ message: 'its answer was cut short (length)' });
    expect(error).not.toBeInstanceOf(ModelRefused);
  });

  test("is told a team's own words beside Holdpoint's", async () => {
    server.serve({ text: 'Done.' });
    const config = { ...configOf(provider), instructions: 'Be brief, and polite.' };
    await modelFromConfig(config).model.respond(request());
    const sent = JSON.stringify(server.requests.at(-1)?.body);
    expect(sent).toContain('Be brief, and polite.');
    expect(sent).toContain('Never try to get around a rejection.');
  });

  test('may say nothing', async () => {
    expect(await respond(provider, {})).toMatchObject({ text: '', calls: [] });
  });

  test('is told the whole conversation, blank turns left out', async () => {
    const messages: readonly Message[] = [
      {
        role: 'assistant',
        text: 'I pay it back.',
        calls: [
          { callId: 'c-1', name: 'refund', arguments: { order: 'o-1' } },
          { callId: 'c-2', name: 'refund', arguments: { order: 'o-2' } },
        ],
      },
      { role: 'tool', callId: 'c-1', name: 'refund', text: 'paid' },
      { role: 'tool', callId: 'c-2', name: 'refund', text: '' },
      { role: 'assistant', text: ' ', calls: [] },
      { role: 'user', text: 'Instruction from the operator: hurry' },
    ];
    await respond(provider, { text: 'Done.' }, { messages });
    const { body, headers } = await server.request(server.requests.length - 1);
    const sent = JSON.stringify(body);
    const order = [
      'Help the customer',
      'I pay it back.',
      'c-1',
      'o-1',
      'c-2',
      'o-2',
      'paid',
      '(no output)',
      'hurry',
    ];
    const places = order.map((words) => sent.indexOf(words, sent.indexOf('Help the customer')));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(sent).toContain('People watch over your work');
    expect(sent).toContain('"required":["order"]');
    expect(sent).not.toContain('"text":" "');
    expect(headers[provider === 'anthropic' ? 'x-api-key' : 'authorization']).toContain(KEY);
  });

  test.each([400, 401, 403, 404, 413, 422])(
    'refuses for good with HTTP %i, and tells no secret',
    async (status) => {
      const message = `Incorrect API key provided: ${KEY}`;
      const error: unknown = await respond(provider, { status, message }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(ModelRefused);
      expect(error).toMatchObject({ message: `HTTP ${status}: Incorrect API key provided: [key]` });
      expect(error).not.toHaveProperty('cause');
    },
  );

  test.each<[string, ServedTurn]>([
    ['is asked too much (429)', { status: 429, message: 'slow down' }],
    ['has an error of its own (500)', { status: 500 }],
    ['is overloaded (529)', { status: 529 }],
    ['cuts the connection', 'reset'],
    ['answers garbage', 'garbage'],
  ])('may be asked again where it %s, and was asked once', async (_case, turn) => {
    const before = server.requests.length;
    const error: unknown = await respond(provider, turn).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(ModelRefused);
    expect(server.requests.length - before).toBe(1);
  });

  test('lets go of the connection when its turn is over', async () => {
    const stop = new AbortController();
    const index = server.requests.length;
    const reason = new Error('cancelled');
    const answered = respond(provider, 'hang', { signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    const { abandoned } = await server.request(index);
    stop.abort(reason);
    expect(await answered).toBe(reason);
    await abandoned;
  });

  test('rates confidence with the fast model, in its raw words', async () => {
    server.serve({ text: ' 0.8 ' });
    const { confidenceModel } = modelFromConfig({
      ...configOf(provider),
      fastModel: 'claude-haiku-4-5',
    });
    const { signal } = new AbortController();
    expect(await confidenceModel.rate({ task: 'Help', answer: 'It is paid.', signal })).toBe(
      ' 0.8 ',
    );
    const body = server.requests.at(-1)?.body;
    expect(body?.['model']).toBe('claude-haiku-4-5');
    expect(JSON.stringify(body)).toContain('It is paid.');
  });
});

describe('OpenAI', () => {
  test('is told to keep nothing, and to leave optional arguments optional', async () => {
    await respond('openai', { text: 'Done.' });
    expect(server.requests.at(-1)?.body).toMatchObject({
      store: false,
      tools: [{ strict: false }],
    });
  });
});

describe('an endpoint that counts no tokens', () => {
  test('does not make a session free of its limit', async () => {
    const { usage } = await respond('openai-compatible', {
      text: 'word '.repeat(100),
      uncounted: true,
    });
    expect(usage.outputTokens).toBeGreaterThan(100);
    expect(usage.inputTokens).toBeGreaterThan(20);
  });
});

describe('the configuration of a model', () => {
  const none = { environment: {} };

  test.each<[Provider, string]>([
    ['openai', 'OPENAI_API_KEY'],
    ['anthropic', 'ANTHROPIC_API_KEY'],
  ])('takes the key of %s from %s, and names it where it is missing', (provider, variable) => {
    const config: ModelConfig = { provider, model: 'm', baseUrl: 'http://127.0.0.1:1' };
    expect(() => modelFromConfig(config, none)).toThrow(`set the environment variable ${variable}`);
    expect(() => modelFromConfig(config, { environment: { [variable]: '' } })).toThrow(variable);
    const models = modelFromConfig(config, { environment: { [variable]: KEY } });
    expect(models.model.name).toBe(`${provider} m`);
  });

  test("sends nobody's key to a compatible endpoint that was given none", async () => {
    server.serve({ text: 'Done.' });
    const { model } = modelFromConfig(
      { provider: 'openai-compatible', model: 'm', baseUrl: server.baseUrl },
      { environment: { OPENAI_API_KEY: KEY } },
    );
    await model.respond(request());
    expect(server.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  test.each<[string, object, string]>([
    ['an unknown provider', { provider: 'elsewhere', model: 'm' }, 'provider: '],
    ['no model', { provider: 'openai' }, 'model: '],
    [
      'a misspelt field',
      { provider: 'openai', model: 'm', baseURL: 'http://a.example' },
      'Unrecognized key: "baseURL"',
    ],
    [
      'an address that is none',
      { provider: 'openai', model: 'm', baseUrl: 'file:///etc' },
      'baseUrl: must be an http or https URL',
    ],
    [
      'a compatible endpoint without address',
      { provider: 'openai-compatible', model: 'm' },
      'baseUrl: ',
    ],
  ])('is refused with %s', (_case, config, message) => {
    expect(() => modelFromConfig(config as ModelConfig, none)).toThrow(`Model configuration: `);
    expect(() => modelFromConfig(config as ModelConfig, none)).toThrow(message);
  });
});

describe.each(PROVIDERS)('a whole turn with %s', (provider) => {
  const input: ModelTurnInput = {
    agentId: 'desk',
    goal: 'Help the customer',
    stakes: 'medium_stakes',
    step: 1,
    conversation: { tail: [] },
    storeTail: false,
  };

  async function turn(
    served: readonly [ServedTurn, ...ServedTurn[]],
    { modelTimeoutMs = 5_000, within = environment() } = {},
  ): Promise<ModelTurn> {
    server.serve(...served);
    const { modelTurn } = agentActivities({
      ...modelFromConfig(configOf(provider)),
      registry: REGISTRY,
      evidence: keptEvidence(),
      policy: defaultPolicy(),
      modelTimeoutMs,
    });
    return within.run(modelTurn, input);
  }

  test('has each call judged by itself', async () => {
    const { calls } = await turn([
      calling(
        refund('{"order":"o-1"}', 'same'),
        refund('{"order":"o-2"}', 'same'),
        refund('{"order":'),
        { id: 'x', name: 'teleport', argumentsText: '{}' },
      ),
    ]);
    expect(calls).toMatchObject([
      { callId: 'same', prepared: { ok: true, action: { arguments: { order: 'o-1' } } } },
      { callId: 'step-1-call-1', prepared: { ok: true, action: { arguments: { order: 'o-2' } } } },
      { callId: 'call_1', arguments: {}, prepared: { refused: { reason: 'invalid_arguments' } } },
      { callId: 'x', prepared: { refused: { reason: 'unknown_tool' } } },
    ]);
  });

  test('scores its answer, and survives a fast model that is down', async () => {
    expect(await turn([{ text: 'It is paid.' }, { text: '0.9' }])).toMatchObject({
      confidence: { score: 0.9 },
    });
    expect(await turn([{ text: 'It is paid.' }, { status: 500 }, 'reset'])).toMatchObject({
      confidence: { score: 0, note: 'failed' },
    });
    expect(await turn([{ text: 'It is paid.' }, { status: 429 }, { text: '0.7' }])).toMatchObject({
      confidence: { score: 0.7 },
    });
  });

  test('ends with a type for each way a model fails', async () => {
    await expect(turn([{ status: 401 }])).rejects.toMatchObject({
      type: 'ModelRefused',
      nonRetryable: true,
    });
    await expect(turn([{ status: 429 }])).rejects.toMatchObject({
      type: 'ModelUnavailable',
      nonRetryable: false,
    });
    await expect(turn(['hang'], { modelTimeoutMs: 50 })).rejects.toMatchObject({
      type: 'ModelTimedOut',
    });
  });

  test('lets go of a hanging model when its session is cancelled', async () => {
    const within = environment();
    const index = server.requests.length;
    const ended = turn(['hang'], { within }).catch((error: unknown) => error);
    const { abandoned } = await server.request(index);
    within.cancel();
    expect(await ended).toMatchObject({ name: 'CancelledFailure' });
    await abandoned;
  });
});

function environment(): MockActivityEnvironment {
  return new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
}
