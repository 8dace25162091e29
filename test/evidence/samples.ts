/** Sessions, events and consents for the tests of evidence/. */
import { randomUUID } from 'node:crypto';
import {
  type AuditEvent,
  type ChainHead,
  type EventDraft,
  GENESIS,
  sealEvent,
} from '../../domain/audit/audit-event.ts';
import type { Consent, ConsentDecision } from '../../domain/action/consent.ts';
import type { Decision } from '../../domain/gate/decision.ts';
import type { Vote } from '../../domain/gate/gate.ts';
import { digestOfText } from '../../domain/text/digest.ts';
import type {
  LedgerEntry,
  LedgerMove,
  LedgerState,
  Reservation,
} from '../../domain/action/ledger.ts';
import type { EvidenceStore, SessionKey } from '../../evidence/store.ts';

export const AT_MS = Date.UTC(2026, 10, 23, 9, 30);

export function newSession(sessionId = `session-${randomUUID()}`): SessionKey {
  return { sessionId, firstExecutionRunId: randomUUID() };
}

export interface ChainOptions {
  readonly length: number;
  readonly from?: ChainHead;
  /** Tells the events of one branch from those of another. */
  readonly branch?: string;
  readonly agentId?: string;
  readonly draft?: Partial<EventDraft>;
}

/** Sealed events that follow on each other. */
export function chainOf(session: SessionKey, options: ChainOptions): readonly AuditEvent[] {
  const { length, from = GENESIS, branch = 'main', agentId = 'agent', draft = {} } = options;
  const events: AuditEvent[] = [];
  for (let head = from; events.length < length;) {
    const event = sealEvent(
      head,
      { sessionId: session.sessionId, agentId, policyVersion: 'p1', at: AT_MS + head.seq },
      { eventType: 'gate_presented', actionType: 'transfer', rationale: branch, ...draft },
    );
    events.push(event);
    head = { seq: event.seq, hash: event.hash };
  }
  return events;
}

export function sliceOf(session: SessionKey, events: readonly AuditEvent[]) {
  return { ...session, events };
}

/** Seals an event again after its content was changed: right by itself, wrong in its place. */
export function resealed(event: AuditEvent, change: Partial<AuditEvent>): AuditEvent {
  const { seq, previousHash, version: _version, hash: _hash, ...rest } = { ...event, ...change };
  return sealEvent({ seq: seq - 1, hash: previousHash }, rest, rest);
}

export function decisionBy(decisionId: string): ConsentDecision {
  return {
    decisionId,
    gateId: `gate-of-${decisionId}`,
    runId: 'run-1',
    reviewerId: 'alice',
    decision: 'approved',
  };
}

/** One of several who approve the same. */
export function voteBy(decisionId: string): Vote {
  const decision: Decision = { ...decisionBy(decisionId), payloadDigest: digestOfText('a') };
  const by = { personId: decisionId, groups: [], tier: 'escalation' };
  return { ...by, decision, proof: 'claimed', at: AT_MS };
}

function consentOf(session: SessionKey, change: Partial<Consent> = {}): Consent {
  return {
    version: 1,
    ...session,
    agentId: 'agent',
    ancestorRuns: [],
    actionId: '1/1',
    actionType: 'transfer',
    toolVersion: '1',
    payloadDigest: digestOfText('payload'),
    policyVersion: 'p1',
    tier: 'manager',
    oneShot: true,
    evidence: [],
    ...change,
  };
}

export function reservationOf(session: SessionKey, change: Partial<Consent> = {}): Reservation {
  return { consent: consentOf(session, change), runId: 'run-1' };
}

export function lateDecision(change: Partial<Decision> = {}): Decision {
  return {
    decisionId: 'd1',
    gateId: 'g1',
    runId: 'run-1',
    payloadDigest: digestOfText('payload'),
    decision: 'approved',
    reviewerId: 'alice',
    ...change,
  };
}

/** The moves that bring a new entry into each state. */
export const PATH_TO: Readonly<Record<LedgerState, readonly LedgerMove[]>> = {
  reserved: [],
  started: [{ to: 'started' }],
  done: [{ to: 'started' }, { to: 'done', result: { paid: 100 } }],
  failed_before_effect: [{ to: 'failed_before_effect', message: 'No such account.' }],
  unknown: [{ to: 'started' }, { to: 'unknown', message: 'The connection broke.' }],
  reconciled: [
    { to: 'started' },
    { to: 'unknown', message: 'The connection broke.' },
    { to: 'reconciled', happened: true, result: 'paid', settledBy: 'alice' },
  ],
  fenced: [{ to: 'fenced' }],
};

/** One move of every kind. */
export const MOVES: readonly LedgerMove[] = [
  { to: 'started' },
  { to: 'done', result: null },
  { to: 'failed_before_effect', message: 'refused \0 \ud800 \\u0000' },
  { to: 'unknown', message: '' },
  { to: 'fenced' },
  { to: 'reconciled', happened: false, settledBy: 'bob' },
  { to: 'reconciled', happened: true, result: [1, 'é'], settledBy: 'look-up' },
];

/** Reserves an action and brings its entry into `state`. */
export async function entryIn(
  store: EvidenceStore,
  state: LedgerState,
  reservation: Reservation,
): Promise<LedgerEntry> {
  await store.reserve(reservation);
  const key = keyOf(reservation);
  for (const move of PATH_TO[state]) await store.move(key, move);
  const entry = await store.entry(key);
  if (entry?.state !== state) throw new Error(`${key} is ${entry?.state}, not ${state}`);
  return entry;
}

export function keyOf({ consent }: Reservation): string {
  return `${consent.sessionId}/${consent.firstExecutionRunId}/${consent.actionId}`;
}

/** An entry without the database's time, for comparison. */
export function timeless(entry: LedgerEntry | undefined): Omit<LedgerEntry, 'movedAt'> | undefined {
  if (entry === undefined) return undefined;
  const { movedAt: _movedAt, ...rest } = entry;
  return rest;
}
