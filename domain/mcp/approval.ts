/**
 * Which definitions of MCP tools a team has approved, and how one that a server shows today stands to that. A tool
 * that nobody approved, or that is another one since, is unknown, and unknown is gated (H10).
 */
import { canonicalJson } from '../text/canonical-json.ts';
import { isPlainObject, type Json, type JsonObject } from '../text/json.ts';
import { MCP_NOTE_CHARACTERS_MAX } from '../limits.ts';
import { cutText, visibleText } from '../text/visible-text.ts';
import { type McpTool, mcpToolDigest } from './tool-definition.ts';

export interface ApprovedTool extends Pick<McpTool, 'description' | 'inputSchema' | 'annotations'> {
  /** Of the definition, with server and name. */
  readonly digest: string;
}

/** The file `holdpoint.mcp-lock.json`: servers by name, of each its tools by the server's name for them. */
export interface McpLock {
  readonly version: 1;
  readonly servers: Readonly<Record<string, Readonly<Record<string, ApprovedTool>>>>;
}

export const EMPTY_LOCK: McpLock = { version: 1, servers: {} };

export type Standing =
  | { readonly status: 'approved' }
  | { readonly status: 'new' }
  /** What is another thing now, a line for each, fit to be shown. */
  | { readonly status: 'changed'; readonly parts: readonly string[]; readonly changes: Changes };
type Changes = readonly string[];

export function approvedTool(
  lock: McpLock,
  { server, name }: Pick<McpTool, 'server' | 'name'>,
): ApprovedTool | undefined {
  const tools = Object.hasOwn(lock.servers, server) ? lock.servers[server] : undefined;
  return tools !== undefined && Object.hasOwn(tools, name) ? tools[name] : undefined;
}

export function standingOf(lock: McpLock, tool: McpTool): Standing {
  const approved = approvedTool(lock, tool);
  if (approved === undefined) return { status: 'new' };
  if (approved.digest === mcpToolDigest(tool)) return { status: 'approved' };
  const found = [
    ['description', descriptionChanges(approved, tool)],
    ['input schema', schemaChanges(approved.inputSchema, tool.inputSchema)],
    ['annotations', memberChanges(approved.annotations, tool.annotations)],
  ] as const;
  const changed = found.filter(([, changes]) => changes.length > 0);
  return {
    status: 'changed',
    parts: changed.map(([part]) => part),
    changes: changed.flatMap(([part, changes]) => changes.map((change) => `${part}: ${change}`)),
  };
}

/** The lock with these definitions approved: of what it had under other names, nothing is lost. */
export function approve(lock: McpLock, tools: readonly McpTool[]): McpLock {
  const servers = new Map(
    Object.entries(lock.servers).map(([server, of]) => [server, new Map(Object.entries(of))]),
  );
  for (const tool of tools) {
    const { server, name, description, inputSchema, annotations } = tool;
    const approved = { digest: mcpToolDigest(tool), description, inputSchema, annotations };
    servers.set(server, (servers.get(server) ?? new Map()).set(name, approved));
  }
  const members = [...servers].map(([server, of]) => [server, Object.fromEntries(of)]);
  return { version: 1, servers: Object.fromEntries(members) };
}

/** Why a person looks at a call of this tool. Undefined: it is the one that was approved. */
export function standingNote(tool: McpTool, standing: Standing): string | undefined {
  const named = `The tool ${shown(tool.name)} of the MCP server ${tool.server}`;
  switch (standing.status) {
    case 'approved':
      return undefined;
    case 'new':
      return note(
        `${named} is not approved (holdpoint tools). It says of itself: ${shown(tool.description)}`,
      );
    case 'changed':
      return note(
        `${named} has changed since it was approved: ${standing.parts.join(', ')} (holdpoint tools). ${standing.changes.join('; ')}`,
      );
  }
}

function note(text: string): string {
  return cutText(text, MCP_NOTE_CHARACTERS_MAX);
}

const SHOWN_CHARACTERS = 200;

/** In quotes, on one line, with what can't be seen marked. */
function shown(value: Json): string {
  return cutText(visibleText(canonicalJson(value)), SHOWN_CHARACTERS);
}

function descriptionChanges(before: ApprovedTool, now: McpTool): Changes {
  if (before.description === now.description) return [];
  return [`was ${shown(before.description)}, is ${shown(now.description)}`];
}

/** Arguments by name, and everything else of the schema by its top-level member. */
function schemaChanges(before: JsonObject, now: JsonObject): Changes {
  const { properties: argumentsBefore = {}, ...restBefore } = before;
  const { properties: argumentsNow = {}, ...restNow } = now;
  return [
    ...(isPlainObject(argumentsBefore) && isPlainObject(argumentsNow)
      ? memberChanges(argumentsBefore, argumentsNow)
      : memberChanges({ properties: argumentsBefore }, { properties: argumentsNow })),
    ...memberChanges(restBefore, restNow),
  ];
}

function memberChanges(before: JsonObject, now: JsonObject): Changes {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].toSorted();
  return names.flatMap((name) => {
    const [was, is] = [before[name], now[name]];
    const label = cutText(visibleText(name), SHOWN_CHARACTERS);
    if (is === undefined) return [`${label} is gone`];
    if (was === undefined) return [`${label} is new: ${shown(is)}`];
    return canonicalJson(was) === canonicalJson(is)
      ? []
      : [`${label} was ${shown(was)}, is ${shown(is)}`];
  });
}
