/**
 * The rows of the one-shot ledger: what reservations lock, and how an entry is read and written. What an entry
 * answers and how it moves is decided in domain/action/ledger.ts; in which order, in sql-evidence-store.ts.
 */
import { and, asc, eq, or, sql } from 'drizzle-orm';
import { type Consent, idempotencyKey } from '../domain/action/consent.ts';
import { decisionsUsed } from '../domain/action/second-judgement.ts';
import type { Json } from '../domain/text/json.ts';
import type { LedgerEntry } from '../domain/action/ledger.ts';
import type { Database } from './database.ts';
import { inSession, millisecondsOf } from './event-tree.ts';
import { ledger, sessions, spentDecisions } from './schema.ts';
import type { SessionKey } from './store.ts';

const NOW_MS = millisecondsOf(sql`clock_timestamp()`);

export interface LockedSession {
  readonly paused: boolean;
  /** The database's time, ms since 1970. */
  readonly now: number;
}

/**
 * Locks the session's row until the transaction ends: reservations, give-ups and the pause flag of one session pass
 * one by one, from however many processes. Every transaction takes this lock first, then that of the kill switch, then
 * that of one entry.
 */
export async function lockSession(
  transaction: Database,
  session: SessionKey,
): Promise<LockedSession> {
  const known = await selectLocked(transaction, session);
  if (known !== undefined) return known;
  const { sessionId, firstExecutionRunId } = session;
  await transaction
    .insert(sessions)
    .values({ sessionId, firstExecutionRunId })
    .onConflictDoNothing();
  const made = await selectLocked(transaction, session);
  if (made === undefined) throw new Error(`The row of session ${sessionId} was removed.`);
  return made;
}

async function selectLocked(
  transaction: Database,
  session: SessionKey,
): Promise<LockedSession | undefined> {
  const [row] = await transaction
    .select({ paused: sessions.paused, now: NOW_MS })
    .from(sessions)
    .where(inSession(sessions, session))
    .for('update');
  return row;
}

export async function writePaused(
  transaction: Database,
  session: SessionKey,
  paused: boolean,
): Promise<void> {
  await transaction
    .update(sessions)
    .set({ paused, changedAt: sql`clock_timestamp()` })
    .where(inSession(sessions, session));
}

/** Where it is written that a decision was used. */
type SpentPlace = Pick<typeof spentDecisions.$inferSelect, 'firstExecutionRunId' | 'decisionId'>;

/**
 * H2: with the runs of the session, and with the run in which the decision was shown. Of these the first is the consent's
 * word alone, and whoever makes consents up makes up another; the second stands in the signature.
 */
function spentPlaces(consent: Consent): readonly SpentPlace[] {
  const { firstExecutionRunId } = consent;
  return decisionsUsed(consent).flatMap(({ decisionId, runId }) =>
    [...new Set([firstExecutionRunId, runId])].map((run) => ({
      firstExecutionRunId: run,
      decisionId,
    })),
  );
}

export interface Spent extends SpentPlace {
  /** Of the action that it was used for. */
  readonly key: string;
}

/** Of the decisions that a consent uses, those that were used before, and for which action. */
export async function spentBefore(
  transaction: Database,
  consent: Consent,
): Promise<readonly Spent[]> {
  const { sessionId } = consent;
  const places = spentPlaces(consent);
  if (places.length === 0) return [];
  const { firstExecutionRunId, decisionId, key } = spentDecisions;
  const isOne = places.map((place) =>
    and(eq(firstExecutionRunId, place.firstExecutionRunId), eq(decisionId, place.decisionId)),
  );
  return transaction
    .select({ firstExecutionRunId, decisionId, key })
    .from(spentDecisions)
    .where(and(eq(spentDecisions.sessionId, sessionId), or(...isOne)));
}

/** Spends on its action what a consent uses and has not spent yet. */
export async function spendDecisions(
  transaction: Database,
  consent: Consent,
  spent: readonly Spent[],
): Promise<void> {
  const { sessionId } = consent;
  const key = idempotencyKey(consent);
  const isSpent = (place: SpentPlace): boolean =>
    spent.some(
      ({ firstExecutionRunId, decisionId }) =>
        firstExecutionRunId === place.firstExecutionRunId && decisionId === place.decisionId,
    );
  const fresh = spentPlaces(consent).filter((place) => !isSpent(place));
  if (fresh.length === 0) return;
  await transaction
    .insert(spentDecisions)
    .values(fresh.map((place) => ({ sessionId, ...place, key })));
}

const ENTRY_FIELDS = {
  key: ledger.key,
  sessionId: ledger.sessionId,
  firstExecutionRunId: ledger.firstExecutionRunId,
  runId: ledger.runId,
  actionId: ledger.actionId,
  actionType: ledger.actionType,
  payloadDigest: ledger.payloadDigest,
  decisionId: ledger.decisionId,
  oneShot: ledger.oneShot,
  state: ledger.state,
  result: ledger.result,
  happened: ledger.happened,
  settledBy: ledger.settledBy,
  message: ledger.message,
  movedAt: millisecondsOf(ledger.movedAt),
};

function selectEntries(database: Database) {
  return database.select(ENTRY_FIELDS).from(ledger);
}

type EntryRow = Awaited<ReturnType<typeof selectEntries>>[number];

export async function readEntry(database: Database, key: string): Promise<LedgerEntry | undefined> {
  const [row] = await selectEntries(database).where(eq(ledger.key, key));
  return row === undefined ? undefined : entryOf(row);
}

export interface LockedEntry {
  readonly entry: LedgerEntry;
  readonly agentId: string;
  readonly now: number;
}

/** Reads an entry and locks it until the transaction ends, with the database's time once it has the lock. */
export async function lockEntry(
  transaction: Database,
  key: string,
): Promise<LockedEntry | undefined> {
  const [row] = await transaction
    .select({ ...ENTRY_FIELDS, agentId: ledger.agentId, now: NOW_MS })
    .from(ledger)
    .where(eq(ledger.key, key))
    .for('update');
  if (row === undefined) return undefined;
  const { now, agentId, ...entry } = row;
  return { entry: entryOf(entry), agentId, now };
}

export async function readEntriesOf(
  database: Database,
  session: SessionKey,
): Promise<readonly LedgerEntry[]> {
  const rows = await selectEntries(database)
    .where(inSession(ledger, session))
    .orderBy(asc(ledger.reservedAt), asc(ledger.key));
  return rows.map(entryOf);
}

export async function insertEntry(
  transaction: Database,
  entry: LedgerEntry,
  agentId: string,
): Promise<void> {
  await transaction.insert(ledger).values({ ...entry, agentId, ...movedColumns(entry) });
}

export async function updateEntry(transaction: Database, entry: LedgerEntry): Promise<void> {
  await transaction.update(ledger).set(movedColumns(entry)).where(eq(ledger.key, entry.key));
}

function movedColumns(entry: LedgerEntry) {
  const { state, oneShot, runId, decisionId, result, happened, settledBy, message, movedAt } =
    entry;
  return {
    state,
    oneShot,
    runId,
    decisionId: decisionId ?? null,
    result: result === undefined ? null : JSON.stringify(result),
    happened: happened ?? null,
    settledBy: settledBy ?? null,
    message: message ?? null,
    movedAt: new Date(movedAt),
  };
}

function entryOf(row: EntryRow): LedgerEntry {
  const { decisionId, result, happened, settledBy, message, ...present } = row;
  return {
    ...present,
    ...(decisionId === null ? {} : { decisionId }),
    // Written by movedColumns, from a value of this type.
    ...(result === null ? {} : { result: JSON.parse(result) as Json }),
    ...(happened === null ? {} : { happened }),
    ...(settledBy === null ? {} : { settledBy }),
    ...(message === null ? {} : { message }),
  };
}
