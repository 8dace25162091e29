/**
 * Recorded tasks: what agents have done before, as a file. A goal, the calls that were made for it, and the tools that
 * they went to. A rehearsal runs them through a policy. The shape is that of public benchmarks (τ²-bench); fields
 * beside these are left alone.
 */
import { z } from 'zod';
import type { JsonObject } from '../text/json.ts';
import { isJsonObject } from '../text/json.ts';

/** `READ` and `GENERIC` change nothing; what any other type does is for the policy to say. */
const READING_TYPES: readonly string[] = ['READ', 'GENERIC'];

const line = z.string().trim().min(1);

const toolSchema = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'must be 1 to 64 letters, digits, _ or -'),
  type: line,
  description: z.string().default(''),
  /** Names and Python types. Without any the tool takes any object. */
  parameters: z.record(z.string(), z.string()).default({}),
});

const callSchema = z.object({
  name: line,
  arguments: z.custom<JsonObject>(isJsonObject, 'must be a JSON object').default({}),
});

const taskSchema = z.object({ id: line, goal: line, actions: z.array(callSchema) });

export const recordedTasksSchema = z
  .object({ tools: z.array(toolSchema), tasks: z.array(taskSchema).min(1) })
  .superRefine(({ tools, tasks }, context) => {
    const problem = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    const names = tools.map(({ name }) => name);
    const ids = tasks.map(({ id }) => id);
    tools.forEach(({ name }, index) => {
      if (names.indexOf(name) < index) problem(['tools', index, 'name'], `${name} is there twice`);
    });
    tasks.forEach(({ id, actions }, index) => {
      if (ids.indexOf(id) < index) problem(['tasks', index, 'id'], `${id} is there twice`);
      actions.forEach(({ name }, call) => {
        if (names.includes(name)) return;
        problem(['tasks', index, 'actions', call, 'name'], `no tool ${name}: add it to tools`);
      });
    });
  });

export type RecordedTasks = z.output<typeof recordedTasksSchema>;
export type RecordedTask = RecordedTasks['tasks'][number];
export type RecordedTool = RecordedTasks['tools'][number];
export type RecordedCall = RecordedTask['actions'][number];

export function isReading({ type }: RecordedTool): boolean {
  return READING_TYPES.includes(type);
}
