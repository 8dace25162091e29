/**
 * A wiki as an MCP server, by the official SDK: over stdio when this file is run (with a folder as its argument),
 * over streamable HTTP when a test serves it. Its tools are defined by a file, read at every list, so that a test can
 * change them under way; every call is a line of another file. What a tool does is said by its arguments.
 */
import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';

/** A definition as the server shows it, sound or not. */
export type Definition = Readonly<Record<string, unknown>> & { readonly name: string };

export interface WikiCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly key: unknown;
  readonly pid: number;
  readonly environment: readonly string[];
}

/** The server's world, on disk: seen by its process and by the test. */
export interface WikiFolder {
  readonly path: string;
  readonly define: (definitions: readonly Definition[]) => Promise<void>;
  readonly calls: (name?: string) => Promise<readonly WikiCall[]>;
  readonly remove: () => Promise<void>;
}

export async function wikiFolder(definitions: readonly Definition[]): Promise<WikiFolder> {
  const path = await mkdtemp(join(tmpdir(), 'holdpoint-mcp-'));
  const define: WikiFolder['define'] = async (now) =>
    writeFile(join(path, 'tools.json'), JSON.stringify(now));
  await define(definitions);
  return {
    path,
    define,
    calls: async (name) => {
      const lines = (await readFile(join(path, 'calls.jsonl'), 'utf8').catch(() => '')).split('\n');
      const calls = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as WikiCall);
      return calls.filter((call) => name === undefined || call.name === name);
    },
    remove: async () => rm(path, { recursive: true }),
  };
}

/** How a configuration starts it. */
export function wikiCommand({ path }: Pick<WikiFolder, 'path'>): {
  command: string;
  args: readonly string[];
} {
  const jiti = fileURLToPath(new URL('../../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url));
  return { command: process.execPath, args: [jiti, fileURLToPath(import.meta.url), path] };
}

function wikiServer(folder: string): Server {
  const server = new Server({ name: 'wiki', version: '1' }, { capabilities: { tools: {} } });
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: JSON.parse(await readFile(join(folder, 'tools.json'), 'utf8')) as never,
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
    const { name, arguments: args = {}, _meta: meta } = params;
    const call: WikiCall = {
      name,
      args,
      key: meta?.['holdpoint/idempotencyKey'],
      pid: process.pid,
      environment: Object.keys(process.env),
    };
    await appendFile(join(folder, 'calls.jsonl'), `${JSON.stringify(call)}\n`);
    if (args['how'] === 'hang') return new Promise(() => undefined);
    if (args['how'] === 'throw') throw new Error('the wiki is broken');
    const text = args['how'] === 'long' ? 'x'.repeat(3_000_000) : `did ${name}`;
    return {
      content: [{ type: 'text', text }],
      ...(args['how'] === 'error' ? { isError: true } : {}),
      ...(args['how'] === 'structure' ? { structuredContent: { pages: 2 } } : {}),
    };
  });
  return server;
}

export interface ServedWiki {
  readonly url: string;
  /** The headers of the last request. */
  readonly headers: () => Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

/** Over streamable HTTP, with sessions, as most servers are: one that is closed and served again knows none of them. */
export async function serveWiki({ path }: WikiFolder, port = 0): Promise<ServedWiki> {
  let last: Readonly<Record<string, unknown>> = {};
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const opened = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await wikiServer(path).connect(transport);
    return transport;
  };
  const http = createServer((request, response) => {
    last = request.headers;
    const id = request.headers['mcp-session-id'];
    const known = typeof id === 'string' ? sessions.get(id) : undefined;
    if (id !== undefined && known === undefined) {
      response.writeHead(404).end();
      return;
    }
    void Promise.resolve(known ?? opened()).then(async (transport) =>
      transport.handleRequest(request, response),
    );
  });
  await new Promise<void>((resolve) => {
    http.listen(port, '127.0.0.1', resolve);
  });
  const { port: bound } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${bound}/mcp`,
    headers: () => last,
    close: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => {
        http.close(resolve);
      });
    },
  };
}

const [, script, folder] = process.argv;
if (script === fileURLToPath(import.meta.url) && folder !== undefined) {
  await wikiServer(folder).connect(new StdioServerTransport());
}
