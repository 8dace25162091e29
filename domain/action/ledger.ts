/**
 * The one-shot ledger: what became of an action that may run at most once, kept outside every run (H12). What it
 * answers and how an entry moves is decided here, as values; evidence/ keeps the entries in a database, in one
 * transaction per move, and activities/ walk the steps.
 *
 * `reserved` the evidence is stored and the key is taken; nothing has happened yet
 * `started` committed before the tool is called; from here on only the tool knows
 * `done` the tool returned · `failed_before_effect` the tool says that nothing happened
 * `unknown` the call broke off; never run again by the machine (H11)
 * `reconciled` a look-up or a person said what happened
 * `fenced` given up before it started; a late worker can't start it any more
 */
import type { Consent } from './consent.ts';
import { idempotencyKey } from './consent.ts';
import type { Json } from '../text/json.ts';

export const LEDGER_STATES = [
  'reserved',
  'started',
  'done',
  'failed_before_effect',
  'unknown',
  'reconciled',
  'fenced',
] as const;
export type LedgerState = (typeof LEDGER_STATES)[number];

export const LEDGER_TRANSITIONS: Readonly<Record<LedgerState, readonly LedgerState[]>> = {
  reserved: ['started', 'failed_before_effect', 'fenced'],
  // A call that may safely repeat (reversible, under its key) starts again after it broke off.
  started: ['started', 'done', 'failed_before_effect', 'unknown'],
  // A report that comes late is still the truth, as long as nobody has settled the question.
  unknown: ['done', 'failed_before_effect', 'reconciled'],
  done: [],
  failed_before_effect: [],
  reconciled: [],
  fenced: [],
};

export interface LedgerEntry {
  /** The idempotency key of the action, and the key of the entry. */
  readonly key: string;
  readonly sessionId: string;
  readonly firstExecutionRunId: string;
  /** The run that reserved it. */
  readonly runId: string;
  readonly actionId: string;
  readonly actionType: string;
  readonly payloadDigest: string;
  readonly decisionId?: string;
  readonly oneShot: boolean;
  readonly state: LedgerState;
  /** What the tool returned, or what a person or look-up said it did. */
  readonly result?: Json;
  /** For `reconciled`: whether it happened, and who or what said so. */
  readonly happened?: boolean;
  readonly settledBy?: string;
  readonly message?: string;
  /** The database's time of the last move, ms since 1970. */
  readonly movedAt: number;
}

/** What an action is told when it asks to run. */
export type ReservationAnswer =
  | { readonly status: 'go' }
  /** It ran before, in this or an earlier run: here is what came of it. It does not run again. */
  | { readonly status: 'done'; readonly result: Json }
  | { readonly status: 'failed'; readonly message: string }
  | { readonly status: 'unknown' }
  | { readonly status: 'refused'; readonly code: 'CONSENT_SPENT' | 'ACTION_FENCED' | 'KILLED' };

export interface Reservation {
  readonly consent: Consent;
  readonly runId: string;
}

/** The entry that a first reservation makes. */
export function newEntry({ consent, runId }: Reservation, now: number): LedgerEntry {
  const { sessionId, firstExecutionRunId, actionId, actionType, payloadDigest, oneShot } = consent;
  return {
    key: idempotencyKey(consent),
    sessionId,
    firstExecutionRunId,
    runId,
    actionId,
    actionType,
    payloadDigest,
    ...(consent.decision === undefined ? {} : { decisionId: consent.decision.decisionId }),
    oneShot,
    state: 'reserved',
    movedAt: now,
  };
}

/** An entry that is still reserved, asked for again: whoever asks may only tighten it. */
export function renewEntry(entry: LedgerEntry, { oneShot }: Consent): LedgerEntry {
  return oneShot && !entry.oneShot ? { ...entry, oneShot } : entry;
}

/** What an existing entry of the same key answers to a further reservation. */
export function answerReservation(entry: LedgerEntry, consent: Consent): ReservationAnswer {
  if (entry.payloadDigest !== consent.payloadDigest) {
    return { status: 'refused', code: 'CONSENT_SPENT' };
  }
  switch (entry.state) {
    case 'reserved':
      return { status: 'go' };
    case 'started':
      return entry.oneShot || consent.oneShot ? { status: 'unknown' } : { status: 'go' };
    case 'done':
      return { status: 'done', result: entry.result ?? null };
    case 'failed_before_effect':
      return { status: 'failed', message: entry.message ?? '' };
    case 'unknown':
      return { status: 'unknown' };
    case 'reconciled':
      return entry.happened === true
        ? { status: 'done', result: entry.result ?? null }
        : { status: 'refused', code: 'ACTION_FENCED' };
    case 'fenced':
      return { status: 'refused', code: 'ACTION_FENCED' };
  }
}

export type LedgerMove =
  /** Under the run, and the decision, that it starts under: another reservation may have been first. */
  | { readonly to: 'started'; readonly runId?: string; readonly decisionId?: string }
  | { readonly to: 'done'; readonly result: Json }
  | { readonly to: 'failed_before_effect'; readonly message: string }
  | { readonly to: 'unknown'; readonly message: string }
  | { readonly to: 'fenced' }
  | {
      readonly to: 'reconciled';
      readonly happened: boolean;
      readonly result?: Json;
      readonly settledBy: string;
    };

/** The entry after a move, or undefined where its state does not allow it: the caller then reads what is there. */
export function moveEntry(
  entry: LedgerEntry,
  move: LedgerMove,
  now: number,
): LedgerEntry | undefined {
  if (!LEDGER_TRANSITIONS[entry.state].includes(move.to)) return undefined;
  // Only what may repeat starts twice.
  if (move.to === 'started' && entry.state === 'started' && entry.oneShot) return undefined;
  const { to, ...what } = move;
  return { ...entry, ...what, state: to, movedAt: now };
}

/** The move with which a reservation starts its action. */
export function startMove({ consent, runId }: Reservation): LedgerMove {
  const decisionId = consent.decision?.decisionId;
  return { to: 'started', runId, ...(decisionId === undefined ? {} : { decisionId }) };
}

/** The move that gives up an action whose activity did not report: fenced before it started, unknown after. */
export function giveUpMove(entry: LedgerEntry): LedgerMove | undefined {
  switch (entry.state) {
    case 'reserved':
      return { to: 'fenced' };
    case 'started':
      return { to: 'unknown', message: 'The activity did not report back.' };
    case 'done':
    case 'failed_before_effect':
    case 'unknown':
    case 'reconciled':
    case 'fenced':
      return undefined;
  }
}
