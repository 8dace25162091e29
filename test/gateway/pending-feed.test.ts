/** The one look at visibility that all browsers share: what is asked for, and in which order, of the real list. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PendingFeed, type PendingSource } from '../../gateway/inbox/pending-feed.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => world.close());

/** Starts a session that waits at a gate, and answers once visibility knows of it. */
async function startWaiting(): Promise<string> {
  const before = await world.holdpoint.sessions.waitingCount();
  const session = await world.start({
    turns: [{ calls: [{ name: 'delete_record', arguments: { id: 'c-17' } }] }, { text: 'Done.' }],
  });
  await until('one more that waits', async () => {
    const now = await world.holdpoint.sessions.waitingCount();
    return now === before + 1;
  });
  return session;
}

test('a list that a change overtook is read anew at the next count, and whoever listens is told', async () => {
  const { holdpoint } = world;
  await startWaiting();
  const asked: string[] = [];
  let late: string | undefined;
  const source: PendingSource = {
    sessions: {
      waitingCount: async () => {
        asked.push('count');
        return holdpoint.sessions.waitingCount();
      },
    },
    // Of a session that begins to wait in the middle of the first reading, the count knows, and the list does not.
    pending: async (options) => {
      asked.push('list');
      const page = await holdpoint.pending(options);
      late ??= await startWaiting();
      return { ...page, sessionsCount: await holdpoint.sessions.waitingCount() };
    },
  };
  const closing = new AbortController();
  const feed = new PendingFeed(source, closing.signal);
  const told: string[] = [];
  await feed.listen((text) => void told.push(text), undefined);
  await until('the news of it', () => late !== undefined && told.join('').includes(late));
  expect(asked.slice(0, 3)).toEqual(['list', 'count', 'list']);
  closing.abort();
});
