/**
 * What the sessions of the benchmark do: a few made-up tasks of known shape, and recorded ones from a file. A task is a
 * goal and the calls that a model makes for it, one a turn; both contenders run the same.
 */
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';

export interface BenchTool {
  readonly name: string;
  readonly description: string;
  readonly kind: 'read' | 'reversible' | 'irreversible';
}

const taskSchema = z.object({
  id: z.string(),
  goal: z.string(),
  actions: z.array(z.object({ name: z.string(), arguments: z.record(z.string(), z.json()) })),
});

const fileSchema = z.object({
  tools: z.array(
    z.object({ name: z.string(), type: z.string(), description: z.string().default('') }),
  ),
  tasks: z.array(taskSchema).min(1),
});

export type BenchTask = z.output<typeof taskSchema>;

export interface BenchTasks {
  readonly tools: readonly BenchTool[];
  readonly tasks: readonly BenchTask[];
}

const MADE_UP_TOOLS = [
  { name: 'look_up', description: 'Reads a record, in a moment.', kind: 'read' },
  { name: 'save_draft', description: 'Saves a draft, which can be undone.', kind: 'reversible' },
  { name: 'delete_record', description: 'Deletes a record for good.', kind: 'irreversible' },
] as const satisfies readonly BenchTool[];

/** What happens to a call of each: a person decides, it runs as an activity, or it is a quick read. */
const SHAPES = {
  gated: 'delete_record',
  ungated: 'save_draft',
  quickRead: 'look_up',
} as const;

export type Shape = keyof typeof SHAPES;

export function madeUpTask(shape: Shape, calls: number): BenchTask {
  const actions = Array.from({ length: calls }, (_none, index) => ({
    name: SHAPES[shape],
    arguments: { record: `record-${index + 1}` },
  }));
  const id = `${shape}-${calls}`;
  return { id, goal: `Made up: ${id}.`, actions };
}

function madeUpTasks(): readonly BenchTask[] {
  const shapes = Object.keys(SHAPES) as Shape[];
  return shapes.flatMap((shape) => [1, 2].map((calls) => madeUpTask(shape, calls)));
}

/** Types of recorded tools that change nothing. */
const READING_TYPES = ['READ', 'GENERIC'];

export function readRecordedTasks(path: string): BenchTasks {
  const { tools, tasks } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  return {
    tools: tools.map(({ name, type, description }) => ({
      name,
      description,
      kind: READING_TYPES.includes(type) ? 'read' : 'irreversible',
    })),
    // Two recorded tasks may have the same goal, and the goal is what a model knows its part by.
    tasks: tasks.map((task) => ({ ...task, goal: `${task.goal}\n\n(task ${task.id})` })),
  };
}

/** Everything that a worker of the benchmark can be asked to do. */
export function allTasks(recorded: string): BenchTasks {
  const { tools, tasks } = readRecordedTasks(recorded);
  return { tools: [...MADE_UP_TOOLS, ...tools], tasks: [...madeUpTasks(), ...tasks] };
}

export interface RecordedFile {
  readonly path: string;
  /** The project's own small file, which is too small to say anything about agents. */
  readonly isStandIn: boolean;
}

const RETAIL = '../shared/data/tau2/retail.json';
const STAND_IN = 'bench/recorded-desk.json';

/** A path that is given has to be there; the default one gives way to a small file of the project's own. */
export function recordedFile(given: string | undefined): RecordedFile {
  const path = given ?? (existsSync(RETAIL) ? RETAIL : STAND_IN);
  return { path, isStandIn: path === STAND_IN };
}
