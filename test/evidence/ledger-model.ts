/** The ledger as a pure value in memory: what the store must do, said without a database. */
import { agentOf, answerUnderKill, type KillScope } from '../../domain/action/kill.ts';
import {
  answerReservation,
  giveUpMove,
  type LedgerEntry,
  type LedgerMove,
  moveEntry,
  newEntry,
  type Reservation,
} from '../../domain/action/ledger.ts';
import type { EvidenceStore, SessionKey } from '../../evidence/store.ts';
import { keyOf } from './samples.ts';

export type Answer = Awaited<ReturnType<EvidenceStore['reserve']>>;

export class LedgerModel {
  readonly entries = new Map<string, LedgerEntry>();
  readonly #spent = new Map<string, string>();
  readonly #paused = new Set<string>();
  /** Switches that are on, by agent; undefined: that of all. */
  readonly #killed = new Set<string | undefined>();
  readonly #agents = new Map<string, string>();

  reserve(reservation: Reservation): Answer {
    const { consent } = reservation;
    const key = keyOf(reservation);
    const entry = this.entries.get(key);
    const answer: Answer = entry ? answerReservation(entry, consent) : { status: 'go' };
    if (answer.status !== 'go') return answer;
    if (this.#isKilled(consent.agentId)) return answerUnderKill(entry);
    const spentOn = decisionKeys(reservation).map((decision) => this.#spent.get(decision));
    if (spentOn.some((used) => used !== undefined && used !== key)) {
      return { status: 'refused', code: 'CONSENT_SPENT' };
    }
    if (this.#paused.has(sessionKey(consent))) return { status: 'refused', code: 'ACTION_PAUSED' };
    const kept = entry ?? newEntry(reservation, 0);
    this.entries.set(key, { ...kept, oneShot: kept.oneShot || consent.oneShot });
    this.#agents.set(key, this.#agents.get(key) ?? consent.agentId);
    this.#spend(reservation);
    return answer;
  }

  move(key: string, move: LedgerMove): LedgerEntry | undefined {
    const entry = this.entries.get(key);
    if (move.to === 'started' && this.#isKilled(this.#agents.get(key))) return undefined;
    const moved = entry && moveEntry(entry, move, 0);
    if (moved !== undefined) this.entries.set(key, moved);
    return moved;
  }

  giveUp(reservation: Reservation): LedgerEntry {
    const key = keyOf(reservation);
    const entry = this.entries.get(key) ?? newEntry(reservation, 0);
    const move = giveUpMove(entry);
    const given = (move && moveEntry(entry, move, 0)) ?? entry;
    this.entries.set(key, given);
    this.#agents.set(key, this.#agents.get(key) ?? reservation.consent.agentId);
    this.#spend(reservation);
    return given;
  }

  setPaused(session: SessionKey, paused: boolean): void {
    if (paused) this.#paused.add(sessionKey(session));
    else this.#paused.delete(sessionKey(session));
  }

  setKilled(scope: KillScope, killed: boolean): void {
    if (killed) this.#killed.add(agentOf(scope));
    else this.#killed.delete(agentOf(scope));
  }

  #isKilled(agentId: string | undefined): boolean {
    return this.#killed.has(undefined) || (agentId !== undefined && this.#killed.has(agentId));
  }

  #spend(reservation: Reservation): void {
    for (const decision of decisionKeys(reservation)) {
      if (!this.#spent.has(decision)) this.#spent.set(decision, keyOf(reservation));
    }
  }
}

function sessionKey({ sessionId, firstExecutionRunId }: SessionKey): string {
  return `${sessionId}/${firstExecutionRunId}`;
}

/** With the runs of its session, and with the run in which it was shown. */
function decisionKeys({ consent }: Reservation): readonly string[] {
  const { decision, sessionId, firstExecutionRunId } = consent;
  if (decision === undefined) return [];
  const { decisionId, runId } = decision;
  return [firstExecutionRunId, runId].map((run) => `${sessionId}/${run}/${decisionId}`);
}
