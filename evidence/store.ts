/**
 * evidence/: what must outlive Temporal's history: the audit events of every session, the one-shot ledger, and the
 * bytes that are too large for an event. PostgreSQL in production, embedded PGlite by default, one schema for both.
 *
 * May import: domain/, database libraries. Never: Temporal, or any other folder. Only workers write here; a gateway
 * or command line reads.
 *
 * This file is the port. Invariants every adapter keeps, and the conformance suite shows:
 * H8 events are append-only and follow on each other by hash; storing them again changes nothing; a slice that does
 * not follow is refused whole · H12 an entry of the ledger moves only as domain/action/ledger.ts allows, one transaction per
 * move, whoever else moves it at the same time.
 */
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import type { EvidenceSlice } from '../domain/activities.ts';
import type { Decision } from '../domain/gate/decision.ts';
import type { IssuedKill, KillReply, StoredKill } from '../domain/action/kill.ts';
import type {
  LedgerEntry,
  LedgerMove,
  Reservation,
  ReservationAnswer,
} from '../domain/action/ledger.ts';
import type { DecisionReply } from '../domain/session/reply.ts';

/** A session, exactly: a workflow id can be used again, its first run's id can not. */
export interface SessionKey {
  readonly sessionId: string;
  readonly firstExecutionRunId: string;
}

export interface StoredEvent {
  readonly event: AuditEvent;
  /** The run that stored it first. Runs that share a beginning (a Reset) share its events. */
  readonly runId: string;
  /** The database's time, ms since 1970. */
  readonly storedAt: number;
}

/** A stored session, for listing. */
export interface StoredSession extends SessionKey {
  readonly agentId: string;
  readonly events: number;
  readonly lastSeq: number;
  readonly lastAt: number;
}

/** A decision that came after its session had ended. */
export interface LateDecision {
  readonly decision: Decision;
  /** What the person was told. */
  readonly reply: DecisionReply;
  readonly storedAt: number;
}

/** ms since 1970: from the first on, before the second. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Gates that were presented in a window, and how they ended. What has not ended is in `presented` alone. */
export interface GateFiguresOf {
  readonly presented: number;
  readonly approved: number;
  readonly modified: number;
  readonly rejected: number;
  readonly expired: number;
  readonly withdrawn: number;
  /** From the gate to a person's decision, of those that a person decided. Left out: nobody decided any. */
  readonly responseMs?: { readonly p50: number; readonly p90: number; readonly p99: number };
}

export interface GateFigures {
  readonly all: GateFiguresOf;
  /** By the tier that a gate ended in, or is in. */
  readonly byTier: readonly (GateFiguresOf & { readonly name: string })[];
  /** By the UTC day on which it was presented, `2026-01-31`, the oldest first. */
  readonly byDay: readonly (GateFiguresOf & { readonly name: string })[];
}

export interface EvidenceReader {
  /** All events of a session in order of `seq`; after a Reset two branches may hold the same `seq`. */
  events(session: SessionKey): Promise<readonly StoredEvent[]>;
  /** Those of them that are about one gate. */
  gateEvents(session: SessionKey, gateId: string): Promise<readonly StoredEvent[]>;
  /** The one chain that ends in the event with this hash, from the session's first event on. Empty: no such event. */
  chainTo(session: SessionKey, hash: string): Promise<readonly AuditEvent[]>;
  /** Sessions by id, newest first. */
  sessions(sessionId: string): Promise<readonly StoredSession[]>;
  entry(key: string): Promise<LedgerEntry | undefined>;
  entriesOf(session: SessionKey): Promise<readonly LedgerEntry[]>;
  /** Text stored under its SHA-256 digest; undefined where there is none. */
  content(digest: string): Promise<string | undefined>;
  /** In the order in which they were stored. */
  lateDecisions(sessionId: string): Promise<readonly LateDecision[]>;
  /** The kills that stand, that of all agents first. */
  kills(): Promise<readonly StoredKill[]>;
  /** How people have kept up, in all sessions. */
  gateFigures(window: Window): Promise<GateFigures>;
  close(): Promise<void>;
}

/** Thrown when a slice does not follow on what is stored: a bug or a forgery, never retried into place. */
export class EvidenceConflict extends Error {
  override readonly name = 'EvidenceConflict';
}

/**
 * Thrown when the database does not serve the call now: no connection, no answer in time, a server that starts or
 * stops. A failure of the world: the call may be repeated, each write is one transaction and repeats change nothing.
 */
export class EvidenceUnavailable extends Error {
  override readonly name = 'EvidenceUnavailable';
  /** False: nothing was stored. True: the connection broke during the commit, look before you rely on either. */
  readonly mayHaveStored: boolean;

  constructor(message: string, mayHaveStored: boolean) {
    super(message);
    this.mayHaveStored = mayHaveStored;
  }
}

export interface EvidenceStore extends EvidenceReader {
  /**
   * Appends a slice of a run. Events that are stored already (same hash) are passed over. The first new one must
   * follow on an event that is stored, or begin the session. Throws {@link EvidenceConflict} otherwise, and also
   * where an event's hash is not the hash of its content; nothing of the slice is stored then.
   */
  append(slice: EvidenceSlice, runId: string): Promise<void>;
  /**
   * In one transaction: appends the consent's evidence, then takes the action's key. A key that is taken answers as
   * `answerReservation` says. An agent that is killed is refused with `KILLED`, a decision that another action has used
   * with `CONSENT_SPENT`, and a session that is paused with `ACTION_PAUSED`, where they would have been told `go`; the
   * evidence is stored in any case.
   * A decision belongs to the first action that was told `go`, or was given up, with it. A consent that may run at
   * most once makes an entry that has not started one-shot, for good.
   */
  reserve(
    reservation: Reservation,
  ): Promise<ReservationAnswer | { readonly status: 'refused'; readonly code: 'ACTION_PAUSED' }>;
  /**
   * Moves an entry. Undefined where there is none, or its state, as it is in the database now, does not allow it; and
   * where it would start an action of an agent that is killed.
   */
  move(key: string, move: LedgerMove): Promise<LedgerEntry | undefined>;
  /**
   * Gives up an action whose activity did not report: fences what has not started, marks `unknown` what has, leaves
   * what is settled. Makes a fenced entry where there is none. Returns the entry as it is now.
   */
  giveUp(reservation: Reservation): Promise<LedgerEntry>;
  /** The flag that reservations check. */
  setPaused(session: SessionKey, paused: boolean): Promise<void>;
  /**
   * Stores an order of the kill switch, once. Whatever was about to reserve or to start is waited for: when a kill is
   * stored, all that started before has been committed as started, and nothing starts that asks afterwards.
   */
  recordKill(order: IssuedKill): Promise<KillReply>;
  /** Stores text under its SHA-256 digest, which it returns. */
  putContent(text: string): Promise<string>;
  /** Whether this agent ever executed an action of this type, in any session. */
  hasExecuted(agentId: string, actionType: string): Promise<boolean>;
  /**
   * Keeps a decision that came after its session had ended, with the reply it got. A repeat is kept once; for one
   * gate the first 256 are kept (H4).
   */
  recordLateDecision(sessionId: string, decision: Decision, reply: DecisionReply): Promise<void>;
}
