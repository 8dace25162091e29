/**
 * The tools of an MCP server as tools of a session. Each is one definition, by its digest: that is its version, which
 * a consent is given for. Before a model is told of it and before it is executed the server is asked for it again; a
 * definition that is not the one the team approved is unknown, gated, and its gate says what changed (H10).
 */
import {
  type McpLock,
  type Standing,
  standingNote,
  standingOf,
} from '../../domain/mcp/approval.ts';
import { declaredByAnnotations, UNKNOWN } from '../../domain/mcp/annotations.ts';
import {
  type McpTool,
  mcpToolDescription,
  mcpToolDigest,
  mcpToolName,
  readMcpTool,
  visibleSchema,
} from '../../domain/mcp/tool-definition.ts';
import { MINUTE_MS } from '../../domain/limits.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { messageOf } from '../outside-text.ts';
import { defineTool, NotExecuted, type Tool } from '../tool.ts';
import { jsonSchemaInput } from './json-schema-input.ts';
import { type McpConnection, NotConnected } from './mcp-connection.ts';
import { mcpResult } from './mcp-result.ts';

const MCP_TIMEOUT_MS = MINUTE_MS;

export interface McpToolbox {
  /** The server's name. */
  readonly server: string;
  readonly connection: McpConnection;
  readonly lock: McpLock;
  /** Of one call. Default 60,000. */
  readonly timeoutMs?: number;
}

/** A tool that a session can have, with where it comes from. */
export interface McpEntry {
  readonly tool: Tool;
  readonly definition: McpTool;
  readonly standing: Standing;
}

export interface McpListing {
  readonly entries: readonly McpEntry[];
  /** Tools that no session gets, and why: a line each, fit to be shown. */
  readonly leftOut: readonly string[];
}

/** Asks the server for its tools, now. Each of them asks again by itself later on. */
export async function listMcpTools(box: McpToolbox): Promise<McpListing> {
  let last = new Map<string, McpEntry>();
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<unknown> | undefined;
  const ask = async (): Promise<McpListing> => {
    const listing = listingOf(box, await box.connection.list(), { last, current });
    last = new Map(listing.entries.map((entry) => [entry.definition.name, entry]));
    return listing;
  };
  const current: Current = {
    digest: (name) => {
      const entry = last.get(name);
      return entry === undefined ? undefined : entry.tool.version;
    },
    refresh: async (name) => {
      // All tools that ask at the same time are answered by one list, and never by one that was asked for before.
      next ??= running
        .catch(() => undefined)
        .then(async () => {
          next = undefined;
          running = ask();
          return running;
        });
      await next;
      const entry = last.get(name);
      if (entry !== undefined) return entry.tool;
      throw new NotExecuted(`The MCP server ${box.server} no longer has this tool, or not so.`);
    },
  };
  return ask();
}

/** What is known of the server's tools right now, by its own names for them. */
interface Current {
  digest(name: string): string | undefined;
  refresh(name: string): Promise<Tool>;
}

interface Known {
  readonly last: ReadonlyMap<string, McpEntry>;
  readonly current: Current;
}

function listingOf(box: McpToolbox, raw: readonly unknown[], known: Known): McpListing {
  const leftOut: string[] = [];
  const entries = raw.flatMap((one) => {
    const reading = readMcpTool(box.server, one);
    const entry = reading.ok ? entryOf(box, reading.tool, known) : reading;
    if (!('problem' in entry)) return [entry];
    leftOut.push(`MCP server ${box.server}: ${entry.name} is left out: ${entry.problem}`);
    return [];
  });
  const lower = entries.map(({ tool }) => tool.name.toLowerCase());
  const isAlone = (name: string): boolean => lower.filter((one) => one === name).length === 1;
  for (const name of new Set(lower.filter((one) => !isAlone(one)))) {
    leftOut.push(
      `MCP server ${box.server}: ${name} is left out: several of its tools have this name`,
    );
  }
  const distinct = entries.filter(({ tool }) => isAlone(tool.name.toLowerCase()));
  return { entries: distinct, leftOut };
}

function entryOf(
  box: McpToolbox,
  definition: McpTool,
  { last, current }: Known,
): McpEntry | { readonly name: string; readonly problem: string } {
  const known = last.get(definition.name);
  if (known?.tool.version === mcpToolDigest(definition)) return known;
  const standing = standingOf(box.lock, definition);
  try {
    return { definition, standing, tool: toolOf(box, { definition, standing }, current) };
  } catch (error) {
    return { name: mcpToolName(definition), problem: messageOf(error) };
  }
}

function toolOf(
  { connection, server, timeoutMs = MCP_TIMEOUT_MS }: McpToolbox,
  { definition, standing }: Omit<McpEntry, 'tool'>,
  current: Current,
): Tool {
  const digest = mcpToolDigest(definition);
  const note = standingNote(definition, standing);
  const { name, inputSchema, annotations } = definition;
  return defineTool({
    name: mcpToolName(definition),
    description: mcpToolDescription(definition),
    version: digest,
    input: jsonSchemaInput(inputSchema),
    inputSchema: visibleSchema(inputSchema),
    ...(standing.status === 'approved' ? declaredByAnnotations(annotations) : UNKNOWN),
    ...(note === undefined ? {} : { note }),
    timeoutMs,
    refresh: async () => current.refresh(name),
    execute: async (args, { idempotencyKey, signal }) => {
      if (current.digest(name) !== digest) {
        throw new NotExecuted('The tool has changed meanwhile. Propose the call again.');
      }
      try {
        const call = { idempotencyKey, signal, timeoutMs };
        return mcpResult(await connection.call(name, args as JsonObject, call));
      } catch (error) {
        if (!(error instanceof NotConnected)) throw error;
        throw new NotExecuted(`The connection to ${server} is lost: nothing was sent.`);
      }
    },
  });
}
