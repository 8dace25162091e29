import { describe, expect, test } from 'vitest';
import { countdownOf, durationText, nextReading, NO_READING } from '../../inbox/model/clock.ts';
import {
  afterNews,
  EMPTY_QUEUE,
  type Filter,
  keyOf,
  movedSelection,
  NO_FILTER,
  type Queue,
  type QueueNews,
  shownRows,
} from '../../inbox/model/queue.ts';
import { addressOf, type Page, pageAt } from '../../inbox/model/routes.ts';
import { pendingGate, pendingPage } from './builders.ts';

const after = (...news: readonly QueueNews[]): Queue => news.reduce(afterNews, EMPTY_QUEUE);
const change = (at: number, changes: object): QueueNews => ({
  news: 'change',
  change: {
    added: [],
    changed: [],
    gone: [],
    counts: { gates: 0, sessions: 0, byTier: {}, claimed: 0 },
    at,
    ...changes,
  },
});
const page = (at: number, isFirst: boolean, ...ids: readonly string[]): QueueNews => ({
  news: 'page',
  isFirst,
  page: pendingPage(
    ids.map((id) => pendingGate(id)),
    { at },
  ),
});
const idsOf = (queue: Queue, filter: Partial<Filter> = {}): readonly string[] =>
  shownRows(queue, { filter: { ...NO_FILTER, ...filter }, sort: 'newest', subject: 'rita' })
    .map(({ gateId }) => gateId)
    .toSorted();

describe('what waits, in whatever order it is heard of', () => {
  test('pages add up, and what a whole load does not list any more is gone', () => {
    const first = after(page(1, true, 'a', 'b'), page(2, false, 'c'), { news: 'loaded' });
    expect(idsOf(first)).toEqual(['gate-a', 'gate-b', 'gate-c']);
    const second = [page(5, true, 'b'), { news: 'loaded' } as const].reduce(afterNews, first);
    expect(idsOf(second)).toEqual(['gate-b']);
  });

  test('a gate that went while a page was on its way does not come back with it', () => {
    const gone = change(3, { gone: [pendingGate('a')] });
    expect(idsOf(after(page(1, true, 'b'), gone, page(2, false, 'a'), { news: 'loaded' }))).toEqual(
      ['gate-b'],
    );
  });

  test('a gate that came while a load went on stays, though no page has it', () => {
    const added = change(4, { added: [pendingGate('new')] });
    expect(idsOf(after(page(1, true, 'a'), added, { news: 'loaded' }))).toEqual([
      'gate-a',
      'gate-new',
    ]);
  });

  test('older news of a gate never overwrites newer, nor does an older count', () => {
    const claimed = change(9, { changed: [pendingGate('a', { claimedBy: 'rita' })] });
    const queue = after(page(1, true, 'a'), claimed, page(5, true, 'a'), { news: 'loaded' });
    expect(queue.rows.get(keyOf(pendingGate('a')))?.gate?.claimedBy).toBe('rita');
    expect(queue.countsAt).toBe(9);
  });

  test('filters and search narrow it down: all words, in any case', () => {
    const queue = after({
      news: 'page',
      isFirst: true,
      page: pendingPage([
        pendingGate('a', { tier: 'escalation', description: 'Delete Record c-17' }),
        pendingGate('b', { claimedBy: 'rita', kind: 'question' }),
        pendingGate('c', { claimedBy: 'omar', agentId: 'ops', estimatedImpact: 'high' }),
      ]),
    });
    expect(idsOf(queue, { tier: 'escalation' })).toEqual(['gate-a']);
    expect(idsOf(queue, { kind: 'question' })).toEqual(['gate-b']);
    expect(idsOf(queue, { agent: 'ops' })).toEqual(['gate-c']);
    expect(idsOf(queue, { impact: 'high' })).toEqual(['gate-c']);
    expect(idsOf(queue, { claimed: 'nobody' })).toEqual(['gate-a']);
    expect(idsOf(queue, { claimed: 'me' })).toEqual(['gate-b']);
    expect(idsOf(queue, { claimed: 'others' })).toEqual(['gate-c']);
    expect(idsOf(queue, { search: 'RECORD delete' })).toEqual(['gate-a']);
    expect(idsOf(queue, { search: 'record nowhere' })).toEqual([]);
  });

  test('the nearest deadline comes first, what waits without end last, the older of two before', () => {
    const gates = [
      pendingGate('endless', { respondBy: null, presentedAt: 2 }),
      pendingGate('older', { respondBy: null, presentedAt: 1 }),
      pendingGate('soon', { respondBy: 5 }),
    ];
    const queue = after({ news: 'page', isFirst: true, page: pendingPage(gates) });
    const rows = shownRows(queue, { filter: NO_FILTER, sort: 'deadline', subject: '' });
    expect(rows.map(({ gateId }) => gateId)).toEqual(['gate-soon', 'gate-older', 'gate-endless']);
  });

  test('the selection moves within bounds, and goes on where its gate has gone', () => {
    const rows = ['a', 'b', 'c'].map((id) => pendingGate(id));
    const at = (id: string): string => keyOf(pendingGate(id));
    const none = { key: undefined, index: 0 };
    expect(movedSelection(rows, none, 1)).toEqual({ key: at('a'), index: 0 });
    expect(movedSelection(rows, { key: at('c'), index: 2 }, 1)).toEqual({ key: at('c'), index: 2 });
    expect(movedSelection(rows, { key: at('a'), index: 0 }, -1)).toEqual({
      key: at('a'),
      index: 0,
    });
    expect(movedSelection(rows, { key: 'gone', index: 1 }, 1)).toEqual({ key: at('b'), index: 1 });
    expect(movedSelection([], none, 1)).toEqual(none);
  });
});

describe('time', () => {
  test('deadlines go by the server’s clock: of two answers the faster one tells it', () => {
    const slow = nextReading(NO_READING, { sentAt: 0, receivedAt: 1_000, serverAt: 9_000 });
    expect(slow.offsetMs).toBe(8_500);
    const fast = nextReading(slow, { sentAt: 2_000, receivedAt: 2_010, serverAt: 12_005 });
    expect(fast.offsetMs).toBe(10_000);
    expect(nextReading(fast, { sentAt: 3_000, receivedAt: 5_000, serverAt: 14_000 })).toBe(fast);
    // An hour later a slow answer is better than a reading from before the laptop slept.
    const late = { sentAt: 3_600_000, receivedAt: 3_601_000, serverAt: 3_605_500 };
    expect(nextReading(fast, late).offsetMs).toBe(5_000);
  });

  test.each([
    [400, 'urgent', '0 s left'],
    [119_000, 'urgent', '1 min 59 s left'],
    [540_000, 'soon', '9 min left'],
    [3_900_000, 'calm', '1 h 5 min left'],
    [0, 'over', 'deadline passed'],
    [-5, 'over', 'deadline passed'],
  ])('%i ms before its deadline a gate is %s: %s', (leftMs, urgency, text) => {
    expect(countdownOf({ respondBy: 1_000_000 + leftMs }, 1_000_000)).toEqual({ text, urgency });
  });

  test('no deadline, and one that stands still, are said', () => {
    expect(countdownOf({ respondBy: null }, 0).text).toBe('no deadline');
    expect(countdownOf({ respondBy: 60_000, isPaused: true }, 0).text).toBe('1 min, paused');
    expect(durationText(90_000_000)).toBe('1 d 1 h');
  });
});

describe('addresses', () => {
  const pages: readonly Page[] = [
    { page: 'queue' },
    { page: 'sessions' },
    { page: 'overview' },
    { page: 'session', sessionId: 'a/b c?d#e%2F' },
    { page: 'audit', sessionId: '../../etc' },
    { page: 'request', sessionId: 'a/b', gateId: 'gate-1/2' },
  ];

  test.each(pages)('of $page leads back to it, whatever its ids are', (one) => {
    expect(pageAt(addressOf(one))).toEqual(one);
  });

  test.each(['/nothing', '/sessions/a/b', '/sessions/a/gates/b/c', '/%E0%A4%A', '/overview/x'])(
    '%s is none, and says so',
    (path) => expect(pageAt(path)).toEqual({ page: 'unknown' }),
  );

  test('a notice’s link is a gate’s', () => {
    expect(pageAt('/sessions/session-1/gates/gate-2')).toEqual({
      page: 'request',
      sessionId: 'session-1',
      gateId: 'gate-2',
    });
  });
});
