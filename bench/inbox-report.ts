/** What the benchmark of the inbox says: a table for people, and the aims of issue and design. */
import type { Aim } from './report.ts';

export interface Times {
  readonly p50: number;
  readonly p95: number;
}

export interface InboxResults {
  readonly quick: boolean;
  readonly gates: number;
  readonly list: {
    /** How many sessions one visibility query gave. */
    readonly inOneQuery: number;
    /** Rows that the API has on all of its pages. */
    readonly listed: number;
    readonly ms: number;
  };
  readonly page: {
    /** Rows in the browser. */
    readonly drawn: number;
    readonly firstMs: Times;
    readonly allMs: Times;
  };
  readonly fresh: { readonly seen: number; readonly asked: number; readonly ms: Times };
  readonly memory: {
    readonly browsers: number;
    /** Changes that arrived at the browsers, all in all, and how many had to. */
    readonly delivered: number;
    readonly expected: number;
    readonly beforeMiB: number;
    readonly afterRoundsMiB: readonly number[];
  };
}

const SECOND_MS = 1_000;

/** Between the first round and the last: what a gateway keeps of each change adds up there, if it does. */
function growthMiB({ memory }: InboxResults): number {
  const [first = 0] = memory.afterRoundsMiB;
  return Math.round((memory.afterRoundsMiB.at(-1) ?? 0) - first);
}

const FLAT_MIB = 64;

export function inboxAimsOf(results: InboxResults): readonly Aim[] {
  const { gates, list, page, fresh, memory } = results;
  const aim = (words: string, atMost: number, measured: number, isJudged = true): Aim => ({
    aim: words,
    atMost,
    measured,
    isMet: measured <= atMost,
    isJudged,
  });
  return [
    aim('waiting gates that one visibility query did not give', 0, gates - list.inOneQuery),
    aim('waiting gates that the API did not list', 0, gates - list.listed),
    aim('waiting gates that the browser did not show', 0, gates - page.drawn),
    aim('new gates that did not appear by themselves', 0, fresh.asked - fresh.seen),
    aim('changes that did not reach a browser', 0, memory.expected - memory.delivered),
    aim('gateway memory, growth from round to round, MiB', FLAT_MIB, growthMiB(results)),
    aim('first page in the browser, p50, ms', SECOND_MS, page.firstMs.p50, false),
    aim('a new gate is seen, p95, ms', SECOND_MS, fresh.ms.p95, false),
  ];
}

export function inboxTableOf({ gates, list, page, fresh, memory }: InboxResults): string {
  const rows: readonly (readonly [string, string])[] = [
    [`${gates} waiting gates: in one visibility query`, `${list.inOneQuery}`],
    ['  listed by the API, all pages, ms', `${list.ms}`],
    ['  first rows in the browser, p50 / p95, ms', timesText(page.firstMs)],
    ['  all rows in the browser, p50 / p95, ms', timesText(page.allMs)],
    ['a new gate, from its request to the page, p50 / p95, ms', timesText(fresh.ms)],
    ['gateway memory without browsers, MiB', `${memory.beforeMiB}`],
    [`  with ${memory.browsers}, after each round, MiB`, memory.afterRoundsMiB.join(', ')],
    ['  changes that arrived at them', `${memory.delivered} of ${memory.expected}`],
  ];
  return rows.map(([name, value]) => `${name.padEnd(60)}${value}`).join('\n');
}

function timesText({ p50, p95 }: Times): string {
  return `${p50} / ${p95}`;
}
