/** What is measured of the contenders while both workers run: one function a quantity, the two taking turns. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Contender,
  type ContenderName,
  CONTENDERS,
  type EndedSession,
  inParallel,
  runSession,
} from './contenders.ts';
import { type Comparison, compare, type Pair, percentile } from './medians.ts';
import { type BenchTask, madeUpTask, type Shape } from './tasks.ts';

export type Contenders = Readonly<Record<ContenderName, Contender>>;

/** Whose turn it is: the order changes from round to round, so that neither is always the one after the other. */
export function orderOf(round: number): readonly ContenderName[] {
  return round % 2 === 0 ? CONTENDERS : CONTENDERS.toReversed();
}

/** Measures both, one after the other. */
export async function both<T>(
  round: number,
  measure: (name: ContenderName) => Promise<T>,
): Promise<Readonly<Record<ContenderName, T>>> {
  const found: Partial<Record<ContenderName, T>> = {};
  for (const name of orderOf(round)) found[name] = await measure(name);
  return found as Readonly<Record<ContenderName, T>>;
}

async function rounds<T>(
  contenders: Contenders,
  count: number,
  measure: (contender: Contender) => Promise<T>,
): Promise<readonly Readonly<Record<ContenderName, T>>[]> {
  const found: Readonly<Record<ContenderName, T>>[] = [];
  for (let round = 0; round < count; round += 1) {
    found.push(await both(round, async (name) => measure(contenders[name])));
  }
  return found;
}

function comparisonOf<T>(
  found: readonly Readonly<Record<ContenderName, T>>[],
  pick: (measured: T) => number,
): Comparison {
  return compare(
    found.map((round): Pair => ({
      handWritten: pick(round.handWritten),
      holdpoint: pick(round.holdpoint),
    })),
  );
}

export interface ActionCost {
  readonly events: Comparison;
  readonly workflowTasks: Comparison;
  readonly bytes: Comparison;
}

/** What one more action of this shape costs: a session with two of them less a session with one. */
export async function actionCost(
  contenders: Contenders,
  shape: Shape,
  roundsCount: number,
): Promise<ActionCost> {
  const found = await rounds(contenders, roundsCount, async (contender) => {
    const one = await sized(contender, madeUpTask(shape, 1));
    const two = await sized(contender, madeUpTask(shape, 2));
    return {
      events: two.events - one.events,
      workflowTasks: two.workflowTasks - one.workflowTasks,
      bytes: two.bytes - one.bytes,
    };
  });
  return {
    events: comparisonOf(found, ({ events }) => events),
    workflowTasks: comparisonOf(found, ({ workflowTasks }) => workflowTasks),
    bytes: comparisonOf(found, ({ bytes }) => bytes),
  };
}

async function sized(
  contender: Contender,
  task: BenchTask,
): Promise<EndedSession & { readonly bytes: number }> {
  const ended = await runSession(contender, task);
  const { historySize = 0 } = await contender.client.workflow
    .getHandle(ended.workflowId)
    .describe();
  return { ...ended, bytes: historySize };
}

export interface RoundTrip {
  readonly p50: Comparison;
  readonly p95: Comparison;
}

/** A gate rests this long before it is decided, so that what opened it is over. */
const REST_MS = 25;

/** From sending the decision to the tool being called, ms, one session at a time. */
export async function roundTrip(
  contenders: Contenders,
  { rounds: roundsCount, sessions }: { readonly rounds: number; readonly sessions: number },
): Promise<RoundTrip> {
  const found = await rounds(contenders, roundsCount, async (contender) => {
    const tookMs: number[] = [];
    for (let session = 0; session < sessions; session += 1) {
      await runSession(contender, madeUpTask('gated', 1), async (send, workflowId) => {
        await delay(REST_MS);
        const executed = contender.worker.nextExecution(workflowId);
        const sentNs = process.hrtime.bigint();
        const [executedNs] = await Promise.all([executed, send()]);
        tookMs.push(Number(executedNs - sentNs) / 1e6);
      });
    }
    return { p50: percentile(tookMs, 0.5), p95: percentile(tookMs, 0.95) };
  });
  return {
    p50: comparisonOf(found, ({ p50 }) => p50),
    p95: comparisonOf(found, ({ p95 }) => p95),
  };
}

export interface Load {
  readonly sessionsPerSecond: Comparison;
  readonly workerCpuMsPerSession: Comparison;
}

const AT_ONCE = 50;

/** Sessions with one gate, many at a time, approved as soon as they ask. */
export async function load(
  contenders: Contenders,
  { rounds: roundsCount, sessions }: { readonly rounds: number; readonly sessions: number },
): Promise<Load> {
  const found = await rounds(contenders, roundsCount, async (contender) => {
    const before = await contender.worker.usage();
    const startedMs = performance.now();
    await manySessions(contender, sessions);
    const tookMs = performance.now() - startedMs;
    const after = await contender.worker.usage();
    return {
      perSecond: (sessions * 1_000) / tookMs,
      cpuMs: (after.cpuMs - before.cpuMs) / sessions,
    };
  });
  return {
    sessionsPerSecond: comparisonOf(found, ({ perSecond }) => perSecond),
    workerCpuMsPerSession: comparisonOf(found, ({ cpuMs }) => cpuMs),
  };
}

export async function manySessions(contender: Contender, count: number): Promise<void> {
  const tasks = Array.from({ length: count }, () => madeUpTask('gated', 1));
  await inParallel(tasks, AT_ONCE, async (task) => {
    await runSession(contender, task);
  });
}

/** History events of all these tasks, every gate approved. */
export async function recordedEvents(
  contenders: Contenders,
  tasks: readonly BenchTask[],
): Promise<{ readonly events: Comparison; readonly workflowTasks: Comparison }> {
  const found = await rounds(contenders, 1, async (contender) => {
    const sums = { events: 0, workflowTasks: 0 };
    await inParallel(tasks, AT_ONCE, async (task) => {
      const { events, workflowTasks } = await runSession(contender, task);
      sums.events += events;
      sums.workflowTasks += workflowTasks;
    });
    return sums;
  });
  return {
    events: comparisonOf(found, ({ events }) => events),
    workflowTasks: comparisonOf(found, ({ workflowTasks }) => workflowTasks),
  };
}

/** Worker memory for each of so many sessions that wait at a gate, bytes. The worker is new, and its cache as given. */
export async function parkedBytes(contender: Contender, sessions: number): Promise<number> {
  await manySessions(contender, AT_ONCE);
  const before = await untilIdle(contender);
  const tasks = Array.from({ length: sessions }, () => madeUpTask('gated', 1));
  await inParallel(tasks, AT_ONCE, async (task) => {
    await contender.start(task);
  });
  for (;;) {
    const { modelTurns } = await contender.worker.usage();
    if (modelTurns >= before.modelTurns + sessions) break;
    await delay(IDLE_MS);
  }
  const after = await untilIdle(contender);
  return (after.residentBytes - before.residentBytes) / sessions;
}

const IDLE_MS = 500;
const IDLE_CPU_MS = 25;

async function untilIdle({ worker }: Contender): Promise<Awaited<ReturnType<typeof worker.usage>>> {
  let before = await worker.usage();
  for (;;) {
    await delay(IDLE_MS);
    const now = await worker.usage();
    if (now.cpuMs - before.cpuMs < IDLE_CPU_MS) return now;
    before = now;
  }
}
