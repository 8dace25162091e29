/**
 * A tool as its MCP server defines it: name, description, input schema, annotations. All of it is somebody else's
 * text, and may be another one tomorrow, so it has a digest: what is approved, and consented to, is one definition.
 */
import { canonicalJson } from '../text/canonical-json.ts';
import { digestOfJson, utf8Length } from '../text/digest.ts';
import { isPlainObject, type JsonObject, jsonProblem } from '../text/json.ts';
import {
  HASHED_DEPTH_MAX,
  ID_CHARACTERS_MAX,
  MCP_DESCRIPTION_CHARACTERS_MAX,
  MCP_TOOL_BYTES_MAX,
} from '../limits.ts';
import { cutText, visibleLines, visibleText, wellFormed } from '../text/visible-text.ts';

export interface McpTool {
  /** The server's name in the configuration. */
  readonly server: string;
  /** As the server calls it. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments, as the server gave it. */
  readonly inputSchema: JsonObject;
  /** What the server says of how the tool behaves. Nobody has checked it. */
  readonly annotations: JsonObject;
}

export type McpToolReading =
  | { readonly ok: true; readonly tool: McpTool }
  /** `name`: fit to be shown. */
  | { readonly ok: false; readonly name: string; readonly problem: string };

const NAME_SHOWN_CHARACTERS = 80;

/** Reads one entry of a server's list. Total: a tool that can't be used comes back with the reason. */
export function readMcpTool(server: string, raw: unknown): McpToolReading {
  if (!isPlainObject(raw) || typeof raw['name'] !== 'string' || raw['name'] === '') {
    return { ok: false, name: 'a tool without a name', problem: 'it has no name' };
  }
  const { name, description = '', inputSchema, annotations = {} } = raw;
  const shown = cutText(visibleText(wellFormed(name)), NAME_SHOWN_CHARACTERS);
  const problem = definitionProblem({ name, description, inputSchema, annotations });
  if (problem !== undefined) return { ok: false, name: shown, problem };
  // Each looked at by definitionProblem.
  const tool = { server, name, description, inputSchema, annotations } as McpTool;
  const bytes = utf8Length(canonicalJson({ ...tool }));
  return bytes <= MCP_TOOL_BYTES_MAX
    ? { ok: true, tool }
    : {
        ok: false,
        name: shown,
        problem: `its definition has ${bytes} bytes, and ${MCP_TOOL_BYTES_MAX} are allowed`,
      };
}

function definitionProblem(raw: {
  readonly name: string;
  readonly description: unknown;
  readonly inputSchema: unknown;
  readonly annotations: unknown;
}): string | undefined {
  if (raw.name.length > ID_CHARACTERS_MAX) {
    return `its name has more than ${ID_CHARACTERS_MAX} characters`;
  }
  if (typeof raw.description !== 'string') return 'its description is no text';
  if (!isPlainObject(raw.inputSchema) || raw.inputSchema['type'] !== 'object') {
    return 'its input schema is not one of an object';
  }
  if (!isPlainObject(raw.annotations)) return 'its annotations are no object';
  const problem = jsonProblem(raw, HASHED_DEPTH_MAX - 1);
  return problem === undefined ? undefined : `its definition is no JSON to hash: ${problem}`;
}

/** SHA-256 over everything that a model, a policy and a reviewer go by. */
export function mcpToolDigest({
  server,
  name,
  description,
  inputSchema,
  annotations,
}: McpTool): string {
  return digestOfJson({ server, name, description, inputSchema, annotations });
}

/** No underscore, so that the first two in a tool's name end the server's; short, so that it is never cut. */
export const MCP_SERVER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,23}$/;

const TOOL_NAME_CHARACTERS_MAX = 64;
const MARK_CHARACTERS = 8;

/**
 * The name under which models, policies and activities know a tool: `server__tool`. It follows from the two names
 * alone. One that had to be made fit or cut ends in eight characters of its digest, so that two stay two.
 */
export function mcpToolName({ server, name }: Pick<McpTool, 'server' | 'name'>): string {
  const fit = `${server}__${name.replaceAll(/[^A-Za-z0-9_-]/gu, '_')}`;
  if (fit === `${server}__${name}` && fit.length <= TOOL_NAME_CHARACTERS_MAX) return fit;
  const mark = digestOfJson({ server, name }).slice(0, MARK_CHARACTERS);
  return `${fit.slice(0, TOOL_NAME_CHARACTERS_MAX - MARK_CHARACTERS - 1)}_${mark}`;
}

/** For the model: the server's words, said to be so, with what can't be seen marked. */
export function mcpToolDescription({ server, description }: McpTool): string {
  const words = cutText(visibleLines(description), MCP_DESCRIPTION_CHARACTERS_MAX).trim();
  return `[MCP server ${server}] ${words === '' ? 'It says nothing of what this does.' : words}`;
}

/** Members of a schema that only speak of it. */
const WORDS: readonly string[] = ['title', 'description', '$comment'];
/** Members whose values are data: a name in them is no word of the schema. */
const DATA: readonly string[] = ['const', 'enum', 'default', 'examples'];

/**
 * The server's own schema for the model: what it says in words has its invisible characters marked; names, patterns
 * and values stay as they are.
 */
export function visibleSchema(schema: JsonObject): JsonObject {
  return visibleWords(schema) as JsonObject;
}

function visibleWords(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(visibleWords);
  if (!isPlainObject(value)) return value;
  const members = Object.entries(value).map(([key, member]) => {
    if (typeof member === 'string')
      return [key, WORDS.includes(key) ? visibleLines(member) : member];
    return [key, DATA.includes(key) ? member : visibleWords(member)];
  });
  return Object.fromEntries(members);
}
