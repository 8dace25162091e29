/** What the store does when its connection, or PostgreSQL itself, breaks under it. */
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import { EvidenceConflict, type EvidenceStore, EvidenceUnavailable } from '../../evidence/store.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';
import { sqlOn } from './database.ts';
import { type Proxy, proxyTo } from './proxy.ts';
import { chainOf, keyOf, lateDecision, newSession, reservationOf, sliceOf } from './samples.ts';

const UP_WITHIN_MS = 30_000;
const ANSWER_WITHIN_MS = 1_000;
/** As it stands on the wire, so that `read committed` is another thing. */
const COMMIT = 'commit\0';
const RESERVING = 'insert into "holdpoint"."ledger"';

const postgres = await startPostgres();

describeWith('the evidence store on a PostgreSQL that breaks', postgres, ({ url, close }) => {
  let proxy: Proxy;
  let store: EvidenceStore;
  beforeAll(async () => (await openPostgresEvidence({ url })).close());
  afterAll(close);
  beforeEach(async () => {
    proxy = await proxyTo(url);
    store = await openPostgresEvidence({ url: proxy.url, answerWithinMs: ANSWER_WITHIN_MS });
  });
  afterEach(async () => {
    await store.close();
    await proxy.close();
  });

  test('PostgreSQL crashes and comes up again between calls: the next call works', async () => {
    const session = newSession();
    const reservation = reservationOf(session);
    await Promise.all(Array.from({ length: 8 }, () => store.reserve(reservation)));
    await crash(url);
    expect(await store.reserve(reservation)).toEqual({ status: 'go' });
    expect(await store.move(keyOf(reservation), { to: 'started' })).toBeDefined();
    await crash(url);
    expect(await store.entry(keyOf(reservation))).toMatchObject({ state: 'started' });
  });

  test('connections that an operator ends are replaced', async () => {
    const reservation = reservationOf(newSession());
    await Promise.all(Array.from({ length: 8 }, () => store.reserve(reservation)));
    await sqlOn(
      url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'holdpoint' and pid <> pg_backend_pid()`,
    );
    expect(await store.reserve(reservation)).toEqual({ status: 'go' });
  });

  test('connections that all broke unnoticed cost one call no more than one attempt', async () => {
    const reservation = reservationOf(newSession());
    await Promise.all(Array.from({ length: 8 }, () => store.reserve(reservation)));
    const broken = proxy.connections();
    expect(broken).toBeGreaterThan(3);
    proxy.behaviour = (_chunk, connection) => (connection <= broken ? 'cut' : 'pass');
    expect(await store.reserve(reservation)).toEqual({ status: 'go' });
    expect(proxy.connections()).toBe(broken + 1);
  });

  test('a connection that breaks before the commit is replaced within the call', async () => {
    const reservation = reservationOf(newSession());
    let cuts = 0;
    proxy.behaviour = (chunk) => (chunk.includes(RESERVING) && (cuts += 1) === 1 ? 'cut' : 'pass');
    expect(await store.reserve(reservation)).toEqual({ status: 'go' });
    expect(cuts).toBe(2);
  });

  test('a connection that breaks every time is said to, with nothing stored', async () => {
    const session = newSession();
    const reservation = reservationOf(session, { evidence: chainOf(session, { length: 1 }) });
    proxy.behaviour = (chunk) => (chunk.includes(RESERVING) ? 'cut' : 'pass');
    const failure = await failureOf(store.reserve(reservation));
    expect(failure).toMatchObject({ name: 'EvidenceUnavailable', mayHaveStored: false });
    expect(failure.message).toContain('nothing was stored');
    proxy.behaviour = () => 'pass';
    expect(await store.events(session)).toEqual([]);
    expect(await store.entry(keyOf(reservation))).toBeUndefined();
  });

  test('H12: a connection that breaks during the commit is not tried again: what happened is open', async () => {
    const reservation = reservationOf(newSession());
    await store.reserve(reservation);
    proxy.behaviour = (chunk) => (chunk.includes(COMMIT) ? 'pass and cut' : 'pass');
    const failure = await failureOf(store.move(keyOf(reservation), { to: 'started' }));
    expect(failure).toMatchObject({ name: 'EvidenceUnavailable', mayHaveStored: true });
    expect(failure.message).toContain('whether it was stored is not known');
    proxy.behaviour = () => 'pass';
    expect(
      await eventually(
        () => store.entry(keyOf(reservation)),
        ({ state }) => state === 'started',
      ),
    ).toBe(true);
    expect(await store.reserve(reservation)).toEqual({ status: 'unknown' });
  });

  test('a server that falls silent is given up in time, and works when it speaks again', async () => {
    const session = newSession();
    await store.append(sliceOf(session, chainOf(session, { length: 1 })), 'run-1');
    proxy.behaviour = () => 'drop';
    const from = Date.now();
    await expect(store.events(session)).rejects.toThrow(EvidenceUnavailable);
    expect(Date.now() - from).toBeLessThan(10 * ANSWER_WITHIN_MS);
    proxy.behaviour = () => 'pass';
    expect(await store.events(session)).toHaveLength(1);
  });

  test('a worker that vanishes in the middle of a reservation does not hold up the others', async () => {
    const reservation = reservationOf(newSession());
    proxy.behaviour = (chunk) => (chunk.includes(RESERVING) ? 'drop' : 'pass');
    const vanished = failureOf(store.reserve(reservation));
    const other = await openPostgresEvidence({ url });
    await eventually(
      () => sqlOn(url, `select 1 from pg_stat_activity where state = 'idle in transaction'`),
      (rows) => rows.length > 0,
    );
    // The server frees the lock before the one that vanished would have given up by itself.
    const answer = await Promise.race([other.reserve(reservation), vanished]);
    expect(answer).toEqual({ status: 'go' });
    expect(await vanished).toMatchObject({ mayHaveStored: false });
    await other.close();
  });

  test('a lock that somebody holds too long is said, and nothing is stored', async () => {
    const session = newSession();
    await store.reserve(reservationOf(session));
    const holder = new Client({ connectionString: url });
    await holder.connect();
    await holder.query('begin');
    await holder.query('select * from holdpoint.sessions where session_id = $1 for update', [
      session.sessionId,
    ]);
    const second = reservationOf(session, { actionId: '2/1' });
    const failure = await failureOf(store.reserve(second));
    expect(failure).toMatchObject({ mayHaveStored: false });
    expect(failure.message).toContain('canceling statement due to statement timeout');
    await holder.query('rollback');
    await holder.end();
    expect(await store.reserve(second)).toEqual({ status: 'go' });
  });

  test('a server that is not there is named, without the password', async () => {
    const gone = new URL(proxy.url);
    gone.password = 'secret-of-the-database';
    await store.close();
    await proxy.close();
    const failure = await failureOf(openPostgresEvidence({ url: gone.href }));
    expect(failure.message).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:\d+\/postgres does not serve the evidence store: .*ECONNREFUSED/,
    );
    expect(failure.message).not.toContain('secret');
    store = await openPostgresEvidence({ url });
    proxy = await proxyTo(url);
  });

  test('what is not a URL of PostgreSQL is refused without being repeated', async () => {
    for (const wrong of ['mysql://me:secret@host/db', 'me:secret@host', '']) {
      const failure = await failureOf(openPostgresEvidence({ url: wrong }));
      expect(failure.message).toContain('needs a URL such as postgres://');
      expect(failure.message).not.toContain('secret');
    }
  });

  test('a failure says neither what was stored nor by which statement', async () => {
    const table = 'alter table holdpoint.late_decisions';
    await sqlOn(url, `${table} add constraint closed check (reply is null)`);
    const late = lateDecision({ decisionId: 'a secret id' });
    const reply = { status: 'recorded', gateId: 'g1', message: '' } as const;
    const failure = await failureOf(store.recordLateDecision('session', late, reply));
    await sqlOn(url, `${table} drop constraint closed`);
    expect(failure).not.toBeInstanceOf(EvidenceUnavailable);
    expect(failure.message).toMatch(
      /refused a statement of the evidence store: .*"closed" \(23514\)/,
    );
    expect(inspect(failure, { depth: null, showHidden: true })).not.toMatch(/secret|insert into/);
  });

  test('a refusal of the store is none of the database’s', async () => {
    const session = newSession();
    const [, second] = chainOf(session, { length: 2 });
    const slice = sliceOf(session, second === undefined ? [] : [second]);
    const before = proxy.connections();
    expect(await failureOf(store.append(slice, 'run-1'))).toBeInstanceOf(EvidenceConflict);
    expect(proxy.connections() - before).toBeLessThanOrEqual(1);
  });

  test('after closing, a call says that the store is closed', async () => {
    const closed = await openPostgresEvidence({ url });
    await closed.close();
    await expect(closed.sessions('s')).rejects.toThrow(/after calling end/);
  });
});

/** Ends one server process as a machine's memory killer does: PostgreSQL drops all connections and recovers. */
async function crash(url: string): Promise<void> {
  const victim = new Client({ connectionString: url });
  victim.on('error', () => {});
  await victim.connect();
  const { rows } = await victim.query<{ pid: number; since: string }>(
    'select pg_backend_pid() as pid, pg_postmaster_start_time()::text as since',
  );
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL did not say which process serves');
  process.kill(row.pid, 'SIGKILL');
  await eventually(
    () =>
      sqlOn(url, `select 1 where not exists (select from pg_stat_activity where pid = ${row.pid})`),
    (rows_) => rows_.length === 1,
  );
  await victim.end().catch(() => {});
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  const failure = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof Error) return failure;
  throw new Error('The call did not fail.');
}

/** Waits until what is read is as it should be. What fails meanwhile is asked again. */
async function eventually<T>(
  read: () => Promise<T | undefined>,
  isSo: (value: T) => boolean,
): Promise<true> {
  const deadlineMs = Date.now() + UP_WITHIN_MS;
  while (Date.now() < deadlineMs) {
    const value = await read().catch(() => undefined);
    if (value !== undefined && isSo(value)) return true;
    await delay(10);
  }
  throw new Error(`Not within ${UP_WITHIN_MS} ms.`);
}
