/**
 * The audit events of a session in the database: a tree by `previousHash`, since a Reset begins a second branch on
 * an event that is stored. Nothing is ever changed or removed, so an event that is there has its whole chain there,
 * and an appender needs no lock: two that bring the same event store it once.
 *
 * H8 an event is stored only if its hash is the hash of its content, and only on an event that is stored.
 */
import { and, asc, between, eq, gt, lte, max, sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { EvidenceSlice } from '../domain/activities.ts';
import { verifyChain } from '../domain/audit/audit-chain.ts';
import { type AuditEvent, GENESIS } from '../domain/audit/audit-event.ts';
import { canonicalJson } from '../domain/text/canonical-json.ts';
import type { Database } from './database.ts';
import { auditEvents } from './schema.ts';
import { EvidenceConflict } from './store.ts';
import type { SessionKey, StoredEvent } from './store.ts';

/** Events of one statement: PostgreSQL takes 65,535 parameters, and an event is a dozen. */
const BATCH_MAX = 500;

/** Beyond it a timestamp has five digits of year, which PostgreSQL does not read as ISO 8601. */
const YEAR_10000_MS = Date.UTC(10_000, 0);

export function inSession(
  table: { readonly sessionId: AnyPgColumn; readonly firstExecutionRunId: AnyPgColumn },
  { sessionId, firstExecutionRunId }: SessionKey,
): SQL | undefined {
  return and(eq(table.sessionId, sessionId), eq(table.firstExecutionRunId, firstExecutionRunId));
}

/** Milliseconds since 1970 of a timestamp, whatever the server's date style and time zone. */
export function millisecondsOf(time: SQL | AnyPgColumn): SQL<number> {
  return sql`floor(extract(epoch from ${time}) * 1000)::bigint`.mapWith(Number);
}

/**
 * Appends inside a transaction of the caller's, which an {@link EvidenceConflict} ends. Returns the events that this
 * call stored: of all that bring an event, one does.
 */
export async function appendSlice(
  transaction: Database,
  slice: EvidenceSlice,
  runId: string,
): Promise<readonly AuditEvent[]> {
  checkSlice(slice);
  const added: AuditEvent[] = [];
  for (let from = 0; from < slice.events.length; from += BATCH_MAX) {
    const batch = slice.events.slice(from, from + BATCH_MAX);
    added.push(...(await appendBatch(transaction, slice, runId, batch)));
  }
  return added;
}

function checkSlice({ sessionId, events }: EvidenceSlice): void {
  const [first] = events;
  if (first === undefined) return;
  const problem = verifyChain(events, { seq: first.seq - 1, hash: first.previousHash });
  if (problem !== undefined) {
    throw new EvidenceConflict(
      `Session ${sessionId}: event ${problem.seq} does not hold (${problem.reason}); nothing of the slice was stored.`,
    );
  }
  const strange = events.find((event) => event.sessionId !== sessionId || !isPlaced(event));
  if (strange !== undefined) {
    throw new EvidenceConflict(
      `Session ${sessionId}: event ${strange.seq} is of another session, or has no place in time; nothing of the slice was stored.`,
    );
  }
}

function isPlaced({ seq, at, previousHash }: AuditEvent): boolean {
  const beginsSession = previousHash === GENESIS.hash;
  return (
    Number.isSafeInteger(seq) &&
    seq >= 1 &&
    beginsSession === (seq === 1) &&
    Number.isSafeInteger(at) &&
    at >= 0 &&
    at < YEAR_10000_MS
  );
}

async function appendBatch(
  transaction: Database,
  slice: EvidenceSlice,
  runId: string,
  events: readonly AuditEvent[],
): Promise<readonly AuditEvent[]> {
  const [first] = events;
  const last = events.at(-1);
  if (first === undefined || last === undefined) return [];
  const stored = await hashesBetween(transaction, slice, { from: first.seq - 1, to: last.seq });
  const added = events.filter(({ hash }) => !stored.has(hash));
  const [firstAdded] = added;
  if (firstAdded === undefined) return [];
  // What is stored has all that comes before it, so the stored events are the beginning of the batch.
  const { seq, previousHash } = firstAdded;
  if (seq !== 1 && stored.get(previousHash) !== seq - 1) {
    throw new EvidenceConflict(
      `Session ${slice.sessionId}: event ${seq} follows on ${previousHash}, which is not stored as event ${seq - 1}; nothing of the slice was stored.`,
    );
  }
  const rows = await transaction
    .insert(auditEvents)
    .values(added.map((event) => rowOf(event, slice, runId)))
    .onConflictDoNothing()
    .returning({ hash: auditEvents.hash });
  const ours = new Set(rows.map(({ hash }) => hash));
  return added.filter(({ hash }) => ours.has(hash));
}

async function hashesBetween(
  transaction: Database,
  session: SessionKey,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ReadonlyMap<string, number>> {
  const rows = await transaction
    .select({ hash: auditEvents.hash, seq: auditEvents.seq })
    .from(auditEvents)
    .where(and(inSession(auditEvents, session), between(auditEvents.seq, from, to)));
  return new Map(rows.map(({ hash, seq }) => [hash, seq]));
}

function rowOf(
  event: AuditEvent,
  { firstExecutionRunId }: SessionKey,
  runId: string,
): typeof auditEvents.$inferInsert {
  const { hash, ...hashed } = event;
  const { sessionId, previousHash, seq, eventType, agentId, actionType, at } = hashed;
  return {
    sessionId,
    firstExecutionRunId,
    hash,
    previousHash,
    seq,
    runId,
    body: canonicalJson(hashed),
    eventType,
    agentId,
    actionType,
    at: new Date(at),
  };
}

export function readEvents(
  database: Database,
  session: SessionKey,
): Promise<readonly StoredEvent[]> {
  return readWhere(database, inSession(auditEvents, session));
}

/** The events of one gate: a column of their own they have not, and no index, but a session's are few. */
export async function readGateEvents(
  database: Database,
  session: SessionKey,
  gateId: string,
): Promise<readonly StoredEvent[]> {
  const named = gt(sql`position(${`"gateId":${canonicalJson(gateId)}`} in ${auditEvents.body})`, 0);
  const rows = await readWhere(database, and(inSession(auditEvents, session), named));
  // A payload may hold the same letters.
  return rows.filter(({ event }) => event.gateId === gateId);
}

async function readWhere(
  database: Database,
  condition: SQL | undefined,
): Promise<readonly StoredEvent[]> {
  const { hash, body, runId, storedAt } = auditEvents;
  const rows = await database
    .select({ hash, body, runId, storedAt: millisecondsOf(storedAt) })
    .from(auditEvents)
    .where(condition)
    .orderBy(asc(auditEvents.seq), asc(auditEvents.storedAt), asc(auditEvents.hash));
  return rows.map((row) => ({
    event: eventOf(row),
    runId: row.runId,
    storedAt: row.storedAt,
  }));
}

/** Walks from the event with this hash to the session's first one. */
export async function readChain(
  database: Database,
  session: SessionKey,
  hash: string,
): Promise<readonly AuditEvent[]> {
  const end = database
    .select({ seq: max(auditEvents.seq) })
    .from(auditEvents)
    .where(and(inSession(auditEvents, session), eq(auditEvents.hash, hash)));
  const rows = await database
    .select({ hash: auditEvents.hash, body: auditEvents.body })
    .from(auditEvents)
    .where(and(inSession(auditEvents, session), lte(auditEvents.seq, sql`${end}`)));
  const events = new Map(rows.map((row) => [row.hash, eventOf(row)]));
  const chain: AuditEvent[] = [];
  for (let event = events.get(hash); event !== undefined; event = events.get(event.previousHash)) {
    chain.push(event);
  }
  return chain.toReversed();
}

function eventOf({ body, hash }: { readonly body: string; readonly hash: string }): AuditEvent {
  // The body was checked against its hash when it was stored, here and by the database.
  return { ...(JSON.parse(body) as Omit<AuditEvent, 'hash'>), hash };
}
