import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../evidence/migrations.ts';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import { openPostgresReader } from '../../evidence/postgres-reader.ts';
import { SqlEvidenceReader } from '../../evidence/sql-evidence-reader.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { databaseKeeps } from './append-only.ts';
import { type Children, compileChild } from './child-process.ts';
import { conformance } from './conformance.ts';
import { killIn, orderOf } from './kill-behaviour.ts';
import { createDatabase, sqlOn } from './database.ts';
import {
  chainOf,
  decisionBy,
  entryIn,
  keyOf,
  lateDecision,
  newSession,
  reservationOf,
  sliceOf,
} from './samples.ts';

const postgres = await startPostgres();

describeWith('PostgreSQL', postgres, ({ url, close }) => {
  afterAll(close);

  conformance({
    name: 'PostgreSQL',
    open: () => openPostgresEvidence({ url }),
    close: async () => {},
  });

  describe('the database itself', () => {
    let client: Client;
    beforeAll(async () => {
      const store = await openPostgresEvidence({ url });
      const session = newSession();
      await store.append(sliceOf(session, chainOf(session, { length: 1 })), 'run-1');
      await entryIn(store, 'done', reservationOf(session, { decision: decisionBy('d1') }));
      await store.recordKill(orderOf('lift', { agentId: 'nobody' }));
      await store.recordLateDecision(session.sessionId, lateDecision(), {
        status: 'recorded',
        gateId: 'g1',
        message: '',
      });
      await store.close();
      client = new Client({ connectionString: url });
      await client.connect();
    });
    afterAll(() => client.end());

    databaseKeeps(() => (statement) => client.query(statement));
  });

  describe('several processes', () => {
    let children: Children;
    beforeAll(async () => {
      children = await compileChild();
    });
    afterAll(() => children.close());

    test('workers that start at once on an empty database make its tables once', async () => {
      const database = await createDatabase(url);
      const processes = Array.from({ length: 3 }, () =>
        children.start({ open: { url: database }, errand: 'open' }),
      );
      const stores = await Promise.all(
        Array.from({ length: 6 }, () => openPostgresEvidence({ url: database })),
      );
      for (const process of processes) expect(await process.said()).toBe('opened');
      expect(await sqlOn(database, 'select version from holdpoint.migrations')).toEqual([
        { version: '1' },
        { version: '2' },
      ]);
      await Promise.all(
        [...stores, ...processes].map((each) => ('close' in each ? each.close() : each.kill())),
      );
    });

    test('H12: of several workers with a decision each for one action, one starts it', async () => {
      const session = newSession();
      const racers = Array.from({ length: 4 }, (_, n) => {
        const reservation = reservationOf(session, { decision: decisionBy(`d${n}`) });
        return children.start({ open: { url }, errand: 'race', reservation });
      });
      for (const racer of racers) expect(await racer.said()).toBe('opened');
      for (const racer of racers) racer.tell('go');
      const said = await Promise.all(racers.map((racer) => racer.said()));
      expect(said.filter((word) => word === 'started')).toHaveLength(1);
      for (const word of said) expect(['started', 'lost', 'unknown']).toContain(word);
      await Promise.all(racers.map((racer) => racer.kill()));
    });

    test('H7: once a kill is stored no process starts anything, and what started had started before', async () => {
      const database = await createDatabase(url);
      const store = await openPostgresEvidence({ url: database });
      const spinners = ['one', 'other'].map((agentId) => {
        const reservation = reservationOf(newSession(), { agentId });
        return children.start({ open: { url: database }, errand: 'spin', reservation });
      });
      for (const spinner of spinners) {
        expect(await spinner.said()).toBe('opened');
        expect(await spinner.said()).toBe('spins');
      }
      const one = killIn(await store.recordKill(orderOf('kill', { agentId: 'one' })));
      expect(await spinners[0]?.said()).toBe('killed');
      const all = killIn(await store.recordKill(orderOf('kill', { all: true })));
      expect(await spinners[1]?.said()).toBe('killed');
      // `moved_at` is the time of the start, since nothing here moves on: or that of the reservation.
      const last = await sqlOn(
        database,
        `select agent_id as agent, count(*) filter (where state = 'started')::int as started,
           floor(extract(epoch from max(moved_at)) * 1000)::float8 as at
         from holdpoint.ledger group by agent_id order by agent_id desc`,
      );
      expect(last.map(({ agent }) => agent)).toEqual(['other', 'one'].toSorted().toReversed());
      for (const { agent, started, at } of last) {
        expect(started).toBeGreaterThan(0);
        expect(at).toBeLessThanOrEqual(agent === 'one' ? one.storedAt : all.storedAt);
      }
      console.info(
        `two processes, ${JSON.stringify(last)}, killed at ${one.storedAt} and ${all.storedAt}`,
      );
      await Promise.all([store.close(), ...spinners.map((spinner) => spinner.kill())]);
    });

    test('H11, H12: an action that a killed worker had started is unknown, never run again', async () => {
      const reservation = reservationOf(newSession());
      const worker = children.start({ open: { url }, errand: 'start', reservation });
      expect(await worker.said()).toBe('opened');
      expect(await worker.said()).toBe('started');
      await worker.kill();

      const store = await openPostgresEvidence({ url });
      expect(await store.entry(keyOf(reservation))).toMatchObject({ state: 'started' });
      expect(await store.reserve(reservation)).toEqual({ status: 'unknown' });
      expect(await store.move(keyOf(reservation), { to: 'started' })).toBeUndefined();
      expect(await store.giveUp(reservation)).toMatchObject({ state: 'unknown' });
      await store.close();
    });
  });

  describe('a kill and a start at once', () => {
    let client: Client;
    beforeAll(async () => {
      client = new Client({ connectionString: url });
      await client.connect();
    });
    afterAll(() => client.end());

    const waiting = (mode: string) => async (): Promise<boolean> => {
      const { rows } = await client.query(
        `select 1 from pg_locks where locktype = 'advisory' and mode = $1 and not granted`,
        [mode],
      );
      return rows.length > 0;
    };

    test('H7: the kill waits for the start that has asked, and who asks meanwhile waits for the kill', async () => {
      const store = await openPostgresEvidence({ url });
      const agentId = 'in the middle';
      const reservation = reservationOf(newSession(), { agentId });
      await store.reserve(reservation);
      // The start is held in the middle: it has seen no kill, and waits for its entry.
      await client.query('begin');
      await client.query('select 1 from holdpoint.ledger where key = $1 for update', [
        keyOf(reservation),
      ]);
      const started = store.move(keyOf(reservation), { to: 'started' });
      const killed = store.recordKill(orderOf('kill', { agentId }));
      await until('the kill waits', waiting('ExclusiveLock'));
      const late = store.reserve(reservationOf(newSession(), { agentId }));
      await until('who came after it waits too', waiting('ShareLock'));
      expect(await store.kills()).toEqual([]);
      await client.query('commit');

      const entry = await started;
      expect(entry).toMatchObject({ state: 'started' });
      expect(killIn(await killed).storedAt).toBeGreaterThanOrEqual(entry?.movedAt ?? Infinity);
      expect(await late).toEqual({ status: 'refused', code: 'KILLED' });
      await store.recordKill(orderOf('lift', { agentId }));
      await store.close();
    });
  });

  describe('readers', () => {
    test('a reader reads what a worker stored, and its connections write nothing', async () => {
      const store = await openPostgresEvidence({ url });
      const session = newSession();
      const events = chainOf(session, { length: 2 });
      await store.append(sliceOf(session, events), 'run-1');
      const reader = await openPostgresReader({ url });
      expect((await reader.events(session)).map(({ event }) => event)).toEqual(events);
      if (!(reader instanceof SqlEvidenceReader)) throw new Error('a reader over SQL');
      await expect(
        reader['connections'].query((database) => database.execute('create table t (a int)')),
      ).rejects.toMatchObject({ cause: { message: expect.stringContaining('read-only') } });
      await Promise.all([store.close(), reader.close()]);
    });

    test('a reader of a database that no worker has used says so', async () => {
      await expect(openPostgresReader({ url: await createDatabase(url) })).rejects.toThrow(
        /holds no evidence store\. A worker makes it/,
      );
    });
  });

  test('a schema of a later version is refused by both', async () => {
    const database = await createDatabase(url);
    await (await openPostgresEvidence({ url: database })).close();
    await sqlOn(database, `insert into holdpoint.migrations values (99, 'later')`);
    await expect(openPostgresEvidence({ url: database })).rejects.toThrow('schema 99');
    await expect(openPostgresReader({ url: database })).rejects.toThrow('schema 99');
  });

  test('a store of the version before is brought up to date, with what is in it', async () => {
    const database = await createDatabase(url);
    const [first] = MIGRATIONS;
    await sqlOn(
      database,
      `create schema holdpoint;
       create table holdpoint.migrations (
         version bigint primary key, name text not null, applied_at timestamptz(3) not null default now());
       insert into holdpoint.migrations values (1, 'evidence');
       ${first?.statements.join(';')}`,
    );
    const reservation = reservationOf(newSession());
    await expect(openPostgresReader({ url: database })).rejects.toThrow('schema 1');
    const store = await openPostgresEvidence({ url: database });
    expect(await store.reserve(reservation)).toEqual({ status: 'go' });
    await store.recordKill(orderOf('kill', { all: true }));
    expect(await store.move(keyOf(reservation), { to: 'started' })).toBeUndefined();
    await store.close();
  });

  test('a worker whose role may not change tables uses the ones that are there', async () => {
    const database = await createDatabase(url);
    await (await openPostgresEvidence({ url: database })).close();
    const role = `worker_${randomUUID().slice(0, 8)}`;
    await sqlOn(
      database,
      `create role ${role} login;
       grant usage on schema holdpoint to ${role};
       grant select, insert on all tables in schema holdpoint to ${role};
       grant update on holdpoint.sessions, holdpoint.ledger to ${role}`,
    );
    const restricted = new URL(database);
    restricted.username = role;
    const store = await openPostgresEvidence({ url: restricted.href });
    const session = newSession();
    const reservation = reservationOf(session, { decision: decisionBy('d1') });
    await entryIn(store, 'done', reservation);
    await store.append(sliceOf(session, chainOf(session, { length: 1 })), 'run-1');
    await store.putContent('text');
    await store.recordKill(orderOf('kill', { agentId: 'agent' }));
    expect(await store.kills()).toHaveLength(1);
    await store.close();
  });

  test('a database that does not store UTF-8 is refused', async () => {
    const database = await createDatabase(url, `encoding 'SQL_ASCII' template template0`);
    await expect(openPostgresEvidence({ url: database })).rejects.toThrow(
      /stores text as SQL_ASCII\. Evidence needs a database made with encoding UTF8/,
    );
  });
});
