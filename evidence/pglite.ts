/**
 * The evidence store on PGlite, PostgreSQL inside this process: what a demo, a test or one worker needs, with nothing
 * to install. Not for production: one process at a time, and a machine that loses power may lose the last writes
 * (PGlite does not wait for the disk; a process that is killed loses nothing).
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { dataDir as emptyDatabase } from '@electric-sql/pglite-prepopulatedfs';
import { drizzle } from 'drizzle-orm/pglite';
import type { Connections } from './database.ts';
import { claimFolder } from './folder-claim.ts';
import { migrate } from './schema-version.ts';
import { type OnStored, SqlEvidenceStore } from './sql-evidence-store.ts';
import type { EvidenceStore } from './store.ts';

export interface PgliteOptions {
  /** Made where it is missing. Left out: in memory, gone with the process. */
  readonly folder?: string;
  /** Hears of the events that are stored. */
  readonly onStored?: OnStored;
}

export async function openPgliteEvidence({
  folder,
  onStored,
}: PgliteOptions = {}): Promise<EvidenceStore> {
  const connections = folder === undefined ? await inMemory() : await inFolder(folder);
  try {
    await connections.query((database) => migrate(database, connections.name));
  } catch (error) {
    await connections.close();
    throw error;
  }
  return new SqlEvidenceStore(connections, onStored);
}

const IN_MEMORY = 'PGlite in memory';
let isFirst = true;
let template: Promise<Blob> | undefined;

/** A process that opens several, as tests do, makes the schema once more and copies it from then on. */
async function inMemory(): Promise<Connections> {
  const begin = isFirst ? emptyDatabase() : (template ??= withSchema());
  isFirst = false;
  const engine = await PGlite.create({ loadDataDir: await begin });
  return connectionsTo(engine, IN_MEMORY, async () => {});
}

async function withSchema(): Promise<Blob> {
  const engine = await PGlite.create({ loadDataDir: await emptyDatabase() });
  await migrate(drizzle({ client: engine }), IN_MEMORY);
  const copy = await engine.dumpDataDir('none');
  await engine.close();
  return copy;
}

async function inFolder(folder: string): Promise<Connections> {
  await mkdir(folder, { recursive: true });
  const release = await claimFolder(folder);
  try {
    const engine = await openFolder(join(folder, 'data'));
    return connectionsTo(engine, `PGlite in ${folder}`, release);
  } catch (error) {
    await release();
    throw error;
  }
}

/** A new database is unpacked, not made: `initdb` takes four times as long, in every process that keeps none. */
async function openFolder(data: string): Promise<PGlite> {
  const isThere = await stat(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  return PGlite.create(data, isThere ? {} : { loadDataDir: await emptyDatabase() });
}

function connectionsTo(engine: PGlite, name: string, release: () => Promise<void>): Connections {
  const database = drizzle({ client: engine });
  return {
    name,
    query: (work) => work(database),
    transaction: (work) => database.transaction(work),
    close: async () => {
      await engine.close();
      await release();
    },
  };
}
