/**
 * A model provider on the loopback address: a real HTTP server that speaks OpenAI's chat completions and Responses
 * API and Anthropic's messages, answers from a script, and fails in the ways that providers fail.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedCall {
  readonly id: string;
  readonly name: string;
  /** As the model writes them: text that may be no JSON. */
  readonly argumentsText: string;
}

export type ServedTurn =
  | {
      readonly text?: string;
      readonly calls?: readonly ServedCall[];
      readonly tokens?: readonly [number, number];
      /** Leaves the count of tokens out, as some endpoints do. */
      readonly uncounted?: true;
      /** The provider's limit of output was reached before the model was done. */
      readonly cut?: true;
    }
  | { readonly status: number; readonly message?: string }
  /** Takes the request and never answers. */
  | 'hang'
  /** Takes the request and cuts the connection. */
  | 'reset'
  /** Answers 200 with something that is no JSON. */
  | 'garbage';

export interface ServedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
  /** Settles when the client is gone before it got an answer. */
  readonly abandoned: Promise<void>;
}

export interface ModelServer {
  /** With `/v1`, as all three protocols are mounted there. */
  readonly baseUrl: string;
  readonly requests: readonly ServedRequest[];
  /** What comes next; the last one is repeated. */
  serve(...turns: readonly [ServedTurn, ...ServedTurn[]]): void;
  /** The n-th request, as soon as it is there. */
  request(index: number): Promise<ServedRequest>;
  close(): Promise<void>;
}

export async function modelServer(): Promise<ModelServer> {
  const requests: ServedRequest[] = [];
  const waiting = new Map<number, (request: ServedRequest) => void>();
  let turns: readonly ServedTurn[] = [];
  let served = 0;
  const serveOne = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await read(message);
    const abandoned = new Promise<void>((resolve) => {
      response.once('close', () => {
        if (!response.writableFinished) resolve();
      });
    });
    const request = { path: message.url ?? '', headers: message.headers, body, abandoned };
    const turn = turns[Math.min(served, turns.length - 1)] ?? { status: 500 };
    served += 1;
    requests.push(request);
    waiting.get(requests.length - 1)?.(request);
    answer(turn, request, response);
  };
  const server = createServer((message, response) => void serveOne(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // Listening on TCP, so the address is one.
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    serve: (...next) => {
      turns = next;
      served = 0;
    },
    request: async (index) => {
      const there = requests[index];
      if (there !== undefined) return there;
      return new Promise((resolve) => waiting.set(index, resolve));
    },
    close: async () => closed(server),
  };
}

async function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

async function read(message: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  // A request body comes in buffers as long as no encoding is set.
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>;
}

function answer(turn: ServedTurn, { path }: ServedRequest, response: ServerResponse): void {
  if (turn === 'hang') return;
  if (turn === 'reset') {
    response.destroy();
    return;
  }
  const [status, body] = turn === 'garbage' ? [200, '<html>'] : bodyOf(turn, path);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

type Words = Extract<ServedTurn, { readonly text?: string }>;

function bodyOf(turn: Exclude<ServedTurn, string>, path: string): [number, object] {
  if ('status' in turn) {
    const error = { type: 'scripted', code: 'scripted', message: turn.message ?? 'No' };
    return [turn.status, { type: 'error', error }];
  }
  switch (path) {
    case '/v1/chat/completions':
      return [200, chatCompletion(turn)];
    case '/v1/responses':
      return [200, openAiResponse(turn)];
    case '/v1/messages':
      return [200, anthropicMessage(turn)];
    default:
      return [404, { error: { message: `No such path: ${path}` } }];
  }
}

function chatCompletion({
  text = '',
  calls = [],
  tokens = [11, 7],
  uncounted,
  cut,
}: Words): object {
  const tool_calls = calls.map(({ id, name, argumentsText }) => ({
    id,
    type: 'function',
    function: { name, arguments: argumentsText },
  }));
  const usage = {
    prompt_tokens: tokens[0],
    completion_tokens: tokens[1],
    total_tokens: tokens[0] + tokens[1],
  };
  return {
    id: 'chat-1',
    object: 'chat.completion',
    created: 1,
    model: 'served',
    choices: [
      {
        index: 0,
        finish_reason: cut === true ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop',
        message: {
          role: 'assistant',
          content: text,
          ...(calls.length > 0 ? { tool_calls } : {}),
        },
      },
    ],
    ...(uncounted === true ? {} : { usage }),
  };
}

function openAiResponse({ text = '', calls = [], tokens = [11, 7], cut }: Words): object {
  const words = {
    type: 'message',
    role: 'assistant',
    id: 'msg_1',
    status: 'completed',
    content: [{ type: 'output_text', text, annotations: [] }],
  };
  return {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    ...(cut === true
      ? { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
      : { status: 'completed' }),
    model: 'served',
    output: [
      ...(text === '' ? [] : [words]),
      ...calls.map(({ id, name, argumentsText }, index) => ({
        type: 'function_call',
        id: `fc_${index}`,
        call_id: id,
        name,
        arguments: argumentsText,
        status: 'completed',
      })),
    ],
    usage: {
      input_tokens: tokens[0],
      output_tokens: tokens[1],
      total_tokens: tokens[0] + tokens[1],
    },
  };
}

/** Anthropic sends arguments as JSON, so what is no JSON can only come as a string. */
function anthropicMessage({ text = '', calls = [], tokens = [11, 7], cut }: Words): object {
  return {
    type: 'message',
    id: 'msg_1',
    role: 'assistant',
    model: 'served',
    content: [
      ...(text === '' ? [] : [{ type: 'text', text }]),
      ...calls.map(({ id, name, argumentsText }) => ({
        type: 'tool_use',
        id,
        name,
        input: parsed(argumentsText),
      })),
    ],
    stop_reason: cut === true ? 'max_tokens' : calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: tokens[0], output_tokens: tokens[1] },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
