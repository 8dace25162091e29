/**
 * Models through the AI SDK: OpenAI, Anthropic and whatever speaks OpenAI's chat completions. It only carries words
 * across. Tools have no execute here, so the library runs nothing; it retries nothing; what a model wrote is passed on
 * as it is, for the turn to judge.
 */
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  AISDKError,
  APICallError,
  generateText,
  jsonSchema,
  type LanguageModelMiddleware,
  type ModelMessage,
  type ToolSet,
  tool,
  wrapLanguageModel,
} from 'ai';
import { z } from 'zod';
import type { Message } from '../../domain/session/conversation.ts';
import { confidencePrompt } from '../confidence-prompt.ts';
import { messageOf, messageText } from '../outside-text.ts';
import {
  type ConfidenceModel,
  type Model,
  ModelRefused,
  type ModelRequest,
  type ModelResponse,
  type ToolDescription,
} from '../ports.ts';

const SYSTEM = `You work on the user's task with the tools you are given. People watch over your work: a tool call may wait until a person has approved it, may come back changed, or may be rejected with a reason. Never try to get around a rejection. Before a call, say briefly why you make it. When the task is done, answer in plain text without calling a tool.`;

type LanguageModel = Parameters<typeof wrapLanguageModel>[0]['model'];

const common = {
  /** The model's id, as its provider names it. */
  model: z.string().min(1),
  /** The model that rates confidence; left out: the same one. */
  fastModel: z.string().min(1).optional(),
  apiKey: z.string().min(1).optional(),
  /** A team's own words to its agents, after Holdpoint's. */
  instructions: z.string().trim().min(1).optional(),
};
const baseUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

const configSchema = z.discriminatedUnion('provider', [
  z.strictObject({ provider: z.literal('openai'), baseUrl: baseUrl.optional(), ...common }),
  z.strictObject({ provider: z.literal('anthropic'), baseUrl: baseUrl.optional(), ...common }),
  z.strictObject({ provider: z.literal('openai-compatible'), baseUrl, ...common }),
]);

export type ModelConfig = z.input<typeof configSchema>;

/** Where the key is when the configuration has none. A compatible endpoint may need none, and gets nobody else's. */
const KEY_VARIABLES = { openai: 'OPENAI_API_KEY', anthropic: 'ANTHROPIC_API_KEY' } as const;

export interface Models {
  readonly model: Model;
  readonly confidenceModel: ConfidenceModel;
}

/** Throws a TypeError that names the field, or the variable that is missing. Nothing is asked of the provider yet. */
export function modelFromConfig(
  config: ModelConfig,
  { environment = process.env }: { readonly environment?: NodeJS.ProcessEnv } = {},
): Models {
  const parsed = configSchema.safeParse(config);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.map(String).join('.') || 'configuration'}: ${message}`,
    );
    throw new TypeError(`Model configuration: ${problems.join('; ')}`);
  }
  const { provider, model, fastModel = model, instructions } = parsed.data;
  const apiKey = keyFor(parsed.data, environment);
  const make = factory(parsed.data, apiKey);
  const endpoint = { provider, ...(apiKey === undefined ? {} : { apiKey }) };
  return {
    model: aiSdkModel(
      { ...endpoint, name: `${provider} ${model}`, model: make(model) },
      instructions === undefined ? SYSTEM : `${SYSTEM}\n\n${instructions}`,
    ),
    confidenceModel: aiSdkConfidence({
      ...endpoint,
      name: `${provider} ${fastModel}`,
      model: make(fastModel),
    }),
  };
}

function keyFor(config: ModelConfig, environment: NodeJS.ProcessEnv): string | undefined {
  if (config.apiKey !== undefined || config.provider === 'openai-compatible') return config.apiKey;
  const variable = KEY_VARIABLES[config.provider];
  const apiKey = environment[variable];
  if (apiKey === undefined || apiKey === '') {
    throw new TypeError(
      `No key for ${config.provider}: set the environment variable ${variable}, or apiKey in the model configuration`,
    );
  }
  return apiKey;
}

function factory(config: ModelConfig, apiKey: string | undefined): (id: string) => LanguageModel {
  const key = apiKey === undefined ? {} : { apiKey };
  if (config.provider === 'openai-compatible') {
    return createOpenAICompatible({ name: 'openai-compatible', baseURL: config.baseUrl, ...key });
  }
  const settings = { ...key, ...(config.baseUrl === undefined ? {} : { baseURL: config.baseUrl }) };
  return config.provider === 'openai' ? createOpenAI(settings) : createAnthropic(settings);
}

interface Endpoint {
  readonly name: string;
  readonly provider: ModelConfig['provider'];
  readonly model: LanguageModel;
  readonly apiKey?: string;
}

/** Nothing of a session is to stay with OpenAI: the whole conversation is sent each time anyway. */
const PROVIDER_OPTIONS = { openai: { store: false } };

/** Half an answer is none, and half a call is another call. Asked again, a model may say it in fewer words. */
const CUT_SHORT: readonly string[] = ['length', 'content-filter'];

function aiSdkModel(endpoint: Endpoint, system: string): Model {
  const model = wrapLanguageModel({ model: endpoint.model, middleware: DISTINCT_CALL_IDS });
  return {
    name: endpoint.name,
    respond: async (request) =>
      asked(endpoint, request.signal, async () => {
        const { text, toolCalls, usage, finishReason } = await generateText({
          model,
          system,
          messages: promptMessages(request),
          tools: toolSet(endpoint, request.tools),
          providerOptions: PROVIDER_OPTIONS,
          maxRetries: 0,
          abortSignal: request.signal,
        });
        if (CUT_SHORT.includes(finishReason)) {
          throw new Error(`its answer was cut short (${finishReason})`);
        }
        const calls = toolCalls.map(responseCall);
        return { text, calls, usage: tokensOf(usage, request, { text, calls }) };
      }),
  };
}

function aiSdkConfidence(endpoint: Endpoint): ConfidenceModel {
  return {
    name: endpoint.name,
    rate: async (request) =>
      asked(endpoint, request.signal, async () => {
        const { text } = await generateText({
          model: endpoint.model,
          ...confidencePrompt(request),
          providerOptions: PROVIDER_OPTIONS,
          maxRetries: 0,
          abortSignal: request.signal,
        });
        return text;
      }),
  };
}

/**
 * generateText pairs calls with their arguments by id (seen in `ai` 6.0.326): of two calls with one id, the second
 * would silently get the arguments of the first. So an id that repeats is made distinct before it gets there, in a
 * form that no provider uses; the turn then gives it one of its own.
 */
const DISTINCT_CALL_IDS: LanguageModelMiddleware = {
  specificationVersion: 'v3',
  wrapGenerate: async ({ doGenerate }) => {
    const result = await doGenerate();
    const content = result.content.map((part, index) =>
      part.type === 'tool-call' ? { ...part, toolCallId: `${index}:${part.toolCallId}` } : part,
    );
    return { ...result, content };
  },
};

function responseCall(call: {
  readonly toolCallId: string;
  readonly toolName: string;
  readonly input: unknown;
  readonly invalid?: boolean | undefined;
}): ModelResponse['calls'][number] {
  // What could not be parsed comes as the text it was: that is no JSON object either way.
  const isText = call.invalid === true && typeof call.input === 'string';
  return {
    callId: call.toolCallId.slice(call.toolCallId.indexOf(':') + 1),
    name: call.toolName,
    arguments: isText ? undefined : call.input,
  };
}

/** A provider that counts no tokens must not make a session free of its limit: four characters count as one. */
function tokensOf(
  usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined },
  request: ModelRequest,
  written: unknown,
): ModelResponse['usage'] {
  const estimate = (words: unknown): number => Math.ceil(JSON.stringify(words).length / 4);
  return {
    inputTokens: usage.inputTokens ?? estimate([request.goal, request.messages, request.tools]),
    outputTokens: usage.outputTokens ?? estimate(written),
  };
}

function toolSet({ provider }: Endpoint, descriptions: readonly ToolDescription[]): ToolSet {
  const tools = descriptions.map(({ name, description, inputSchema }) => [
    name,
    tool({
      description,
      inputSchema: jsonSchema(inputSchema),
      // OpenAI would otherwise make every optional argument a required one.
      ...(provider === 'openai' ? { strict: false } : {}),
    }),
  ]);
  // Without a prototype: a model may call a tool named `constructor`.
  return Object.assign(Object.create(null), Object.fromEntries(tools)) as ToolSet;
}

function promptMessages({ goal, messages }: ModelRequest): ModelMessage[] {
  return [{ role: 'user', content: goal }, ...messages.flatMap(promptMessage)];
}

/** Providers refuse blank texts and empty messages: a blank turn of the model is left out. */
function promptMessage(message: Message): ModelMessage[] {
  switch (message.role) {
    case 'user':
      return [{ role: 'user', content: message.text }];
    case 'assistant': {
      const words = message.text.trim() === '' ? [] : [textPart(message.text)];
      const content = [...words, ...message.calls.map(callPart)];
      return content.length === 0 ? [] : [{ role: 'assistant', content }];
    }
    case 'tool': {
      const { callId: toolCallId, name: toolName } = message;
      const value = message.text.trim() === '' ? '(no output)' : message.text;
      const output = { type: 'text', value } as const;
      return [{ role: 'tool', content: [{ type: 'tool-result', toolCallId, toolName, output }] }];
    }
  }
}

function textPart(text: string): { type: 'text'; text: string } {
  return { type: 'text', text };
}

function callPart(call: Extract<Message, { role: 'assistant' }>['calls'][number]): {
  type: 'tool-call';
  toolCallId: string;
  toolName: string;
  input: unknown;
} {
  return { type: 'tool-call', toolCallId: call.callId, toolName: call.name, input: call.arguments };
}

/** Requests that are wrong stay wrong: a bad key, a model or a message that the provider does not know or accept. */
const REFUSED_STATUS: readonly number[] = [400, 401, 403, 404, 413, 422];

async function asked<T>(
  { apiKey }: Endpoint,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    const words = failureWords(error);
    // A provider may repeat the key it was given.
    const message = apiKey === undefined ? words : words.replaceAll(apiKey, '[key]');
    // Without a cause: the library's errors carry the whole request.
    throw isRefusal(error) ? new ModelRefused(message) : new Error(message);
  }
}

function isRefusal(error: unknown): boolean {
  if (APICallError.isInstance(error)) return REFUSED_STATUS.includes(error.statusCode ?? 0);
  // The library itself did not accept the conversation, before anything was sent.
  return AISDKError.isInstance(error) && REFUSED_BY_LIBRARY.includes(error.name);
}

const REFUSED_BY_LIBRARY: readonly string[] = [
  'AI_InvalidPromptError',
  'AI_MissingToolResultsError',
  'AI_MessageConversionError',
  'AI_UnsupportedFunctionalityError',
];

function failureWords(error: unknown): string {
  const status = APICallError.isInstance(error) ? error.statusCode : undefined;
  return messageText(`${status === undefined ? '' : `HTTP ${status}: `}${messageOf(error)}`);
}
