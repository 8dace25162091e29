/** The ledger as a pure value in memory: what the store must do, said without a database. */
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

  reserve(reservation: Reservation): Answer {
    const { consent } = reservation;
    const key = keyOf(reservation);
    const entry = this.entries.get(key);
    const answer: Answer = entry ? answerReservation(entry, consent) : { status: 'go' };
    if (answer.status !== 'go') return answer;
    const spentOn = this.#spent.get(decisionKey(reservation) ?? '');
    if (spentOn !== undefined && spentOn !== key) {
      return { status: 'refused', code: 'CONSENT_SPENT' };
    }
    if (this.#paused.has(sessionKey(consent))) return { status: 'refused', code: 'ACTION_PAUSED' };
    const kept = entry ?? newEntry(reservation, 0);
    this.entries.set(key, { ...kept, oneShot: kept.oneShot || consent.oneShot });
    this.#spend(reservation);
    return answer;
  }

  move(key: string, move: LedgerMove): LedgerEntry | undefined {
    const entry = this.entries.get(key);
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
    this.#spend(reservation);
    return given;
  }

  setPaused(session: SessionKey, paused: boolean): void {
    if (paused) this.#paused.add(sessionKey(session));
    else this.#paused.delete(sessionKey(session));
  }

  #spend(reservation: Reservation): void {
    const decision = decisionKey(reservation);
    if (decision !== undefined && !this.#spent.has(decision)) {
      this.#spent.set(decision, keyOf(reservation));
    }
  }
}

function sessionKey({ sessionId, firstExecutionRunId }: SessionKey): string {
  return `${sessionId}/${firstExecutionRunId}`;
}

function decisionKey({ consent }: Reservation): string | undefined {
  if (consent.decision === undefined) return undefined;
  return `${sessionKey(consent)}/${consent.decision.decisionId}`;
}
