/** What the benchmark says: a table for people, the aims, and one line of JSON for machines. */
import type { ActionCost, Load, RoundTrip } from './measurements.ts';
import type { Comparison } from './medians.ts';

export interface Results {
  readonly quick: boolean;
  readonly evidence: 'PGlite' | 'PostgreSQL';
  readonly recorded: {
    readonly file: string;
    /** The project's own small file: its ratio is not judged. */
    readonly isStandIn: boolean;
    readonly tasks: number;
    readonly calls: number;
    readonly gated: number;
    readonly events: Comparison;
    readonly workflowTasks: Comparison;
  };
  /** One more of each: a session with two less one with one. */
  readonly gated: ActionCost;
  readonly ungated: ActionCost;
  readonly quickRead: ActionCost;
  readonly roundTripMs: RoundTrip;
  readonly load: Load;
  readonly parkedKiB?: {
    readonly sessions: number;
    readonly cached: Comparison;
    readonly evicted: Comparison;
  };
}

export interface Aim {
  readonly aim: string;
  readonly atMost: number;
  readonly measured: number;
  readonly isMet: boolean;
  /** False: reported only, since it depends on the machine, or the recorded file is only a stand-in. */
  readonly isJudged: boolean;
}

/** DESIGN §11, against the hand-written workflow of the same run. */
export function aimsOf(results: Results): readonly Aim[] {
  const { gated, ungated, quickRead, recorded, roundTripMs, load } = results;
  const aim = (words: string, atMost: number, measured: number, isJudged = true): Aim => ({
    aim: words,
    atMost,
    measured,
    isMet: measured <= atMost,
    isJudged,
  });
  return [
    aim('events more per gated action', 4, gated.events.more),
    aim('workflow tasks more per gated action', 0, gated.workflowTasks.more),
    aim('events more per ungated action', 0, ungated.events.more),
    aim('workflow tasks more per ungated action', 0, ungated.workflowTasks.more),
    aim('workflow tasks more per quick read', 0, quickRead.workflowTasks.more),
    aim('events of the recorded tasks, ratio', 0.9, recorded.events.ratio, !recorded.isStandIn),
    aim('gate round trip p50, ratio', 1.15, roundTripMs.p50.ratio, false),
    aim('worker CPU per session, ratio', 1.25, load.workerCpuMsPerSession.ratio, false),
  ];
}

export interface Conclusion {
  /** A table, the aims, and last one line of JSON with every ratio by name. */
  readonly text: string;
  /** 1 where an aim that is judged is missed. */
  readonly exitCode: number;
}

export function conclusionOf(results: Results): Conclusion {
  const aims = aimsOf(results);
  const last = JSON.stringify({ ...results, aims });
  const isMissed = aims.some(({ isJudged, isMet }) => isJudged && !isMet);
  const text = ['', tableOf(results), '', verdictsOf(aims), '', last].join('\n');
  return { text, exitCode: isMissed ? 1 : 0 };
}

function tableOf(results: Results): string {
  const { gated, ungated, quickRead, recorded, roundTripMs, load, parkedKiB } = results;
  const rows: readonly (readonly [string, Comparison])[] = [
    ['one more gated action: events', gated.events],
    ['  workflow tasks', gated.workflowTasks],
    ['  bytes of history', gated.bytes],
    ['one more ungated action: events', ungated.events],
    ['  workflow tasks', ungated.workflowTasks],
    ['  bytes of history', ungated.bytes],
    ['one more quick read: events', quickRead.events],
    ['  workflow tasks', quickRead.workflowTasks],
    ['  bytes of history', quickRead.bytes],
    [`${recorded.tasks} recorded tasks, ${recorded.calls} calls: events`, recorded.events],
    ['  workflow tasks', recorded.workflowTasks],
    ['decision → tool called, p50, ms', roundTripMs.p50],
    ['decision → tool called, p95, ms', roundTripMs.p95],
    ['sessions a second, 50 at a time', load.sessionsPerSecond],
    ['worker CPU a session, ms', load.workerCpuMsPerSession],
    ...(parkedKiB === undefined
      ? []
      : ([
          ['a parked session, all cached, KiB', parkedKiB.cached],
          ['a parked session, 10 cached, KiB', parkedKiB.evicted],
        ] as const)),
  ];
  const head = ['', 'by hand', 'holdpoint', 'ratio', 'more', 'ratio of rounds'];
  const lines = rows.map(([name, { handWritten, holdpoint, ratio, more, range }]) => [
    name,
    ...[handWritten, holdpoint, ratio, more].map(String),
    range?.join(' to ') ?? '',
  ]);
  return [head, ...lines].map(lineOf).join('\n');
}

const WIDTHS = [44, 10, 10, 8, 8, 18];

function lineOf(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const width = WIDTHS[index] ?? 0;
      return index === 0 ? cell.padEnd(width) : cell.padStart(width);
    })
    .join('')
    .trimEnd();
}

export function verdictsOf(aims: readonly Aim[]): string {
  return aims
    .map(({ aim, atMost, measured, isMet, isJudged }) => {
      const verdict = isMet ? 'met' : 'MISSED';
      const note = isJudged ? '' : ' (reported, not judged)';
      return `${verdict.padEnd(7)} ${aim}: ${measured}, at most ${atMost}${note}`;
    })
    .join('\n');
}
