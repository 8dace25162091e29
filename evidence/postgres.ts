/** The evidence store on PostgreSQL (11 or later, UTF-8), through `pg`: any number of processes at once. */
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Client, type ClientConfig, Pool, type PoolClient } from 'pg';
import {
  attempt,
  connected,
  type Connections,
  type Database,
  isBrokenConnection,
} from './database.ts';
import { LATEST_SCHEMA, migrate, type SchemaChange, versionOf } from './schema-version.ts';
import { type OnStored, SqlEvidenceStore } from './sql-evidence-store.ts';
import type { EvidenceStore } from './store.ts';

export interface PostgresOptions {
  /** postgres://user:password@host:port/database, with the parameters that `pg` knows, such as sslmode. */
  readonly url: string;
  /** Open connections of this process at most; further calls wait for one. */
  readonly connectionsMax?: number;
  /** How long a call waits for a connection. */
  readonly connectWithinMs?: number;
  /** How long one statement may take, the wait for other transactions' locks included. */
  readonly answerWithinMs?: number;
  /** Hears of the events that this process stores. */
  readonly onStored?: OnStored;
}

const CONNECTIONS_MAX = 10;
const CONNECT_WITHIN_MS = 5_000;
const ANSWER_WITHIN_MS = 10_000;

/** The server ends a statement that takes too long; a client that heard nothing so much later takes it for dead. */
const SILENCE_MS = 1_000;

/** For workers. Makes the tables or brings them up to date first. */
export async function openPostgresEvidence(options: PostgresOptions): Promise<EvidenceStore> {
  const name = nameOf(options.url);
  await setUpPostgres(options);
  return new SqlEvidenceStore(poolOf(options, { name }), options.onStored);
}

export interface SchemaSetUp extends SchemaChange {
  /** Host and database. */
  readonly name: string;
}

/** Makes the tables or brings them up to date, and nothing else. May be done again at any time. */
export async function setUpPostgres(options: PostgresOptions): Promise<SchemaSetUp> {
  const name = nameOf(options.url);
  return onOneConnection(options, async (database) => ({
    ...(await migrate(database, name)),
    name,
  }));
}

export interface SchemaState {
  /** Host and database. */
  readonly name: string;
  /** 0: nothing is there. */
  readonly version: number;
  /** What this version of Holdpoint needs. */
  readonly latest: number;
}

/** Looks, and changes nothing. Throws where a later version of Holdpoint made the tables. */
export async function postgresSchema(options: PostgresOptions): Promise<SchemaState> {
  const name = nameOf(options.url);
  const version = await onOneConnection(options, (database) => versionOf(database, name));
  return { name, version, latest: LATEST_SCHEMA };
}

/** One of its own, since another process's migration may take longer than any statement may. */
async function onOneConnection<T>(
  options: PostgresOptions,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const name = nameOf(options.url);
  const client = new Client({
    connectionString: options.url,
    connectionTimeoutMillis: options.connectWithinMs ?? CONNECT_WITHIN_MS,
    application_name: 'holdpoint',
    keepAlive: true,
  });
  client.on('error', passOver);
  try {
    await connected(name, () => client.connect());
    return await attempt(name, () => work(drizzle({ client })));
  } finally {
    await client.end();
  }
}

export function poolOf(
  options: PostgresOptions,
  { name, ...config }: ClientConfig & { readonly name: string },
): Connections {
  const answerWithinMs = options.answerWithinMs ?? ANSWER_WITHIN_MS;
  const pool = new Pool({
    connectionString: options.url,
    max: options.connectionsMax ?? CONNECTIONS_MAX,
    connectionTimeoutMillis: options.connectWithinMs ?? CONNECT_WITHIN_MS,
    statement_timeout: answerWithinMs,
    query_timeout: answerWithinMs + SILENCE_MS,
    // A process that is stopped in the middle of a transaction must not hold a session's lock for the others.
    idle_in_transaction_session_timeout: answerWithinMs,
    application_name: 'holdpoint',
    keepAlive: true,
    ...config,
  });
  return new PooledConnections(pool, name);
}

class PooledConnections implements Connections {
  readonly name: string;
  readonly #pool: Pool;
  /** Counts the breaks. A server that goes takes all connections with it, which a pool would hand out one by one. */
  #breaks = 0;
  readonly #breaksAtBirth = new WeakMap<PoolClient, number>();

  constructor(pool: Pool, name: string) {
    this.name = name;
    this.#pool = pool;
    // A broken connection is reported by the call that uses it, or by nobody; without listeners it ends the process.
    pool.on('error', passOver);
    pool.on('connect', (client) => {
      client.on('error', passOver);
      this.#breaksAtBirth.set(client, this.#breaks);
    });
  }

  async query<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const client = await this.#checkOut();
    let failed = true;
    try {
      const result = await work(drizzle({ client }));
      failed = false;
      return result;
    } catch (error) {
      if (isBrokenConnection(error) && this.#isYoung(client)) this.#breaks += 1;
      throw error;
    } finally {
      // After a failure nobody knows what the connection still waits for, a transaction included: the server ends
      // that with the connection, and the next call gets another one.
      client.release(failed);
    }
  }

  transaction<T>(work: (transaction: Database) => Promise<T>): Promise<T> {
    return this.query(async (database) => {
      await database.execute(sql`begin isolation level read committed`);
      const result = await work(database);
      await database.execute(sql`commit`);
      return result;
    });
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async #checkOut(): Promise<PoolClient> {
    for (;;) {
      const client = await connected(this.name, () => this.#pool.connect());
      if (this.#isYoung(client)) return client;
      client.release(true);
    }
  }

  #isYoung(client: PoolClient): boolean {
    return this.#breaksAtBirth.get(client) === this.#breaks;
  }
}

function passOver(): void {}

/** Host and database, never the credentials. */
export function nameOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new Error(
      'The evidence store needs a URL such as postgres://user:password@host:5432/database.',
    );
  }
  const host = parsed.hostname || (parsed.searchParams.get('host') ?? 'localhost');
  return `PostgreSQL at ${host}:${parsed.port || '5432'}${parsed.pathname}`;
}
