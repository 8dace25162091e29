/**
 * Proves the one-shot ledger's whole table: every state meets every move and every further reservation. H11, H12: what
 * may run once never gets a second `go`, and what is settled stays settled.
 */
import { describe, expect, test } from 'vitest';
import { type Consent, idempotencyKey } from '../../domain/action/consent.ts';
import {
  answerReservation,
  giveUpMove,
  LEDGER_STATES,
  LEDGER_TRANSITIONS,
  type LedgerEntry,
  type LedgerMove,
  type LedgerState,
  moveEntry,
  newEntry,
  renewEntry,
  startMove,
} from '../../domain/action/ledger.ts';
import { DIGEST, NOW, OTHER_DIGEST, RUN } from './builders.ts';

const CONSENT: Consent = {
  version: 1,
  sessionId: 'session-1',
  agentId: 'agent-smith',
  firstExecutionRunId: 'run-0',
  ancestorRuns: [],
  actionId: '3/1',
  actionType: 'refund',
  toolVersion: '1',
  payloadDigest: DIGEST,
  policyVersion: 'default@1#000000000000',
  tier: 'synchronous_gate',
  oneShot: true,
  decision: {
    decisionId: 'decision-1',
    gateId: 'gate-1',
    runId: RUN,
    reviewerId: 'alice',
    decision: 'approved',
  },
  evidence: [],
};

const RESERVED = newEntry({ consent: CONSENT, runId: RUN }, NOW);

function entryThat(state: LedgerState, changes: Partial<LedgerEntry> = {}): LedgerEntry {
  return { ...RESERVED, state, ...changes };
}

const MOVES: Readonly<Record<LedgerMove['to'], LedgerMove>> = {
  started: { to: 'started' },
  done: { to: 'done', result: { ok: true } },
  failed_before_effect: { to: 'failed_before_effect', message: 'no such customer' },
  unknown: { to: 'unknown', message: 'the worker was lost' },
  fenced: { to: 'fenced' },
  reconciled: { to: 'reconciled', happened: true, result: { id: 7 }, settledBy: 'alice' },
};

/** State × move, written out: which moves are legal. */
const LEGAL: Readonly<Record<LedgerState, readonly string[]>> = {
  reserved: ['started', 'failed_before_effect', 'fenced'],
  started: ['done', 'failed_before_effect', 'unknown'],
  unknown: ['done', 'failed_before_effect', 'reconciled'],
  done: [],
  failed_before_effect: [],
  reconciled: [],
  fenced: [],
};

describe.each(LEDGER_STATES)('an entry that is %s', (state) => {
  const entry = entryThat(state);

  test.each(Object.values(MOVES))('meets the move to $to', (move) => {
    const moved = moveEntry(entry, move, NOW + 5);
    if (!LEGAL[state].includes(move.to)) {
      expect(moved).toBeUndefined();
      return;
    }
    const { to, ...what } = move;
    expect(moved).toEqual({ ...entry, ...what, state: to, movedAt: NOW + 5 });
  });

  test('that may repeat starts again only after it started, or for the first time', () => {
    const moved = moveEntry(entryThat(state, { oneShot: false }), MOVES.started, NOW + 5);
    expect(moved !== undefined).toBe(state === 'reserved' || state === 'started');
  });

  test('names its moves in the table', () => {
    const own = LEDGER_TRANSITIONS[state].filter((to) => to !== 'started' || state === 'reserved');
    expect(own.toSorted()).toEqual([...LEGAL[state]].toSorted());
  });

  test('H11: is given up as fenced before it started, as unknown after, and not at all once it is settled', () => {
    const expected = { reserved: 'fenced', started: 'unknown' } as Readonly<Record<string, string>>;
    expect(giveUpMove(entry)?.to).toBe(expected[state]);
    const move = giveUpMove(entry);
    if (move !== undefined) expect(moveEntry(entry, move, NOW)).toBeDefined();
  });
});

describe('a further reservation of the same action', () => {
  const settled = { result: { id: 7 }, message: 'no such customer' };
  const ANSWERS = {
    reserved: { status: 'go' },
    started: { status: 'unknown' },
    done: { status: 'done', result: { id: 7 } },
    failed_before_effect: { status: 'failed', message: 'no such customer' },
    unknown: { status: 'unknown' },
    fenced: { status: 'refused', code: 'ACTION_FENCED' },
  } as const;

  test.each(Object.entries(ANSWERS))('H12: that is %s', (state, answer) => {
    const entry = entryThat(state as LedgerState, settled);
    expect(answerReservation(entry, CONSENT)).toEqual(answer);
  });

  test('that a person or look-up settled: what they said', () => {
    const yes = entryThat('reconciled', { happened: true, result: { id: 7 } });
    const bare = entryThat('reconciled', { happened: true });
    const no = entryThat('reconciled', { happened: false });
    expect(answerReservation(yes, CONSENT)).toEqual({ status: 'done', result: { id: 7 } });
    expect(answerReservation(bare, CONSENT)).toEqual({ status: 'done', result: null });
    expect(answerReservation(no, CONSENT)).toEqual({ status: 'refused', code: 'ACTION_FENCED' });
  });

  test.each(LEDGER_STATES)('H1: over other bytes, when it is %s, is refused', (state) => {
    const other = { ...CONSENT, payloadDigest: OTHER_DIGEST };
    expect(answerReservation(entryThat(state), other)).toEqual({
      status: 'refused',
      code: 'CONSENT_SPENT',
    });
  });

  test('H12: goes again after it started only where both say that it may repeat', () => {
    const answer = (entry: boolean, consent: boolean): string =>
      answerReservation(entryThat('started', { oneShot: entry }), { ...CONSENT, oneShot: consent })
        .status;
    expect([answer(false, false), answer(true, false), answer(false, true)]).toEqual([
      'go',
      'unknown',
      'unknown',
    ]);
  });

  test('H12: no order of moves gets an action that started a second go', () => {
    const reach = (entry: LedgerEntry, hasStarted: boolean, depth: number): void => {
      const { status } = answerReservation(entry, CONSENT);
      expect(status === 'go' && hasStarted).toBe(false);
      if (depth === 0) return;
      for (const move of Object.values(MOVES)) {
        const next = moveEntry(entry, move, NOW);
        if (next !== undefined) reach(next, hasStarted || move.to === 'started', depth - 1);
      }
    };
    reach(RESERVED, false, 6);
  });
});

describe('a new entry', () => {
  test('holds what was consented to, and nothing has happened', () => {
    expect(RESERVED).toEqual({
      key: 'session-1/run-0/3/1',
      sessionId: 'session-1',
      firstExecutionRunId: 'run-0',
      runId: RUN,
      actionId: '3/1',
      actionType: 'refund',
      payloadDigest: DIGEST,
      decisionId: 'decision-1',
      oneShot: true,
      state: 'reserved',
      movedAt: NOW,
    });
  });

  test('of what nobody was asked about names no decision', () => {
    const { decision: _nobody, ...alone } = CONSENT;
    expect(newEntry({ consent: alone, runId: RUN }, NOW)).not.toHaveProperty('decisionId');
  });

  test('H12: has the same key in every run of its session, and another one for every other action', () => {
    expect(newEntry({ consent: CONSENT, runId: 'run-after-reset' }, NOW).key).toBe(RESERVED.key);
    const others = [
      { ...CONSENT, actionId: '3/2' },
      { ...CONSENT, sessionId: 'session-2' },
      { ...CONSENT, firstExecutionRunId: 'run-9' },
    ].map(idempotencyKey);
    expect(new Set([RESERVED.key, ...others]).size).toBe(4);
  });
});

test('an entry that starts says under which run and decision, whoever reserved it first', () => {
  const decision = { ...CONSENT.decision, decisionId: 'decision-2' } as const;
  const later = { consent: { ...CONSENT, decision } as Consent, runId: 'run-9' };
  expect(moveEntry(RESERVED, startMove(later), NOW + 1)).toMatchObject({
    state: 'started',
    runId: 'run-9',
    decisionId: 'decision-2',
  });
});

test('an entry that is reserved again can only become stricter', () => {
  const repeatable = { ...RESERVED, oneShot: false };
  expect(renewEntry(repeatable, CONSENT)).toEqual({ ...RESERVED, oneShot: true });
  expect(renewEntry(RESERVED, { ...CONSENT, oneShot: false })).toBe(RESERVED);
});
