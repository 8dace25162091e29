/** What the plugin's benchmark says, and what it aims at. */
import type { CallCounts, Compared } from './plugin-measurements.ts';
import type { PluginCall } from './plugin-plan.ts';
import type { Aim } from './report.ts';

/** The calls that the plugin lets pass. */
export const UNGATED: readonly (Omit<PluginCall, 'calls'> & { readonly title: string })[] = [
  { title: 'a read', name: 'look', bytes: 10 },
  { title: 'a reversible call', name: 'note', bytes: 10 },
  { title: 'a reversible call with 10 KiB', name: 'note', bytes: 10 * 1_024 },
];

export interface PluginResults {
  readonly quick: boolean;
  /** A call that a person has to approve: with the plugin, and without, where it just runs. */
  readonly plain: CallCounts;
  readonly gated: CallCounts;
  /** ms of worker CPU, of a workflow that calls nothing. */
  readonly workflowMs: Compared;
  readonly ungated: readonly {
    readonly title: string;
    readonly without: CallCounts;
    readonly with: CallCounts;
    /** ms of worker CPU a call. */
    readonly schedulingMs: Compared;
    /** ms of CPU a call, in a history from before the plugin. */
    readonly replayMs: Compared;
  }[];
}

const MORE_MS = 1;

export function pluginAimsOf({ quick, ungated }: PluginResults): readonly Aim[] {
  const aim = (words: string, atMost: number, measured: number, isJudged = true): Aim => ({
    aim: words,
    atMost,
    measured,
    isMet: measured <= atMost,
    isJudged,
  });
  return ungated.flatMap(({ title, without, with: plugged, ...times }) => [
    aim(`${title}: events more`, 0, plugged.next.events - without.next.events),
    aim(
      `${title}: workflow tasks more`,
      0,
      plugged.next.workflowTasks - without.next.workflowTasks,
    ),
    aim(`${title}: the first: events more`, 0, plugged.first.events - without.first.events),
    aim(`${title}: ms more`, MORE_MS, times.schedulingMs.more, !quick),
    aim(`${title}: ms more in a replay`, MORE_MS, times.replayMs.more, !quick),
  ]);
}

export function pluginTableOf({ plain, gated, workflowMs, ungated }: PluginResults): string {
  const counts = ([title, { first, next }]: readonly [string, CallCounts]): string =>
    row(title, `${first.events}, ${first.workflowTasks}`, `${next.events}, ${next.workflowTasks}`);
  const times = ([title, { without, with: plugged, more, range }]: readonly [
    string,
    Compared,
  ]): string => row(title, `${without}`, `${plugged}`, `${more}`, range.join(' to '));
  return [
    row('events, workflow tasks', 'first', 'one more'),
    counts(['gated: without the plugin', plain]),
    counts(['gated: with it, decided by signal', gated]),
    ...ungated.flatMap((shape) => [
      counts([`${shape.title}: without`, shape.without]),
      counts([`${shape.title}: with`, shape.with]),
    ]),
    '',
    typesOf('first gated call, more', gated.first, plain.first),
    typesOf('one more gated call, more', gated.next, plain.next),
    '',
    row('ms of CPU', 'without', 'with', 'more', 'of rounds'),
    times(['a workflow that calls nothing', workflowMs]),
    ...ungated.flatMap((shape) => [
      times([`${shape.title}: scheduled`, shape.schedulingMs]),
      times([`${shape.title}: replayed`, shape.replayMs]),
    ]),
  ].join('\n');
}

function typesOf(title: string, gated: CallCounts['first'], plain: CallCounts['first']): string {
  const more = Object.entries(gated.byType)
    .map(([name, count]) => [name, count - (plain.byType[name] ?? 0)] as const)
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => `${count} ${name.toLowerCase()}`);
  const tasks = gated.workflowTasks - plain.workflowTasks;
  return `${title}: ${more.join(', ')}, and ${tasks} workflow tasks`;
}

function row(title: string, ...cells: readonly string[]): string {
  return [title.padEnd(46), ...cells.map((cell) => cell.padStart(14))].join('').trimEnd();
}
