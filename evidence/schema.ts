/**
 * The columns of the evidence store, for queries; one schema for PostgreSQL and PGlite. Keys, checks and triggers
 * stand in migrations.ts alone; a test compares the columns of both.
 */
import { bigint, boolean, pgSchema, text, timestamp } from 'drizzle-orm/pg-core';
import type { KillVerb } from '../domain/action/kill.ts';
import type { LedgerState } from '../domain/action/ledger.ts';
import { exactText, utf8Bytes } from './exact-text.ts';

const holdpoint = pgSchema('holdpoint');

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 });

const sessionColumns = () => ({
  sessionId: exactText('session_id').notNull(),
  firstExecutionRunId: exactText('first_execution_run_id').notNull(),
});

/** A tree by `previousHash`: a Reset makes a fork. Append-only. */
export const auditEvents = holdpoint.table('audit_events', {
  ...sessionColumns(),
  hash: text('hash').notNull(),
  previousHash: text('previous_hash').notNull(),
  seq: bigint('seq', { mode: 'number' }).notNull(),
  runId: exactText('run_id').notNull(),
  /** Canonical JSON of every field but the hash: exactly the bytes that hash. The columns below are for queries. */
  body: text('body').notNull(),
  eventType: text('event_type').notNull(),
  agentId: exactText('agent_id').notNull(),
  actionType: exactText('action_type').notNull(),
  at: instant('at').notNull(),
  storedAt: instant('stored_at').notNull().defaultNow(),
});

/** One row per session that has used the ledger: what its reservations lock, and the pause flag. */
export const sessions = holdpoint.table('sessions', {
  ...sessionColumns(),
  paused: boolean('paused').notNull().default(false),
  changedAt: instant('changed_at').notNull().defaultNow(),
});

export const ledger = holdpoint.table('ledger', {
  key: exactText('key').notNull(),
  ...sessionColumns(),
  runId: exactText('run_id').notNull(),
  agentId: exactText('agent_id').notNull(),
  actionId: exactText('action_id').notNull(),
  actionType: exactText('action_type').notNull(),
  payloadDigest: text('payload_digest').notNull(),
  decisionId: exactText('decision_id'),
  oneShot: boolean('one_shot').notNull(),
  state: text('state').$type<LedgerState>().notNull(),
  /** JSON, so that a result of null is told from no result. */
  result: text('result'),
  happened: boolean('happened'),
  settledBy: exactText('settled_by'),
  message: exactText('message'),
  reservedAt: instant('reserved_at').notNull().defaultNow(),
  movedAt: instant('moved_at').notNull(),
});

/** Which action a decision was used for. */
export const spentDecisions = holdpoint.table('spent_decisions', {
  ...sessionColumns(),
  decisionId: exactText('decision_id').notNull(),
  key: exactText('key').notNull(),
  spentAt: instant('spent_at').notNull().defaultNow(),
});

export const contents = holdpoint.table('contents', {
  digest: text('digest').notNull(),
  text: utf8Bytes('bytes').notNull(),
  storedAt: instant('stored_at').notNull().defaultNow(),
});

export const lateDecisions = holdpoint.table('late_decisions', {
  sessionId: exactText('session_id').notNull(),
  gateId: exactText('gate_id').notNull(),
  decisionId: exactText('decision_id').notNull(),
  /** Names the decision's content: another content under the same id is another row. */
  fingerprint: text('fingerprint').notNull(),
  /** JSON, as the reply. */
  decision: text('decision').notNull(),
  reply: text('reply').notNull(),
  storedAt: instant('stored_at').notNull().defaultNow(),
});

/** Orders of the kill switch, in the order in which they were stored. Append-only. */
export const kills = holdpoint.table('kills', {
  seq: bigint('seq', { mode: 'number' }).generatedAlwaysAsIdentity().notNull(),
  orderId: exactText('order_id').notNull(),
  verb: text('verb').$type<KillVerb>().notNull(),
  /** Null: of all agents. */
  agentId: exactText('agent_id'),
  operatorId: exactText('operator_id').notNull(),
  reason: exactText('reason').notNull(),
  orderedAt: instant('ordered_at').notNull(),
  storedAt: instant('stored_at').notNull(),
});

export const migrations = holdpoint.table('migrations', {
  version: bigint('version', { mode: 'number' }).notNull(),
  name: text('name').notNull(),
  appliedAt: instant('applied_at').notNull().defaultNow(),
});
