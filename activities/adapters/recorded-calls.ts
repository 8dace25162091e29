/**
 * Recorded tasks as a model and tools: the model proposes the recorded calls, one a turn, whatever it is told; the tools
 * do nothing but note what they were asked to do. For rehearsals.
 */
import { z } from 'zod';
import type {
  RecordedTask,
  RecordedTasks,
  RecordedTool,
} from '../../domain/schema/recorded-tasks.ts';
import { isReading } from '../../domain/schema/recorded-tasks.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import type { Model } from '../ports.ts';
import { defineTool, type Tool } from '../tool.ts';
import { scriptedModel } from './scripted-model.ts';

/** The goal of a task's session, by which the model knows its part: two tasks may ask for the same. */
export function goalOf({ id, goal }: RecordedTask): string {
  return `${goal}\n\n(task ${id})`;
}

export function recordedModel({ tasks }: RecordedTasks): Model {
  const parts = new Map(tasks.map((task) => [goalOf(task), scriptedModel(partOf(task))]));
  return {
    name: 'recorded calls',
    respond: async (request) => {
      const part = parts.get(request.goal);
      if (part === undefined) throw new Error('This goal is not one of the recorded tasks');
      return part.respond(request);
    },
  };
}

function partOf({ actions }: RecordedTask): Parameters<typeof scriptedModel>[0] {
  const [first, ...others] = actions.map((call) => ({ calls: [call] }));
  const end = { text: 'Done.' };
  return first === undefined ? [end] : [first, ...others, end];
}

export interface Execution {
  readonly idempotencyKey: string;
  readonly name: string;
  readonly arguments: JsonObject;
}

/** `note` is told each time that a tool is really called. */
export function recordedTools(
  { tools }: RecordedTasks,
  note: (execution: Execution) => void,
): readonly Tool[] {
  return tools.map((tool) =>
    defineTool({
      name: tool.name,
      description: tool.description,
      input: inputOf(tool),
      readOnly: isReading(tool),
      quick: isReading(tool),
      execute: (args, { idempotencyKey }) => {
        note({ idempotencyKey, name: tool.name, arguments: args as JsonObject });
        return { recorded: true };
      },
    }),
  );
}

/** What is not among the parameters passes, since a recording may know more than the list. */
function inputOf({ parameters }: RecordedTool): z.ZodType<Record<string, unknown>> {
  const fields = Object.entries(parameters).map(([name, type]) => [name, valueOf(type)] as const);
  return z.looseObject(Object.fromEntries(fields));
}

const VALUES: Readonly<Record<string, () => z.ZodType>> = {
  str: () => z.string(),
  int: () => z.int(),
  float: () => z.number(),
  bool: () => z.boolean(),
  dict: () => z.record(z.string(), z.json()),
  list: () => z.array(z.json()),
};

/** A Python type, as far as it says something here. */
function valueOf(type: string): z.ZodType {
  const [, generic, inner = ''] = /^(\w+)\[(.*)\]$/.exec(type.trim()) ?? [];
  if (generic === 'Optional') return valueOf(inner).nullish();
  if (generic === 'List' || generic === 'list') return z.array(valueOf(inner));
  const value = VALUES[(generic ?? type).trim().toLowerCase()];
  return value === undefined ? z.json() : value();
}
