/**
 * The tools of a worker, by name. Tools are activities under their own names, beside Holdpoint's, so a name stands
 * for exactly one of them: no duplicates, no case-twins, none of Holdpoint's own. A tool may come from a plain
 * JavaScript file; what its type would have forbidden is refused here, when the worker starts.
 */
import { z } from 'zod';
import { OWN_ACTIVITY_NAMES } from '../domain/activities.ts';
import { canonicalJson } from '../domain/text/canonical-json.ts';
import { isJsonObject, type JsonObject } from '../domain/text/json.ts';
import { DAY_MS, ID_CHARACTERS_MAX } from '../domain/limits.ts';
import { STAKES } from '../domain/policy/confidence.ts';
import { REVERSIBILITIES } from '../domain/policy/reversibility.ts';
import { isVisible } from '../domain/text/visible-text.ts';
import { messageOf } from './outside-text.ts';
import type { ToolDescription } from './ports.ts';
import { defineTool, type Tool } from './tool.ts';

export interface ToolRegistry {
  readonly tools: readonly Tool[];
  readonly names: readonly string[];
  /** As models are told of them. */
  readonly descriptions: readonly ToolDescription[];
  /** The canonical JSON of a tool's JSON Schema. */
  schemaText(name: string): string | undefined;
  /** By exact name; a near miss is an unknown tool. */
  find(name: string): Tool | undefined;
  /** As {@link find}, after asking a tool that others may change what it is now. Rejects where it can't say. */
  refresh(name: string): Promise<Tool | undefined>;
  /** Asks all those. What can't be asked stays as it was last known. */
  refreshAll(): Promise<void>;
}

/** Throws a TypeError that names the tool and the way out: a worker does not start with tools it can't tell apart. */
export function createToolRegistry(tools: readonly Tool[]): ToolRegistry {
  const byName = new Map<string, Tool>();
  const taken = new Map(OWN_ACTIVITY_NAMES.map((name) => [name.toLowerCase(), name]));
  const descriptions = new Map<string, ToolDescription>();
  for (const tool of tools) {
    const described = descriptionOf(tool);
    const twin = taken.get(tool.name.toLowerCase());
    if (twin !== undefined) throw nameTaken(tool.name, twin);
    taken.set(tool.name.toLowerCase(), tool.name);
    byName.set(tool.name, tool);
    descriptions.set(tool.name, described);
  }
  const refresh: ToolRegistry['refresh'] = async (name) => {
    const known = byName.get(name);
    if (known?.refresh === undefined) return known;
    const now = await known.refresh();
    if (now === known) return known;
    if (now.name !== name) throw new TypeError(`Tool ${name} came back as ${now.name}`);
    descriptions.set(name, descriptionOf(now));
    byName.set(name, now);
    return now;
  };
  return {
    tools: [...tools],
    names: [...byName.keys()],
    get descriptions() {
      return [...descriptions.values()];
    },
    schemaText: (name) => {
      const described = descriptions.get(name);
      return described === undefined ? undefined : canonicalJson(described.inputSchema);
    },
    find: (name) => byName.get(name),
    refresh,
    refreshAll: async () => {
      await Promise.allSettled([...byName.keys()].map(refresh));
    },
  };
}

/** The tool as models are told of it, once it is known to be one. */
function descriptionOf(tool: Tool): ToolDescription {
  checkTool(tool);
  return { name: tool.name, description: tool.description, inputSchema: inputSchema(tool) };
}

function nameTaken(name: string, twin: string): TypeError {
  const whose = OWN_ACTIVITY_NAMES.includes(twin)
    ? `Holdpoint's own activity ${twin}`
    : `the tool ${twin}`;
  return new TypeError(`Tool ${name}: the name is taken by ${whose}. Choose another one`);
}

const declarationSchema = z.looseObject({
  description: z.string().refine((text) => text.trim() !== '', 'must say what the tool does'),
  version: z.string().min(1).max(ID_CHARACTERS_MAX).refine(isVisible, 'must be visible').optional(),
  input: z.custom<z.ZodType>((input) => input instanceof z.ZodType, 'must be a schema of zod 4'),
  reversibility: z.enum(REVERSIBILITIES).optional(),
  readOnly: z.boolean().optional(),
  writes: z.literal(true).optional(),
  note: z.string().optional(),
  quick: z.boolean().optional(),
  category: z.string().optional(),
  entityTypes: z.array(z.string()).optional(),
  agent: z.strictObject({ agentId: z.string(), stakes: z.enum(STAKES).optional() }).optional(),
  timeoutMs: z.number().positive().max(DAY_MS).optional(),
  ...functions({
    execute: true,
    value: false,
    ambiguous: false,
    describe: false,
    lookUp: false,
    refresh: false,
  }),
});

function functions<Name extends string>(
  required: Readonly<Record<Name, boolean>>,
): Record<string, z.ZodType> {
  const isFunction = z.custom((value) => typeof value === 'function', 'must be a function');
  return Object.fromEntries(
    Object.entries(required).map(([name, needed]) => [
      name,
      needed === true ? isFunction : isFunction.optional(),
    ]),
  );
}

function checkTool(tool: Tool): void {
  // The same checks as for a tool that was declared with it; the input is looked at below.
  defineTool(tool as Tool<z.ZodType<Record<string, unknown>>>);
  const declared = declarationSchema.safeParse(tool);
  const issue = declared.error?.issues[0];
  if (issue === undefined) return;
  throw new TypeError(`Tool ${tool.name}: ${issue.path.map(String).join('.')}: ${issue.message}`);
}

/** The JSON Schema of what a model may send. Providers take nothing but an object at its top. */
function inputSchema({ name, input, inputSchema: given }: Tool): JsonObject {
  const { $schema: _draft, ...schema } = given ?? schemaOf(name, input);
  if (schema['type'] !== 'object') {
    throw new TypeError(
      `Tool ${name}: its input is no plain object, which models require. Wrap it: z.object({ … })`,
    );
  }
  if (!isJsonObject(schema)) throw new TypeError(`Tool ${name}: its JSON Schema is not JSON`);
  return schema;
}

function schemaOf(name: string, input: z.ZodType): Record<string, unknown> {
  try {
    // Through text: without what JSON leaves out, such as the schema's own methods.
    return JSON.parse(JSON.stringify(z.toJSONSchema(input, { io: 'input' }))) as Record<
      string,
      unknown
    >;
  } catch (error) {
    throw new TypeError(
      `Tool ${name}: its input can not be described to a model (${messageOf(error)}). Take JSON in the schema, such as z.iso.datetime() instead of z.date(), and convert in execute()`,
      { cause: error },
    );
  }
}
