/**
 * What waits, kept up to date: the list is read page by page, then changes come over one stream. Where something was
 * missed the list is read anew; meanwhile the page shows what it knows, and says that it may be old.
 */
import type { PendingChange, PendingHello } from '../../gateway/api/events.ts';
import type { PendingGatesPage } from '../../gateway/api/pending.ts';
import { afterNews, EMPTY_QUEUE, type Queue, type QueueNews } from '../model/queue.ts';
import type { ProblemSaid } from '../model/problem.ts';
import { type Gateway, problemOf } from './gateway.ts';
import { openStream, type StreamState } from './stream.ts';

export interface QueueView {
  readonly queue: Queue;
  readonly stream: StreamState;
  readonly isLoaded: boolean;
  readonly problem: ProblemSaid | undefined;
  /** Of each session: grows whenever something of it has changed. */
  readonly changes: ReadonlyMap<string, number>;
}

export interface QueueStore {
  readonly view: () => QueueView;
  readonly subscribe: (changed: () => void) => () => void;
  readonly reload: () => void;
  readonly close: () => void;
}

const PAGE_ROWS = 200;
/** Beyond it the browser lists no more: the filters of the server narrow it down. */
const ROWS_MAX = 2_000;
/** The list is read once the stream stands, so that nothing falls between; but it does not wait for long. */
const HELLO_WITHIN_MS = 400;
const RETRY_MS = 3_000;

const NOTHING_YET: QueueView = {
  queue: EMPTY_QUEUE,
  stream: 'connecting',
  isLoaded: false,
  problem: undefined,
  changes: new Map(),
};

export function createQueueStore(gateway: Gateway, streamLost: () => void): QueueStore {
  let view = NOTHING_YET;
  const listeners = new Set<() => void>();
  const set = (next: Partial<QueueView>): void => {
    view = { ...view, ...next };
    for (const changed of listeners) changed();
  };
  const hear = (news: QueueNews): void => set({ queue: afterNews(view.queue, news) });
  let reading: AbortController | undefined;
  let again: ReturnType<typeof setTimeout> | undefined;
  const load = async (): Promise<void> => {
    clearTimeout(again);
    reading?.abort();
    const mine = new AbortController();
    reading = mine;
    try {
      await readPages(gateway, mine.signal, hear, () =>
        set({ isLoaded: true, problem: undefined }),
      );
    } catch (error) {
      if (mine.signal.aborted) return;
      set({ problem: problemOf(error) });
      again = setTimeout(() => void load(), RETRY_MS);
    }
  };
  const missed = (): void => {
    set({ changes: everyChanged(view.changes) });
    void load();
  };
  again = setTimeout(() => void load(), HELLO_WITHIN_MS);
  const closeStream = openStream('/v1/events', {
    state: (stream) => {
      if (stream === 'lost' && view.stream !== 'lost') streamLost();
      set({ stream });
    },
    events: {
      hello: (data) => {
        const { counts, at } = data as PendingHello;
        hear({ news: 'counts', counts, at });
        missed();
      },
      pending: (data) => {
        const change = data as PendingChange;
        set({
          queue: afterNews(view.queue, { news: 'change', change }),
          changes: changedBy(view.changes, change),
        });
      },
      reload: missed,
    },
  });
  return {
    view: () => view,
    subscribe: (changed) => {
      listeners.add(changed);
      return () => void listeners.delete(changed);
    },
    reload: () => void load(),
    close: () => {
      clearTimeout(again);
      reading?.abort();
      closeStream();
    },
  };
}

async function readPages(
  gateway: Gateway,
  signal: AbortSignal,
  hear: (news: QueueNews) => void,
  shown: () => void,
): Promise<void> {
  let next: string | undefined;
  let rows = 0;
  do {
    const at = next === undefined ? '' : `&page=${encodeURIComponent(next)}`;
    const page = await gateway.read<PendingGatesPage>(
      `/v1/pending?limit=${PAGE_ROWS}${at}`,
      signal,
    );
    if (signal.aborted) return;
    hear({ news: 'page', page, isFirst: next === undefined });
    shown();
    rows += page.gates.length;
    next = page.nextPage;
  } while (next !== undefined && rows < ROWS_MAX);
  hear({ news: 'loaded' });
}

function changedBy(
  changes: ReadonlyMap<string, number>,
  { added, changed, gone }: PendingChange,
): ReadonlyMap<string, number> {
  const next = new Map(changes);
  for (const { sessionId } of [...added, ...changed, ...gone]) {
    next.set(sessionId, (next.get(sessionId) ?? 0) + 1);
  }
  return next;
}

const EVERY_SESSION = '';

/** Who looks at any session asks again. */
function everyChanged(changes: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  return new Map(changes).set(EVERY_SESSION, (changes.get(EVERY_SESSION) ?? 0) + 1);
}

/** A number that is another one whenever something of this session may have changed. */
export function changesOf({ changes }: QueueView, sessionId: string): number {
  return (changes.get(EVERY_SESSION) ?? 0) + (changes.get(sessionId) ?? 0);
}
