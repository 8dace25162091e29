/**
 * The rows of the kill switch, and the lock between it and all that starts. What an order does, and what a killed agent
 * is told, is decided in domain/action/kill.ts.
 *
 * H7 who reserves or starts holds the lock together with others, until it has committed; who stores an order has it
 * alone. So a kill waits for those that are at it, and whoever comes after it reads it.
 */
import { desc, eq, isNull, or, type SQL, sql } from 'drizzle-orm';
import {
  agentOf,
  type IssuedKill,
  type KillScope,
  type StoredKill,
} from '../domain/action/kill.ts';
import type { Database } from './database.ts';
import { millisecondsOf } from './event-tree.ts';
import { kills } from './schema.ts';

// Any number, as long as every Holdpoint takes the same: "holdkill" in ASCII.
const LOCK = sql`x'686f6c646b696c6c'::bigint`;

/**
 * Before an entry of the ledger is locked. A statement of its own: one that waited for the lock and read in the same go
 * would read what was there before it waited.
 */
export async function holdOffKills(transaction: Database): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock_shared(${LOCK})`);
}

export async function lockKills(transaction: Database): Promise<void> {
  await transaction.execute(sql`select pg_advisory_xact_lock(${LOCK})`);
}

/** Of the switches that concern an agent, what was stored last. */
export async function lastKillsOf(
  database: Database,
  agentId: string,
): Promise<readonly StoredKill[]> {
  return selectLast(database, or(isNull(kills.agentId), eq(kills.agentId, agentId)));
}

/** Of every switch, what was stored last: the one of all agents first. */
export async function lastKills(database: Database): Promise<readonly StoredKill[]> {
  return selectLast(database);
}

/** Of one switch. */
export async function lastKill(
  database: Database,
  scope: KillScope,
): Promise<StoredKill | undefined> {
  const agentId = agentOf(scope);
  const [last] = await selectLast(
    database,
    agentId === undefined ? isNull(kills.agentId) : eq(kills.agentId, agentId),
  );
  return last;
}

async function selectLast(database: Database, where?: SQL): Promise<readonly StoredKill[]> {
  const rows = await database
    .selectDistinctOn([kills.agentId], ORDER_FIELDS)
    .from(kills)
    .where(where)
    .orderBy(sql`${kills.agentId} asc nulls first`, desc(kills.seq));
  return rows.map(storedKill);
}

export async function readKill(
  database: Database,
  orderId: string,
): Promise<StoredKill | undefined> {
  const [row] = await database.select(ORDER_FIELDS).from(kills).where(eq(kills.orderId, orderId));
  return row === undefined ? undefined : storedKill(row);
}

/** The time is taken when the lock is held: everything that started before has an earlier one. */
export async function insertKill(transaction: Database, order: IssuedKill): Promise<StoredKill> {
  const { orderId, verb, operatorId, reason, orderedAt } = order;
  const [row] = await transaction
    .insert(kills)
    .values({
      orderId,
      verb,
      agentId: agentOf(order) ?? null,
      operatorId,
      reason,
      orderedAt: new Date(orderedAt),
      storedAt: sql`clock_timestamp()`,
    })
    .returning(ORDER_FIELDS);
  if (row === undefined) throw new Error(`The order ${orderId} was not inserted.`);
  return storedKill(row);
}

const ORDER_FIELDS = {
  orderId: kills.orderId,
  verb: kills.verb,
  agentId: kills.agentId,
  operatorId: kills.operatorId,
  reason: kills.reason,
  orderedAt: millisecondsOf(kills.orderedAt),
  storedAt: millisecondsOf(kills.storedAt),
};

function storedKill({
  agentId,
  ...order
}: Omit<StoredKill, 'agentId' | 'all'> & { readonly agentId: string | null }): StoredKill {
  return { ...order, ...(agentId === null ? { all: true } : { agentId }) };
}
