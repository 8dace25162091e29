/**
 * What the store needs of a database, and the one place where its failures become ours. An adapter (postgres.ts,
 * pglite.ts) hands out connections; nothing above it knows which one it is.
 *
 * A call that fails with {@link EvidenceUnavailable} may be repeated: every write of the store is one transaction,
 * and doing it again changes nothing or is answered with what is there.
 */
import { DrizzleQueryError } from 'drizzle-orm/errors';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';
import { EvidenceUnavailable } from './store.ts';

export type Database = PgDatabase<PgQueryResultHKT>;

export interface Connections {
  /** For messages: which database, without credentials. */
  readonly name: string;
  /** Runs `work` on one connection, which is given back afterwards. */
  query<T>(work: (database: Database) => Promise<T>): Promise<T>;
  /** As `query`, in one transaction that is committed when `work` has succeeded. */
  transaction<T>(work: (transaction: Database) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A connection that broke before anything was committed is worth another one: a pool's idle ones break with the server. */
const ATTEMPTS_MAX = 3;

/** Runs a query that changes nothing. */
export function read<T>(
  connections: Connections,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  return attempt(connections.name, async () => connections.query(work));
}

/** Runs `work` in one transaction: all of it is stored, or nothing. */
export function transact<T>(
  connections: Connections,
  work: (transaction: Database) => Promise<T>,
): Promise<T> {
  return attempt(connections.name, async (progress) =>
    connections.transaction(async (transaction) => {
      const result = await work(transaction);
      progress.isCommitting = true;
      return result;
    }),
  );
}

/** Runs work of a database, again where that helps, and puts its failure in our words. */
export async function attempt<T>(
  name: string,
  // Once the commit is under way, a broken connection says nothing about its outcome: the caller has to know.
  work: (progress: { isCommitting: boolean }) => Promise<T>,
): Promise<T> {
  const progress = { isCommitting: false };
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await work(progress);
    } catch (error) {
      const cause = error instanceof DrizzleQueryError ? error.cause : error;
      // What the store itself throws says enough; what the driver throws is put in our words.
      if (error === cause && codeOf(cause) === undefined) throw error;
      const isWorthAnother = isBrokenConnection(error) || LOST_RACE.has(codeOf(cause) ?? '');
      if (attempts < ATTEMPTS_MAX && !progress.isCommitting && isWorthAnother) continue;
      throw failureOf(cause, { name, mayHaveStored: progress.isCommitting });
    }
  }
}

const BROKEN_CONNECTION = new Set(['ECONNRESET', 'EPIPE', '08003', '08006', '57P01', '57P02']);
// 23505: the same row was written by two at once, such as that a decision is spent. Whoever comes second reads it then.
const LOST_RACE = new Set(['40001', '40P01', '23505']);

/** Whether the connection is gone, and most likely all that were made with it. */
export function isBrokenConnection(error: unknown): boolean {
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  const code = codeOf(cause);
  if (code !== undefined) return BROKEN_CONNECTION.has(code);
  return /^Connection terminated unexpectedly|not queryable/.test(messageOf(cause));
}

// Classes of SQLSTATE that say that the statement, not the moment, was wrong. 25006: a standby that takes no writes.
const DEFINITE = /^(?:0A|21|22|23|25(?!006|P03)|28|2B|34|3D|3F|42|44|P0|XX)...$/;

/** Waits for a connection. */
export async function connected<T>(name: string, connecting: () => Promise<T>): Promise<T> {
  try {
    return await connecting();
  } catch (cause) {
    throw failureOf(cause, { name, mayHaveStored: false });
  }
}

/** Neither the statement nor its parameters, which hold what people and agents wrote, stand in what is thrown. */
function failureOf(
  cause: unknown,
  context: { readonly name: string; readonly mayHaveStored: boolean },
): Error {
  const code = codeOf(cause);
  const because = code === undefined ? messageOf(cause) : `${messageOf(cause)} (${code})`;
  if (code !== undefined && DEFINITE.test(code)) {
    return new Error(`${context.name} refused a statement of the evidence store: ${because}`);
  }
  const outcome = context.mayHaveStored
    ? 'whether it was stored is not known'
    : 'nothing was stored';
  return new EvidenceUnavailable(
    `${context.name} does not serve the evidence store: ${because}. Of this call ${outcome}; it may be repeated.`,
    context.mayHaveStored,
  );
}

function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause)) return undefined;
  return typeof cause.code === 'string' ? cause.code : undefined;
}

function messageOf(cause: unknown): string {
  // Node's error for a host with several addresses has no message of its own, and one error per address.
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}
