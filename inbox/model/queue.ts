/**
 * What waits, as the page knows it: pages of the list and live changes, in whatever order they arrive. Each row carries
 * the server's time of what is known of it, and older news never overwrites newer.
 */
import type { PendingChange } from '../../gateway/api/events.ts';
import type { PendingCounts, PendingGate, PendingGatesPage } from '../../gateway/api/pending.ts';

interface Known {
  /** Undefined: it is gone. */
  readonly gate: PendingGate | undefined;
  readonly at: number;
}

export interface Queue {
  readonly rows: ReadonlyMap<string, Known>;
  readonly counts: PendingCounts | undefined;
  readonly countsAt: number;
  readonly hidden: PendingGatesPage['hidden'];
  readonly isWhole: boolean;
  /** Of the load in progress: when its first page was read. */
  readonly loadingSince: number | undefined;
  /** How many rows the server would list. Undefined: nothing was loaded yet. */
  readonly matched: number | undefined;
}

export const EMPTY_QUEUE: Queue = {
  rows: new Map(),
  counts: undefined,
  countsAt: 0,
  hidden: [],
  isWhole: true,
  loadingSince: undefined,
  matched: undefined,
};

export type QueueNews =
  | { readonly news: 'page'; readonly page: PendingGatesPage; readonly isFirst: boolean }
  | { readonly news: 'loaded' }
  | { readonly news: 'change'; readonly change: PendingChange }
  | { readonly news: 'counts'; readonly counts: PendingCounts; readonly at: number };

export function keyOf(gate: { readonly sessionId: string; readonly gateId: string }): string {
  return `${gate.gateId} ${gate.sessionId}`;
}

export function afterNews(queue: Queue, news: QueueNews): Queue {
  switch (news.news) {
    case 'page':
      return afterPage(queue, news.page, news.isFirst);
    case 'loaded':
      return afterLoad(queue);
    case 'change':
      return afterChange(queue, news.change);
    case 'counts':
      return withCounts(queue, news);
  }
}

function withCounts(
  queue: Queue,
  { counts, at }: { readonly counts: PendingCounts; readonly at: number },
): Queue {
  return at < queue.countsAt ? queue : { ...queue, counts, countsAt: at };
}

function afterPage(queue: Queue, page: PendingGatesPage, isFirst: boolean): Queue {
  const rows = new Map(queue.rows);
  for (const gate of page.gates) learn(rows, gate, page.at);
  const { hidden, isWhole, matched } = page;
  const loadingSince = isFirst ? page.at : (queue.loadingSince ?? page.at);
  return withCounts({ ...queue, rows, hidden, isWhole, matched, loadingSince }, page);
}

/** What no page of a whole load has listed, and nothing has told of since, is gone. */
function afterLoad(queue: Queue): Queue {
  const { loadingSince = 0, rows } = queue;
  const kept = [...rows].filter(([, { gate, at }]) => gate !== undefined && at >= loadingSince);
  return { ...queue, rows: new Map(kept), loadingSince: undefined };
}

function afterChange(queue: Queue, change: PendingChange): Queue {
  const { added, changed, gone, counts, at } = change;
  const rows = new Map(queue.rows);
  for (const gate of [...added, ...changed]) learn(rows, gate, at);
  for (const row of gone) {
    const key = keyOf(row);
    const known = rows.get(key);
    if (known !== undefined && known.at > at) continue;
    // While a load goes on, a page that was read before may still list it.
    if (queue.loadingSince === undefined) rows.delete(key);
    else rows.set(key, { gate: undefined, at });
  }
  return withCounts({ ...queue, rows }, { counts, at });
}

function learn(rows: Map<string, Known>, gate: PendingGate, at: number): void {
  const key = keyOf(gate);
  const known = rows.get(key);
  if (known === undefined || known.at <= at) rows.set(key, { gate, at });
}

export const SORTS = ['deadline', 'impact', 'oldest', 'newest'] as const;
export type Sort = (typeof SORTS)[number];

export interface Filter {
  readonly search: string;
  readonly tier: string;
  readonly impact: string;
  readonly kind: string;
  readonly agent: string;
  readonly claimed: string;
}

export const NO_FILTER: Filter = {
  search: '',
  tier: '',
  impact: '',
  kind: '',
  agent: '',
  claimed: '',
};

/** The rows to show. `subject`: who looks, for `claimed`. */
export function shownRows(
  queue: Queue,
  {
    filter,
    sort,
    subject,
  }: { readonly filter: Filter; readonly sort: Sort; readonly subject: string },
): readonly PendingGate[] {
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const rows: PendingGate[] = [];
  for (const { gate } of queue.rows.values()) {
    if (gate !== undefined && passes(gate, filter, words, subject)) rows.push(gate);
  }
  return rows.toSorted(ORDERS[sort]);
}

function passes(
  gate: PendingGate,
  filter: Filter,
  words: readonly string[],
  subject: string,
): boolean {
  const { claimedBy } = gate;
  const isOf = (wanted: string, value: string | undefined): boolean =>
    wanted === '' || wanted === value;
  return (
    isOf(filter.tier, gate.tier) &&
    isOf(filter.impact, gate.estimatedImpact) &&
    isOf(filter.kind, gate.kind) &&
    isOf(filter.agent, gate.agentId) &&
    isOf(
      filter.claimed,
      claimedBy === undefined ? 'nobody' : claimedBy === subject ? 'me' : 'others',
    ) &&
    words.every((word) => textOf(gate).includes(word))
  );
}

const TEXTS = new WeakMap<PendingGate, string>();

function textOf(gate: PendingGate): string {
  const known = TEXTS.get(gate);
  if (known !== undefined) return known;
  const { description, actionType, agentId, requesterId, sessionId, gateId, fingerprint } = gate;
  const text = [description, actionType, agentId, requesterId, sessionId, gateId, fingerprint]
    .join(' ')
    .toLowerCase();
  TEXTS.set(gate, text);
  return text;
}

const IMPACT_RANK: Readonly<Record<PendingGate['estimatedImpact'], number>> = {
  high: 0,
  medium: 1,
  low: 2,
};

type Order = (a: PendingGate, b: PendingGate) => number;

const byDeadline: Order = (a, b) =>
  // Two without a deadline differ by no number at all, which is false here: the older one comes first.
  (a.respondBy ?? Infinity) - (b.respondBy ?? Infinity) || a.presentedAt - b.presentedAt;

const ORDERS: Readonly<Record<Sort, Order>> = {
  deadline: byDeadline,
  impact: (a, b) =>
    IMPACT_RANK[a.estimatedImpact] - IMPACT_RANK[b.estimatedImpact] || byDeadline(a, b),
  oldest: (a, b) => a.presentedAt - b.presentedAt,
  newest: (a, b) => b.presentedAt - a.presentedAt,
};

/** What the filters offer: every value that is there, in order of its name. */
export function valuesOf(
  queue: Queue,
  of: (gate: PendingGate) => string | undefined,
): readonly string[] {
  const found = new Set<string>();
  for (const { gate } of queue.rows.values()) {
    const value = gate === undefined ? undefined : of(gate);
    if (value !== undefined) found.add(value);
  }
  return [...found].toSorted();
}

/** Where the selection goes by `steps` rows; a selection that is gone begins anew at the row that took its place. */
export function movedSelection(
  rows: readonly PendingGate[],
  selected: { readonly key: string | undefined; readonly index: number },
  steps: number,
): { readonly key: string | undefined; readonly index: number } {
  if (rows.length === 0) return { key: undefined, index: 0 };
  const found = rows.findIndex((row) => keyOf(row) === selected.key);
  const from = found === -1 ? selected.index - (steps > 0 ? 1 : 0) : found;
  const index = Math.min(rows.length - 1, Math.max(0, from + steps));
  const row = rows[index];
  return { key: row === undefined ? undefined : keyOf(row), index };
}
