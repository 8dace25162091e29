/** Following a session and the list of what waits: every entry once, in order, across runs, until the end. */
import { expect, test } from 'vitest';
import type { TrailEntry } from '../../domain/index.ts';
import { deskPolicy } from '../support/desk.ts';
import { modes } from '../support/world.ts';
import { currentRun, isUpdate, reset, untilNextRun } from '../workflows/session-runs.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const SCRIPT = { turns: [{ calls: [DELETE] }, { text: 'All done.' }] } as const;

async function all(entries: AsyncIterable<TrailEntry>): Promise<readonly TrailEntry[]> {
  const found: TrailEntry[] = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

modes(
  'watch',
  (world) => {
    test('gives the whole trail of a session that continues as new meanwhile, each entry once', async () => {
      const { client, start, oneGate, decide, holdpoint } = world();
      const session = await start(SCRIPT);
      await oneGate(session);
      const watched = all(holdpoint.watch(session));
      await untilNextRun(client, session);
      await decide(session, await oneGate(session), {});
      await holdpoint.result(session);
      expect(await watched).toEqual(await holdpoint.auditTrail(session));
    });

    test('begins with the runs before the present one', async () => {
      const { client, start, oneGate, decide, holdpoint } = world();
      const session = await start(SCRIPT);
      await oneGate(session);
      await untilNextRun(client, session);
      const watched = all(holdpoint.watch(session));
      await decide(session, await oneGate(session), { decision: 'rejected' });
      await holdpoint.result(session);
      expect(await watched).toEqual(await holdpoint.auditTrail(session));
    });

    test('goes over to the run that a reset begins', async () => {
      const { client, start, gates, decide, holdpoint } = world();
      const calls = [DELETE, { name: 'delete_record', arguments: { id: 'c-2' } }];
      const session = await start({ turns: [{ calls }, { text: 'All done.' }] });
      const [first] = await gates(session, 2);
      if (first === undefined) throw new Error('Two gates are two gates');
      const watched = all(holdpoint.watch(session));
      await decide(session, first, { decision: 'rejected' });
      const runId = await currentRun(client, session);
      await reset(client, session, { runId, before: isUpdate, forget: true });
      for (const gate of await gates(session, 2)) {
        await decide(session, gate, { decision: 'rejected' });
      }
      await holdpoint.result(session);
      const hashes = new Set((await watched).map(({ event }) => event.hash));
      const trail = await holdpoint.auditTrail(session);
      for (const { event } of trail) expect(hashes).toContain(event.hash);
      expect((await watched).at(-1)?.event.eventType).toBe('ended');
    });

    test('ends with a session that is terminated', async () => {
      const { client, start, oneGate, holdpoint } = world();
      const session = await start(SCRIPT);
      await oneGate(session);
      const watched = all(holdpoint.watch(session));
      await client.workflow.getHandle(session).terminate('a test');
      expect((await watched).at(-1)?.event.eventType).toBe('gate_presented');
    });

    test('of what waits gives the list again when it has changed', async () => {
      const { start, oneGate, holdpoint } = world();
      const seen: number[] = [];
      let session: string | undefined;
      for await (const { sessions } of holdpoint.watchPending({ everyMs: 50, pageSize: 1_000 })) {
        seen.push(sessions.length);
        if (sessions.some(({ sessionId }) => sessionId === session)) break;
        if (session === undefined) {
          session = await start(SCRIPT);
          await oneGate(session);
        }
      }
      expect(seen.length).toBeGreaterThanOrEqual(2);
    });
  },
  { policy: deskPolicy({ limits: { historyEventsMax: 50 } }) },
);
