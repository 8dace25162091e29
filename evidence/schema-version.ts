/** Brings a database to the schema of this version, or says why it can't be used. */
import { max, sql } from 'drizzle-orm';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import { migrations } from './schema.ts';

/** The schema that this version reads and writes. */
export const LATEST_SCHEMA = MIGRATIONS.length;

// Any number, as long as every Holdpoint takes the same: "holdpoin" in ASCII.
const LOCK = sql`x'686f6c64706f696e'::bigint`;

/** What is not a table's is asked of one row of nothing. */
const ONE_ROW = sql`(select 1) as one_row`;

/** Two workers that start at once may wait for each other's migration this long. */
const MIGRATE_WITHIN_MS = 120_000;

/** Versions before and after; 0: nothing was there. Equal: nothing was to be done. */
export interface SchemaChange {
  readonly from: number;
  readonly to: number;
}

/**
 * Applies what is missing, in one transaction that one process at a time enters. A database that is up to date is
 * only read, so that a worker's role needs no right to change tables once somebody else has made them.
 */
export async function migrate(database: Database, name: string): Promise<SchemaChange> {
  await requireUtf8(database, name);
  if ((await versionOf(database, name)) === LATEST_SCHEMA)
    return { from: LATEST_SCHEMA, to: LATEST_SCHEMA };
  return database.transaction(async (transaction) => {
    for (const limit of ['lock_timeout', 'statement_timeout']) {
      await transaction.execute(
        sql`select set_config(${limit}, ${String(MIGRATE_WITHIN_MS)}, true)`,
      );
    }
    await transaction.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
    await transaction.execute(sql`create schema if not exists holdpoint`);
    await transaction.execute(sql`create table if not exists holdpoint.migrations (
      version bigint primary key,
      name text not null,
      applied_at timestamptz(3) not null default now()
    )`);
    const version = await versionOf(transaction, name);
    for (const migration of MIGRATIONS.slice(version)) {
      for (const statement of migration.statements) await transaction.execute(sql.raw(statement));
      await transaction.insert(migrations).values(migration);
    }
    return { from: version, to: LATEST_SCHEMA };
  });
}

async function requireUtf8(database: Database, name: string): Promise<void> {
  const [found] = await database
    .select({ encoding: sql<string>`current_setting('server_encoding')` })
    .from(ONE_ROW);
  if (found?.encoding === 'UTF8') return;
  throw new Error(
    `${name} stores text as ${found?.encoding}. Evidence needs a database made with encoding UTF8.`,
  );
}

/** For who only reads. Throws where the schema is not this version's. */
export async function requireSchema(database: Database, name: string): Promise<void> {
  const version = await versionOf(database, name);
  if (version === LATEST_SCHEMA) return;
  throw new Error(
    version === 0
      ? `${name} holds no evidence store. A worker makes it when it first starts with this database.`
      : `${name} has the evidence store's schema ${version}, this version reads ${LATEST_SCHEMA}. Start a worker of this version first, which brings it up to date.`,
  );
}

/** 0: nothing is there. Throws where a later version made it. */
export async function versionOf(database: Database, name: string): Promise<number> {
  const [found] = await database
    .select({ made: sql<boolean>`to_regclass('holdpoint.migrations') is not null` })

    .from(ONE_ROW);
  if (found?.made !== true) return 0;
  const [row] = await database.select({ version: max(migrations.version) }).from(migrations);
  const version = row?.version ?? 0;
  if (version > LATEST_SCHEMA) {
    throw new Error(
      `${name} has the evidence store's schema ${version}, made by a later version; this one knows ${LATEST_SCHEMA}. Start that version or a later one.`,
    );
  }
  return version;
}
