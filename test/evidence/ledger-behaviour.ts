import { expect, test } from 'vitest';
import {
  giveUpMove,
  LEDGER_STATES,
  type LedgerMove,
  moveEntry,
  newEntry,
} from '../../domain/action/ledger.ts';
import type { Json } from '../../domain/text/json.ts';
import type { Opened } from './conformance.ts';
import {
  chainOf,
  decisionBy,
  entryIn,
  keyOf,
  MOVES,
  newSession,
  PATH_TO,
  reservationOf,
  sliceOf,
  timeless,
} from './samples.ts';

export function ledgerBehaviour(store: Opened): void {
  const cases = LEDGER_STATES.flatMap((state) =>
    MOVES.flatMap((move) => [true, false].map((oneShot) => ({ state, move, oneShot }))),
  );
  test.each(cases)(
    'H12: an entry that is $state answers $move as the domain does (one-shot: $oneShot)',
    async ({ state, move, oneShot }) => {
      const reservation = reservationOf(newSession(), { oneShot, decision: decisionBy('d1') });
      const before = await entryIn(store(), state, reservation);
      const expected = moveEntry(before, move, 0);
      const moved = await store().move(keyOf(reservation), move);
      expect(timeless(moved)).toEqual(timeless(expected));
      expect(await store().entry(keyOf(reservation))).toEqual(moved ?? before);
    },
  );

  test.each(LEDGER_STATES)(
    'H11: giving up an entry that is %s does as the domain says',
    async (state) => {
      const reservation = reservationOf(newSession());
      const before = await entryIn(store(), state, reservation);
      const move = giveUpMove(before);
      const expected = move === undefined ? before : moveEntry(before, move, 0);
      const given = await store().giveUp(reservation);
      expect(timeless(given)).toEqual(timeless(expected));
      expect(await store().entry(keyOf(reservation))).toEqual(given);
    },
  );

  test('a new entry says what the consent said, and its time is the database’s', async () => {
    const session = newSession();
    const reservation = reservationOf(session, { decision: decisionBy('d1') });
    await store().reserve(reservation);
    const entry = await store().entry(keyOf(reservation));
    expect(timeless(entry)).toEqual(timeless(newEntry(reservation, 0)));
    expect(Math.abs((entry?.movedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('an action that nobody reserved has no entry and can’t be moved', async () => {
    const reservation = reservationOf(newSession());
    expect(await store().entry(keyOf(reservation))).toBeUndefined();
    for (const move of MOVES) {
      expect(await store().move(keyOf(reservation), move)).toBeUndefined();
    }
    expect(await store().entry(keyOf(reservation))).toBeUndefined();
  });

  test('entries of a session are listed, and of no other session', async () => {
    const session = newSession();
    const reservations = ['1/1', '1/2', '2/1'].map((actionId) =>
      reservationOf(session, { actionId }),
    );
    for (const reservation of reservations) await store().reserve(reservation);
    await store().reserve(reservationOf(newSession(session.sessionId)));
    const entries = await store().entriesOf(session);
    expect(entries.map(({ key }) => key)).toEqual(reservations.map(keyOf));
  });

  const results: readonly Json[] = [
    null,
    false,
    0,
    1e-7,
    Number.MAX_SAFE_INTEGER,
    5e-324,
    '',
    'null',
    '\0',
    '\\u0000',
    '\\"',
    '\u{1f511}\u200b\ufeff',
    [],
    {},
    [[[]]],
    { '\0': { '\\': ['\0', null] } },
  ];
  test.each(results.map((result) => ({ result })))(
    '$result is kept exactly as a result',
    async ({ result }) => {
      const reservation = reservationOf(newSession());
      await entryIn(store(), 'started', reservation);
      await store().move(keyOf(reservation), { to: 'done', result });
      expect((await store().entry(keyOf(reservation)))?.result).toEqual(result);
      expect(await store().reserve(reservation)).toEqual({ status: 'done', result });
    },
  );

  test('names and messages with U+0000, backslashes and lone surrogates are kept exactly', async () => {
    const odd = (text: string): string => `${text} \0 \\ \\0 \\u0000 \ud800 \udc00 \u{1f511}`;
    const session = newSession(odd('session'));
    const reservation = reservationOf(session, {
      actionId: odd('action'),
      actionType: odd('type'),
      agentId: odd('agent'),
      decision: decisionBy(odd('decision')),
    });
    const settled: LedgerMove = { to: 'reconciled', happened: true, settledBy: odd('alice') };
    await entryIn(store(), 'unknown', reservation);
    await store().move(keyOf(reservation), settled);
    const entry = await store().entry(keyOf(reservation));
    expect(timeless(entry)).toEqual({
      ...timeless(newEntry(reservation, 0)),
      state: 'reconciled',
      happened: true,
      settledBy: odd('alice'),
      message: 'The connection broke.',
    });
    expect(await store().entriesOf(session)).toEqual([entry]);
    expect(await store().hasExecuted(odd('agent'), odd('type'))).toBe(true);
  });

  test.each(LEDGER_STATES)(
    'H9: an action that is %s counts as executed only if it happened',
    async (state) => {
      const session = newSession();
      const [agentId, actionType] = [`agent of ${session.sessionId}`, 'transfer'];
      expect(await store().hasExecuted(agentId, actionType)).toBe(false);
      await entryIn(store(), state, reservationOf(session, { agentId, actionType }));
      const happened = state === 'done' || state === 'reconciled';
      expect(await store().hasExecuted(agentId, actionType)).toBe(happened);
      expect(await store().hasExecuted(agentId, 'refund')).toBe(false);
      expect(await store().hasExecuted('another agent', actionType)).toBe(false);
    },
  );

  test('H9: an action that did not happen, as a person said, does not count as executed', async () => {
    const session = newSession();
    const reservation = reservationOf(session, { agentId: session.sessionId });
    await entryIn(store(), 'unknown', reservation);
    await store().move(keyOf(reservation), { to: 'reconciled', happened: false, settledBy: 'bob' });
    expect(await store().hasExecuted(session.sessionId, 'transfer')).toBe(false);
  });

  test('an action that ran outside the ledger counts as executed by its event', async () => {
    const session = newSession();
    const agentId = session.sessionId;
    const shown = chainOf(session, { length: 1, agentId, draft: { actionType: 'look_up' } });
    await store().append(sliceOf(session, shown), 'run-1');
    expect(await store().hasExecuted(agentId, 'look_up')).toBe(false);
    const executed = chainOf(session, {
      length: 1,
      agentId,
      from: { seq: 1, hash: shown[0]?.hash ?? '' },
      draft: { actionType: 'look_up', eventType: 'executed' },
    });
    await store().append(sliceOf(session, executed), 'run-1');
    expect(await store().hasExecuted(agentId, 'look_up')).toBe(true);
  });

  test('every state is on a path that these tests walk', () => {
    expect(Object.keys(PATH_TO).toSorted()).toEqual([...LEDGER_STATES].toSorted());
    expect(new Set(MOVES.map(({ to }) => to)).size).toBe(LEDGER_STATES.length - 1);
  });
}
