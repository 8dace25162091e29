/**
 * A connection to an MCP server, over stdio or streamable HTTP, by the official SDK. Made when it is first needed, and
 * again when it is needed after it was lost; a call is sent once and never again.
 *
 * The server is told nothing but what its configuration says: of the worker's environment only PATH, where programs
 * are found. It can ask the client for nothing (no sampling, no roots, no questions to people).
 */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import {
  getDefaultEnvironment,
  StdioClientTransport,
} from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { z } from 'zod';
import { MCP_TOOLS_MAX, SECOND_MS } from '../../domain/limits.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { messageOf, messageText } from '../outside-text.ts';
import type { McpServerConfig } from './mcp-server-config.ts';

export interface McpCall {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Nothing was sent. */
export class NotConnected extends Error {
  override readonly name = 'NotConnected';
}

/** A server that is fetched by its command when it first runs takes its time. */
const CONNECT_MS = 30 * SECOND_MS;
const LIST_MS = 10 * SECOND_MS;
/** Beyond the tool's own limit, which its signal keeps. */
const CALL_GRACE_MS = 10 * SECOND_MS;

const answerSchema = z.looseObject({});
const pageSchema = z.looseObject({
  tools: z.array(z.unknown()),
  nextCursor: z.string().optional(),
});

export class McpConnection {
  readonly #config: McpServerConfig;
  #connecting: Promise<Client> | undefined;
  /** The one whose list is known: a call goes to no other. */
  #listed: Client | undefined;
  #isClosed = false;
  #callsInFlight = 0;

  constructor(config: McpServerConfig) {
    this.#config = config;
  }

  /** The definitions of its tools, as they came: nothing in them is checked. Connects where it has to. */
  async list(): Promise<readonly unknown[]> {
    const wasConnected = this.#connecting !== undefined;
    try {
      return await this.#listOnce().catch(async (error: unknown) => {
        if (!wasConnected || this.#connecting !== undefined) throw error;
        return this.#listOnce();
      });
    } catch (error) {
      throw failure(this.#config, error);
    }
  }

  /**
   * Sends a call, once, over the connection that there is. Rejects with {@link NotConnected} where there is none;
   * with any other error, whether the call took effect is open.
   */
  async call(
    name: string,
    args: JsonObject,
    { idempotencyKey, signal, timeoutMs }: McpCall,
  ): Promise<unknown> {
    if (this.#listed === undefined) throw new NotConnected('There is no connection');
    const params = { name, arguments: args, _meta: { [KEY_META]: idempotencyKey } };
    const options = { signal, timeout: timeoutMs + CALL_GRACE_MS };
    this.#callsInFlight += 1;
    try {
      return await this.#listed.request({ method: 'tools/call', params }, answerSchema, options);
    } catch (error) {
      // The library words it in its own way: whoever told it to stop knows why.
      signal.throwIfAborted();
      throw failure(this.#config, error);
    } finally {
      this.#callsInFlight -= 1;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#drop();
  }

  async #listOnce(): Promise<readonly unknown[]> {
    const client = await this.#connected();
    try {
      const tools = await listAll(client);
      this.#listed = client;
      return tools;
    } catch (error) {
      // A session that the server has forgotten, a pipe that is broken: the next one begins anew. But a server that
      // is only busy is not taken away from the calls that keep it so.
      if (this.#callsInFlight === 0) await this.#drop();
      throw error;
    }
  }

  async #connected(): Promise<Client> {
    if (this.#isClosed) throw new NotConnected('It is closed');
    if (this.#connecting !== undefined) return this.#connecting;
    const forget = (): void => {
      if (this.#connecting !== connecting) return;
      this.#connecting = undefined;
      this.#listed = undefined;
    };
    const connecting = connect(this.#config, forget);
    this.#connecting = connecting;
    connecting.catch(forget);
    return connecting;
  }

  async #drop(): Promise<void> {
    const last = this.#connecting;
    this.#connecting = undefined;
    this.#listed = undefined;
    const client = await last?.catch(() => undefined);
    await client?.close().catch(() => undefined);
  }
}

/** Where a server finds the key of an action, if it keeps such keys. */
const KEY_META = 'holdpoint/idempotencyKey';

async function connect(config: McpServerConfig, onLost: () => void): Promise<Client> {
  const client = new Client({ name: 'holdpoint', version: '1' }, { capabilities: {} });
  // What a server writes out of turn ends no worker.
  Object.assign(client, { onclose: onLost, onerror: () => undefined });
  const { transport, complaint } = transportTo(config);
  try {
    await client.connect(transport, { timeout: CONNECT_MS });
    return client;
  } catch (error) {
    await client.close().catch(() => undefined);
    throw new Error(`${wordsOf(error)}${complaint()}`, { cause: error });
  }
}

type Transport = Parameters<Client['connect']>[0];

/** `complaint`: what the server wrote to its standard error last, where it has one. */
function transportTo(config: McpServerConfig): {
  readonly transport: Transport;
  readonly complaint: () => string;
} {
  if ('url' in config) {
    const { url, headers = {} } = config;
    const http = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
    return { transport: http, complaint: () => '' };
  }
  const { command, args = [], env = {}, cwd } = config;
  const stdio = new StdioClientTransport({
    command,
    args: [...args],
    env: onlyThis(env),
    stderr: 'pipe',
    ...(cwd === undefined ? {} : { cwd }),
  });
  let last = '';
  // Read, or a server that writes much of it would stand still; never printed.
  stdio.stderr?.on('data', (chunk: Buffer) => {
    last = `${last}${chunk.toString()}`.slice(-COMPLAINT_CHARS);
  });
  return {
    transport: stdio,
    complaint: () => (last.trim() === '' ? '' : `; it wrote: ${last.trim()}`),
  };
}

const COMPLAINT_CHARS = 500;

/** The SDK adds HOME, USER and more of the worker's own; a variable that is `undefined` is none. */
function onlyThis(env: Readonly<Record<string, string>>): Record<string, string> {
  const { PATH, ...others } = getDefaultEnvironment();
  const none = Object.fromEntries(Object.keys(others).map((name) => [name, undefined]));
  const path = PATH === undefined ? {} : { PATH };
  return { ...none, ...path, ...env };
}

async function listAll(client: Client): Promise<readonly unknown[]> {
  const tools: unknown[] = [];
  let cursor: string | undefined;
  do {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: 'tools/list', params }, pageSchema, {
      timeout: LIST_MS,
    });
    tools.push(...page.tools);
    if (tools.length > MCP_TOOLS_MAX || (page.tools.length === 0 && page.nextCursor)) {
      throw new Error(`it lists more than ${MCP_TOOLS_MAX} tools, or pages without any`);
    }
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return tools;
}

/** Fit to be shown, and without what the configuration keeps secret. */
function failure(config: McpServerConfig, error: unknown): Error {
  const secrets = Object.values(('url' in config ? config.headers : config.env) ?? {});
  const told = secrets
    .filter((secret) => secret.length >= SECRET_CHARACTERS_MIN)
    .reduce((text, secret) => text.replaceAll(secret, '[secret]'), wordsOf(error));
  return new Error(messageText(`MCP server ${config.name}: ${told}`));
}

/** `fetch failed` is all that Node says itself: why stands in the cause. */
function wordsOf(error: unknown): string {
  const cause = error instanceof TypeError ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}

/** A shorter value (`1`, `true`) is no secret, and would be cut out of every other word. */
const SECRET_CHARACTERS_MIN = 6;
