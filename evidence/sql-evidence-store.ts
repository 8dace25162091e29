/**
 * The evidence store over either database. Each method is one transaction; what happens in it is asked of
 * domain/action/ledger.ts, once the rows that the answer depends on are locked.
 *
 * H2 a decision is spent on one action · H7 nothing is reserved or started of an agent that is killed ·
 * H8 evidence and reservation are stored together or not at all · H12 whoever moves an entry holds its lock: of any
 * number of starters one starts it
 */
import { and, count, eq, or, sql } from 'drizzle-orm';
import type { EvidenceSlice } from '../domain/activities.ts';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import { idempotencyKey } from '../domain/action/consent.ts';
import {
  answerUnderKill,
  type IssuedKill,
  killOf,
  killRefusal,
  type KillReply,
  killsInForce,
} from '../domain/action/kill.ts';
import { type Decision, decisionFingerprint } from '../domain/gate/decision.ts';
import { digestOfText } from '../domain/text/digest.ts';
import { isWellFormed } from '../domain/text/json.ts';
import {
  answerReservation,
  giveUpMove,
  type LedgerEntry,
  type LedgerMove,
  moveEntry,
  newEntry,
  renewEntry,
  type Reservation,
} from '../domain/action/ledger.ts';
import { REFUSALS_RECORDED_MAX } from '../domain/limits.ts';
import type { DecisionReply } from '../domain/session/reply.ts';
import { type Connections, type Database, read, transact } from './database.ts';
import { appendSlice } from './event-tree.ts';
import {
  holdOffKills,
  insertKill,
  lastKill,
  lastKills,
  lastKillsOf,
  lockKills,
  readKill,
} from './kill-table.ts';
import {
  insertEntry,
  lockEntry,
  type LockedSession,
  lockSession,
  spendDecisions,
  spentBefore,
  updateEntry,
  writePaused,
} from './ledger-table.ts';
import { auditEvents, contents, lateDecisions, ledger } from './schema.ts';
import { SqlEvidenceReader } from './sql-evidence-reader.ts';
import type { EvidenceStore, SessionKey } from './store.ts';

type Answer = Awaited<ReturnType<EvidenceStore['reserve']>>;

/** Of which session events are, and the run that stored them first. */
export type StoredRun = SessionKey & { readonly runId: string };

/** Hears of events once they are committed, each from the one call that stored it. Has to return at once, and not to throw. */
export type OnStored = (events: readonly AuditEvent[], run: StoredRun) => void;

export class SqlEvidenceStore extends SqlEvidenceReader implements EvidenceStore {
  readonly #onStored: OnStored | undefined;

  constructor(connections: Connections, onStored?: OnStored) {
    super(connections);
    this.#onStored = onStored;
  }

  async append(slice: EvidenceSlice, runId: string): Promise<void> {
    const stored = await transact(this.connections, (transaction) =>
      appendSlice(transaction, slice, runId),
    );
    this.#onStored?.(stored, runOf(slice, runId));
  }

  async reserve(reservation: Reservation): Promise<Answer> {
    const { consent, runId } = reservation;
    const { sessionId, firstExecutionRunId, evidence } = consent;
    const slice = { sessionId, firstExecutionRunId, events: evidence };
    const [stored, answered] = await transact(this.connections, async (transaction) => {
      const added = await appendSlice(transaction, slice, runId);
      const session = await lockSession(transaction, consent);
      await holdOffKills(transaction);
      return [added, await answer(transaction, reservation, session)] as const;
    });
    this.#onStored?.(stored, runOf(slice, runId));
    return answered;
  }

  move(key: string, move: LedgerMove): Promise<LedgerEntry | undefined> {
    return transact(this.connections, async (transaction) => {
      const isStart = move.to === 'started';
      if (isStart) await holdOffKills(transaction);
      const locked = await lockEntry(transaction, key);
      if (locked === undefined) return undefined;
      if (isStart && (await isKilled(transaction, locked.agentId))) return undefined;
      const moved = moveEntry(locked.entry, move, locked.now);
      if (moved !== undefined) await updateEntry(transaction, moved);
      return moved;
    });
  }

  giveUp(reservation: Reservation): Promise<LedgerEntry> {
    const { consent } = reservation;
    return transact(this.connections, async (transaction) => {
      const { now } = await lockSession(transaction, consent);
      const locked = await lockEntry(transaction, idempotencyKey(consent));
      const given = locked?.entry ?? newEntry(reservation, now);
      const move = giveUpMove(given);
      // The move is made for the state that the entry is in, so that it is never refused.
      const entry = (move && moveEntry(given, move, locked?.now ?? now)) ?? given;
      if (locked === undefined) await insertEntry(transaction, entry, consent.agentId);
      else if (entry !== given) await updateEntry(transaction, entry);
      await spendDecisions(transaction, consent, await spentBefore(transaction, consent));
      return entry;
    });
  }

  setPaused(session: SessionKey, paused: boolean): Promise<void> {
    return transact(this.connections, async (transaction) => {
      await lockSession(transaction, session);
      await writePaused(transaction, session, paused);
    });
  }

  recordKill(order: IssuedKill): Promise<KillReply> {
    return transact(this.connections, async (transaction): Promise<KillReply> => {
      await lockKills(transaction);
      const known = await readKill(transaction, order.orderId);
      const refused = known ? undefined : killRefusal(await lastKill(transaction, order), order);
      if (refused !== undefined) return { status: 'refused', ...refused };
      const stored = known ?? (await insertKill(transaction, order));
      const inForce = killsInForce(await lastKills(transaction)).length;
      return { status: 'stored', order: stored, inForce };
    });
  }

  async putContent(text: string): Promise<string> {
    if (!isWellFormed(text)) throw new TypeError('A text with a lone surrogate has no digest.');
    const digest = digestOfText(text);
    await transact(this.connections, (transaction) =>
      transaction.insert(contents).values({ digest, text }).onConflictDoNothing(),
    );
    return digest;
  }

  hasExecuted(agentId: string, actionType: string): Promise<boolean> {
    return read(this.connections, async (database) => {
      const inEvents = database
        .select({ one: sql`1` })
        .from(auditEvents)
        .where(
          and(
            eq(auditEvents.agentId, agentId),
            eq(auditEvents.actionType, actionType),
            eq(auditEvents.eventType, 'executed'),
          ),
        );
      const happened = or(
        eq(ledger.state, 'done'),
        and(eq(ledger.state, 'reconciled'), eq(ledger.happened, true)),
      );
      const inLedger = database
        .select({ one: sql`1` })
        .from(ledger)
        .where(and(eq(ledger.agentId, agentId), eq(ledger.actionType, actionType), happened));
      const [row] = await database
        .select({ known: sql<boolean>`exists ${inLedger} or exists ${inEvents}` })
        .from(sql`(select 1) as one`);
      return row?.known === true;
    });
  }

  recordLateDecision(sessionId: string, decision: Decision, reply: DecisionReply): Promise<void> {
    const { gateId, decisionId } = decision;
    return transact(this.connections, async (transaction) => {
      const [kept] = await transaction
        .select({ decisions: count() })
        .from(lateDecisions)
        .where(and(eq(lateDecisions.sessionId, sessionId), eq(lateDecisions.gateId, gateId)));
      if (kept !== undefined && kept.decisions >= REFUSALS_RECORDED_MAX) return;
      await transaction
        .insert(lateDecisions)
        .values({
          sessionId,
          gateId,
          decisionId,
          fingerprint: decisionFingerprint(decision),
          decision: JSON.stringify(decision),
          reply: JSON.stringify(reply),
        })
        .onConflictDoNothing();
    });
  }
}

function runOf({ sessionId, firstExecutionRunId }: SessionKey, runId: string): StoredRun {
  return { sessionId, firstExecutionRunId, runId };
}

async function isKilled(transaction: Database, agentId: string): Promise<boolean> {
  return killOf(await lastKillsOf(transaction, agentId), agentId) !== undefined;
}

/** What the ledger says, and where it says `go`, whether the kill switch, the decision and the session allow it too. */
async function answer(
  transaction: Database,
  reservation: Reservation,
  { paused, now }: LockedSession,
): Promise<Answer> {
  const { consent } = reservation;
  const key = idempotencyKey(consent);
  const entry = (await lockEntry(transaction, key))?.entry;
  if (entry !== undefined) {
    const known = answerReservation(entry, consent);
    if (known.status !== 'go') return known;
  }
  // Before what would have a person asked: of a killed agent nobody is.
  if (await isKilled(transaction, consent.agentId)) return answerUnderKill(entry);
  const spent = await spentBefore(transaction, consent);
  if (spent.some((use) => use.key !== key)) {
    return { status: 'refused', code: 'CONSENT_SPENT' };
  }
  if (paused) return { status: 'refused', code: 'ACTION_PAUSED' };
  if (entry === undefined) {
    await insertEntry(transaction, newEntry(reservation, now), consent.agentId);
  } else {
    // A worker may tighten: whoever was told `go` before starts it under this rule too.
    const renewed = renewEntry(entry, consent);
    if (renewed !== entry) await updateEntry(transaction, renewed);
  }
  await spendDecisions(transaction, consent, spent);
  return { status: 'go' };
}
