/** What the plugin's benchmark measures: events by counting, CPU side by side, taking turns. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { HoldpointClient } from 'holdpoint/client';
import { percentile } from './medians.ts';
import { PLUGIN_CONTENDERS, type PluginCall, type PluginContender } from './plugin-plan.ts';
import type { WorkerHandle } from './worker-handle.ts';

export interface Side {
  readonly worker: WorkerHandle;
  readonly taskQueue: string;
  readonly bundle: WorkflowBundle;
}

export interface Stage {
  readonly client: Client;
  readonly sides: Readonly<Record<PluginContender, Side>>;
}

/** ms, of each side, and how much more with the plugin: the median of the rounds, and the range of that. */
export interface Compared {
  readonly without: number;
  readonly with: number;
  readonly more: number;
  readonly range: readonly [number, number];
}

type Pair = Readonly<Record<PluginContender, number>>;

function compared(rounds: readonly Pair[]): Compared {
  const more = rounds.map((round) => round.with - round.without);
  const median = (numbers: readonly number[]): number => rounded(percentile(numbers, 0.5));
  return {
    without: median(rounds.map((round) => round.without)),
    with: median(rounds.map((round) => round.with)),
    more: median(more),
    range: [rounded(Math.min(...more)), rounded(Math.max(...more))],
  };
}

function rounded(number: number): number {
  return Number(number.toPrecision(3));
}

/** Both sides in turn, in an order that changes from round to round. */
async function inRounds(
  count: number,
  measure: (contender: PluginContender) => Promise<number>,
): Promise<Compared> {
  const rounds: Pair[] = [];
  for (let round = 0; round < count; round += 1) {
    const found: Record<PluginContender, number> = { without: 0, with: 0 };
    const order = round % 2 === 0 ? PLUGIN_CONTENDERS : PLUGIN_CONTENDERS.toReversed();
    for (const contender of order) found[contender] = await measure(contender);
    rounds.push(found);
  }
  return compared(rounds);
}

async function start(
  { client }: Stage,
  { taskQueue }: Side,
  { type, call }: { readonly type: 'inTurn' | 'atOnce'; readonly call: PluginCall },
): Promise<WorkflowHandle> {
  const workflowId = `${type}-${randomUUID()}`;
  return client.workflow.start(type, { taskQueue, workflowId, args: [call] });
}

export interface Counts {
  readonly events: number;
  readonly workflowTasks: number;
  /** Events by their type. */
  readonly byType: Readonly<Record<string, number>>;
}

const EVENT_TYPES = proto.temporal.api.enums.v1.EventType;
const TASK = 'WORKFLOW_TASK_';

async function counted(handle: WorkflowHandle): Promise<Counts> {
  const { events } = await handle.fetchHistory();
  const byType: Record<string, number> = {};
  for (const { eventType } of events ?? []) {
    const name = (EVENT_TYPES[eventType ?? 0] ?? '').replace('EVENT_TYPE_', '');
    byType[name] = (byType[name] ?? 0) + 1;
  }
  const workflowTasks = byType[`${TASK}COMPLETED`] ?? 0;
  // A machine that is too busy lets workflow tasks time out, which says nothing about the plugin.
  const others = Object.entries(byType).filter(([name]) => !name.startsWith(TASK));
  const sum = others.reduce((all, [, count]) => all + count, 0);
  return { events: sum + 3 * workflowTasks, workflowTasks, byType: Object.fromEntries(others) };
}

function less(more: Counts, base: Counts): Counts {
  const names = [...new Set([...Object.keys(more.byType), ...Object.keys(base.byType)])];
  const byType = names
    .map((name) => [name, (more.byType[name] ?? 0) - (base.byType[name] ?? 0)] as const)
    .filter(([, count]) => count !== 0);
  return {
    events: more.events - base.events,
    workflowTasks: more.workflowTasks - base.workflowTasks,
    byType: Object.fromEntries(byType),
  };
}

/** What the first call, and one more, leave in the history. */
export interface CallCounts {
  readonly first: Counts;
  readonly next: Counts;
}

export async function callCounts(
  stage: Stage,
  contender: PluginContender,
  call: Omit<PluginCall, 'calls'>,
): Promise<CallCounts> {
  const found: Counts[] = [];
  for (const calls of [0, 1, 2]) {
    const input = { type: 'inTurn', call: { ...call, calls } } as const;
    const handle = await start(stage, stage.sides[contender], input);
    if (contender === 'with' && call.name === 'publish') await approveAll(stage, handle, calls);
    await handle.result();
    found.push(await counted(handle));
  }
  const [none, one, two] = found;
  if (none === undefined || one === undefined || two === undefined) throw new Error('Three runs');
  return { first: less(one, none), next: less(two, one) };
}

/** By signal, as the gates come. Looking for them leaves no event. */
async function approveAll(
  { client }: Stage,
  handle: WorkflowHandle,
  gatesCount: number,
): Promise<void> {
  const people = new HoldpointClient({ client });
  const decided = new Set<string>();
  while (decided.size < gatesCount) {
    const open = await people.gates(handle.workflowId);
    const gate = open.find(({ gateId }) => !decided.has(gateId));
    if (gate === undefined) {
      await delay(20);
      continue;
    }
    const { gateId, runId, payloadDigest } = gate;
    decided.add(gateId);
    const shown = { gateId, runId, payloadDigest };
    const yes = { decision: 'approved', reviewerId: 'reviewer-1' };
    await handle.signal('holdpoint_decide', { ...shown, ...yes });
  }
}

export interface CpuPlan {
  readonly rounds: number;
  readonly workflows: number;
  readonly calls: number;
}

/** CPU of the worker's process for each call that a workflow schedules: of workflows with calls, less those without. */
export async function schedulingMs(
  stage: Stage,
  { rounds, workflows, calls }: CpuPlan,
  call: Omit<PluginCall, 'calls'>,
): Promise<Compared> {
  return inRounds(rounds, async (contender) => {
    const empty = await cpuMs(stage, contender, { workflows, call: { ...call, calls: 0 } });
    const full = await cpuMs(stage, contender, { workflows, call: { ...call, calls } });
    return (full - empty) / (workflows * calls);
  });
}

/** CPU of the worker's process for a workflow that calls nothing. */
export async function workflowMs(
  stage: Stage,
  { rounds, workflows }: Pick<CpuPlan, 'rounds' | 'workflows'>,
): Promise<Compared> {
  const call = { name: 'look', bytes: 0, calls: 0 } as const;
  return inRounds(rounds, async (contender) => {
    return (await cpuMs(stage, contender, { workflows, call })) / workflows;
  });
}

async function cpuMs(
  stage: Stage,
  contender: PluginContender,
  { workflows, call }: { readonly workflows: number; readonly call: PluginCall },
): Promise<number> {
  const side = stage.sides[contender];
  const before = await side.worker.usage();
  for (let workflow = 0; workflow < workflows; workflow += 1) {
    const handle = await start(stage, side, { type: 'atOnce', call });
    await handle.result();
  }
  return (await side.worker.usage()).cpuMs - before.cpuMs;
}

/** CPU of a replay for each of the calls in a history from before the plugin: what an old run costs a worker anew. */
export async function replayMs(
  stage: Stage,
  { rounds, workflows, calls }: CpuPlan,
  call: Omit<PluginCall, 'calls'>,
): Promise<Compared> {
  const input = { type: 'inTurn', call: { ...call, calls } } as const;
  const handle = await start(stage, stage.sides.without, input);
  await handle.result();
  const history = await handle.fetchHistory();
  const { workflowId } = handle;
  const copies = Array.from({ length: workflows }, () => ({ workflowId, history }));
  return inRounds(rounds, async (contender) => {
    const { bundle: workflowBundle } = stage.sides[contender];
    const before = process.cpuUsage();
    for await (const { error } of Worker.runReplayHistories({ workflowBundle }, copies)) {
      if (error !== undefined) throw error;
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000 / (workflows * calls);
  });
}
