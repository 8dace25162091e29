import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { getTableConfig } from 'drizzle-orm/pg-core';
import type { PgTable } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../evidence/migrations.ts';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import * as schema from '../../evidence/schema.ts';
import { databaseKeeps } from './append-only.ts';
import { type Children, compileChild } from './child-process.ts';
import { conformance } from './conformance.ts';
import { entryIn, keyOf, newSession, reservationOf } from './samples.ts';

const temporary = await mkdtemp(join(tmpdir(), 'holdpoint-evidence-'));
const shared = join(temporary, 'shared');
afterAll(() => rm(temporary, { recursive: true }));

conformance({
  name: 'PGlite',
  open: () => openPgliteEvidence({ folder: shared }),
  close: async () => {},
});

describe('the database of PGlite itself', () => {
  let engine: PGlite;
  beforeAll(async () => {
    engine = await PGlite.create(join(shared, 'data'));
  });
  afterAll(() => engine.close());

  databaseKeeps(() => (statement) => engine.query(statement));

  test.each(Object.entries(schema))(
    'the migrations make the columns of %s',
    async (_name, table: PgTable) => {
      const { name, columns } = getTableConfig(table);
      const { rows } = await engine.query(
        `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required
       from pg_attribute where attrelid = $1::regclass and attnum > 0 order by attname`,
        [`holdpoint.${name}`],
      );
      const declared = columns.map((column) => ({
        name: column.name,
        type: column.getSQLType().replace('timestamp (', 'timestamp('),
        required: column.notNull,
      }));
      expect(rows).toEqual(declared.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    },
  );

  test('migrations are numbered from 1 without a gap', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, n) => n + 1));
  });
});

describe('PGlite serves one process', () => {
  let children: Children;
  beforeAll(async () => {
    children = await compileChild();
  });
  afterAll(() => children.close());

  test('a second opener is told who has the folder; after closing it opens, with what was stored', async () => {
    const folder = join(temporary, 'second');
    const store = await openPgliteEvidence({ folder });
    const reservation = reservationOf(newSession());
    const entry = await entryIn(store, 'done', reservation);
    await expect(openPgliteEvidence({ folder })).rejects.toThrow(
      `in ${folder} is in use by process ${process.pid}, and PGlite serves one process. Stop that process`,
    );
    const child = children.start({ open: { folder }, errand: 'open' });
    await expect(child.said()).rejects.toThrow('for several processes use PostgreSQL');
    await store.close();
    const again = await openPgliteEvidence({ folder });
    expect(await again.entry(keyOf(reservation))).toEqual(entry);
    await again.close();
  });

  test('H11, H12: a killed worker leaves what it had started, and no claim that counts', async () => {
    const folder = join(temporary, 'killed');
    const reservation = reservationOf(newSession());
    const worker = children.start({ open: { folder }, errand: 'start', reservation });
    expect(await worker.said()).toBe('opened');
    expect(await worker.said()).toBe('started');
    await expect(openPgliteEvidence({ folder })).rejects.toThrow('PGlite serves one process');
    await worker.kill();

    const store = await openPgliteEvidence({ folder });
    expect(await store.entry(keyOf(reservation))).toMatchObject({ state: 'started' });
    expect(await store.reserve(reservation)).toEqual({ status: 'unknown' });
    expect(await store.giveUp(reservation)).toMatchObject({ state: 'unknown' });
    await store.close();
  });

  test('without a folder the store is this process’s memory, gone when it is closed', async () => {
    const reservation = reservationOf(newSession());
    const [first, second] = await Promise.all([openPgliteEvidence(), openPgliteEvidence()]);
    expect(await first.giveUp(reservation)).toMatchObject({ state: 'fenced' });
    expect(await second.entry(keyOf(reservation))).toBeUndefined();
    await Promise.all([first.close(), second.close()]);
  });
});
