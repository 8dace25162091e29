import { expect, test } from 'vitest';
import { digestOfText } from '../../domain/text/digest.ts';
import type { Vote } from '../../domain/gate/gate.ts';
import { answerReservation, LEDGER_STATES, type Reservation } from '../../domain/action/ledger.ts';
import { EvidenceConflict, type EvidenceStore, type SessionKey } from '../../evidence/store.ts';
import type { Opened } from './conformance.ts';
import {
  chainOf,
  decisionBy,
  entryIn,
  keyOf,
  newSession,
  reservationOf,
  resealed,
  voteBy,
} from './samples.ts';

const SPENT = { status: 'refused', code: 'CONSENT_SPENT' } as const;
const FENCED = { status: 'refused', code: 'ACTION_FENCED' } as const;
const PAUSED = { status: 'refused', code: 'ACTION_PAUSED' } as const;
const GO = { status: 'go' } as const;
const MANY = 50;

export function reservationBehaviour(store: Opened): void {
  /** A session whose first reservation is behind it: the first one makes rows that the others then wait for. */
  const usedSession = async (): Promise<SessionKey> => {
    const session = newSession();
    await store().reserve(reservationOf(session, { actionId: '0/0' }));
    return session;
  };

  test.each(LEDGER_STATES)('a key whose entry is %s answers as the domain says', async (state) => {
    for (const oneShot of [true, false]) {
      const reservation = reservationOf(newSession(), { oneShot });
      const entry = await entryIn(store(), state, reservation);
      for (const again of [
        reservation.consent,
        { ...reservation.consent, oneShot: true },
        { ...reservation.consent, payloadDigest: digestOfText('another payload') },
      ]) {
        const answer = await store().reserve({ consent: again, runId: 'run-2' });
        expect(answer).toEqual(answerReservation(entry, again));
      }
      expect((await store().entry(keyOf(reservation)))?.runId).toBe('run-1');
    }
  });

  test('H8: the evidence of a consent is stored with its reservation', async () => {
    const session = newSession();
    const evidence = chainOf(session, { length: 3 });
    expect(await store().reserve(reservationOf(session, { evidence }))).toEqual(GO);
    expect((await store().events(session)).map(({ event }) => event)).toEqual(evidence);
  });

  test('H8: evidence that does not follow is refused, and the key is not taken', async () => {
    const session = newSession();
    const [first, second, third] = chainOf(session, { length: 3 });
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    for (const evidence of [
      [second],
      [first, second, resealed(third, { previousHash: 'a'.repeat(64) })],
      [first, second, { ...third, rationale: 'forged' }],
    ]) {
      const reservation = reservationOf(session, { evidence });
      await expect(store().reserve(reservation)).rejects.toThrow(EvidenceConflict);
      expect(await store().entry(keyOf(reservation))).toBeUndefined();
      expect(await store().events(session)).toEqual([]);
    }
  });

  test('H2: a decision that another action has used is refused, and its evidence stays', async () => {
    const session = newSession();
    const decision = decisionBy('d1');
    const evidence = chainOf(session, { length: 2 });
    expect(await store().reserve(reservationOf(session, { decision }))).toEqual(GO);
    const second = reservationOf(session, { decision, actionId: '2/1', evidence });
    expect(await store().reserve(second)).toEqual(SPENT);
    expect(await store().entry(keyOf(second))).toBeUndefined();
    expect(await store().events(session)).toHaveLength(2);
    const again = reservationOf(session, { decision });
    expect(await store().reserve({ ...again, runId: 'run-2' })).toEqual(GO);
  });

  test('H2: a second decision of one action is spent as well', async () => {
    const session = newSession();
    await store().reserve(reservationOf(session, { decision: decisionBy('d1') }));
    const again = reservationOf(session, { decision: decisionBy('d2') });
    expect(await store().reserve(again)).toEqual(GO);
    for (const decisionId of ['d1', 'd2']) {
      const other = reservationOf(session, { decision: decisionBy(decisionId), actionId: '2/1' });
      expect(await store().reserve(other)).toEqual(SPENT);
    }
  });

  test('H2: each of several votes is spent, however they are put together again', async () => {
    const session = newSession();
    const [a, b, c] = ['a', 'b', 'c'].map((id) => voteBy(id));
    if (a === undefined || b === undefined || c === undefined) throw new Error('There are three');
    const votedBy = (...votes: readonly Vote[]) => {
      const decisionId = votes.at(-1)?.decision.decisionId ?? '';
      return { ...decisionBy(decisionId), votes };
    };
    expect(await store().reserve(reservationOf(session, { decision: votedBy(a, b) }))).toEqual(GO);
    for (const votes of [[b, a], [a, c], [c, b], [b], [a]]) {
      const other = reservationOf(session, { decision: votedBy(...votes), actionId: '2/1' });
      expect(await store().reserve(other)).toEqual(SPENT);
    }
    const own = reservationOf(session, { decision: votedBy(c), actionId: '2/1' });
    expect(await store().reserve(own)).toEqual(GO);
  });

  test('H2: a decision is spent under whatever first run a consent names, also by many at once', async () => {
    const { sessionId } = newSession();
    const decision = { ...decisionBy('d1'), votes: [voteBy('d1')] };
    const reservations = Array.from({ length: 8 }, (_none, index) =>
      reservationOf({ sessionId, firstExecutionRunId: `made-up-${index}` }, { decision }),
    );
    const answers = await Promise.all(reservations.map(async (one) => store().reserve(one)));
    expect(answers.filter(({ status }) => status === 'go')).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 'go');
    expect(refused).toEqual(Array.from({ length: 7 }, () => SPENT));
    // Of another session, or shown in another run, it is another decision.
    expect(await store().reserve(reservationOf(newSession(), { decision }))).toEqual(GO);
    const elsewhere = { ...decisionBy('d1'), runId: 'run-9' };
    const own = { sessionId, firstExecutionRunId: 'run-9' };
    expect(await store().reserve(reservationOf(own, { decision: elsewhere }))).toEqual(GO);
  });

  test('H2: of a standing grant each use is spent once, and who gave it is not', async () => {
    const session = newSession();
    const use = (grantUse: number) => ({
      ...decisionBy(`g#${grantUse}`),
      votes: [voteBy('g')],
      grantUse,
    });
    const granted = (grantUse: number, actionId: string) =>
      store().reserve(reservationOf(session, { decision: use(grantUse), actionId }));
    expect(await store().reserve(reservationOf(session, { decision: decisionBy('g') }))).toEqual(
      GO,
    );
    expect(await granted(1, '2/1')).toEqual(GO);
    expect(await granted(1, '3/1')).toEqual(SPENT);
    expect(await granted(2, '3/1')).toEqual(GO);
  });

  test('H2: the id of a decision spent in one session is free in another of that name', async () => {
    const session = newSession();
    const decision = decisionBy('d1');
    const other = newSession(session.sessionId);
    expect(await store().reserve(reservationOf(session, { decision }))).toEqual(GO);
    const shownLater = { ...decision, runId: 'run-2' };
    const reservation = reservationOf(other, { decision: shownLater, actionId: '2/1' });
    expect(await store().reserve(reservation)).toEqual(GO);
  });

  test('actions without a decision do not stand in each other’s way', async () => {
    const session = newSession();
    for (const actionId of ['1/1', '1/2']) {
      expect(await store().reserve(reservationOf(session, { actionId }))).toEqual(GO);
    }
  });

  test('H12: fifty reservers with different decisions get one start between them', async () => {
    const session = await usedSession();
    const outcomes = await Promise.all(
      Array.from({ length: MANY }, async (_, n) => {
        const reservation = reservationOf(session, { decision: decisionBy(`d${n}`) });
        const answer = await store().reserve(reservation);
        const started =
          answer.status === 'go'
            ? await store().move(keyOf(reservation), { to: 'started' })
            : undefined;
        return { answer, started };
      }),
    );
    expect(outcomes.filter(({ started }) => started !== undefined)).toHaveLength(1);
    // Whoever came before the start was told `go` and lost the start; whoever came after it was told so.
    for (const { answer } of outcomes) expect(['go', 'unknown']).toContain(answer.status);
    const [, entry] = await store().entriesOf(session);
    expect(entry).toMatchObject({ state: 'started', decisionId: expect.stringMatching(/^d\d+$/) });
  });

  test('H2: fifty reservers with different payloads for one action: one may go', async () => {
    const session = await usedSession();
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, n) =>
        store().reserve(
          reservationOf(session, {
            decision: decisionBy(`d${n}`),
            payloadDigest: digestOfText(`payload ${n}`),
          }),
        ),
      ),
    );
    expect(answers.filter(({ status }) => status === 'go')).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 'go')).toEqual(times(MANY - 1, SPENT));
  });

  test('H2: fifty actions with one decision: one may go', async () => {
    const session = await usedSession();
    const answers = await Promise.all(
      Array.from({ length: MANY }, (_, n) =>
        store().reserve(reservationOf(session, { decision: decisionBy('d1'), actionId: `1/${n}` })),
      ),
    );
    expect(answers.filter(({ status }) => status === 'go')).toHaveLength(1);
    expect(answers.filter(({ status }) => status !== 'go')).toEqual(times(MANY - 1, SPENT));
    expect(await store().entriesOf(session)).toHaveLength(2);
  });

  test('H12: of any number of starters of a one-shot action one starts it', async () => {
    const reservation = reservationOf(newSession());
    await store().reserve(reservation);
    const starts = await Promise.all(
      Array.from({ length: MANY }, () => store().move(keyOf(reservation), { to: 'started' })),
    );
    expect(starts.filter((entry) => entry !== undefined)).toHaveLength(1);
  });

  test('H12: a consent that may run at most once makes the entry one-shot for everybody', async () => {
    const session = newSession();
    const loose = reservationOf(session, { oneShot: false });
    expect(await store().reserve(loose)).toEqual(GO);
    expect(await store().reserve(reservationOf(session, { oneShot: true }))).toEqual(GO);
    expect(await store().reserve(loose)).toEqual(GO);
    expect((await store().entry(keyOf(loose)))?.oneShot).toBe(true);
    expect(await store().move(keyOf(loose), { to: 'started' })).toBeDefined();
    expect(await store().move(keyOf(loose), { to: 'started' })).toBeUndefined();
  });

  test('H12: what was given up before it was reserved can’t be reserved', async () => {
    const session = newSession();
    const reservation = reservationOf(session, { decision: decisionBy('d1') });
    const fenced = await store().giveUp(reservation);
    expect(fenced).toMatchObject({ state: 'fenced', decisionId: 'd1', key: keyOf(reservation) });
    expect(await store().reserve(reservation)).toEqual(FENCED);
    expect(await store().move(keyOf(reservation), { to: 'started' })).toBeUndefined();
    expect(await store().giveUp(reservation)).toEqual(fenced);
  });

  test('H2: the decision of an action that was given up is spent', async () => {
    const session = newSession();
    const decision = decisionBy('d1');
    await store().giveUp(reservationOf(session, { decision }));
    const other = reservationOf(session, { decision, actionId: '2/1' });
    expect(await store().reserve(other)).toEqual(SPENT);
    expect(await store().giveUp(other)).toMatchObject({ state: 'fenced' });
  });

  test('H12: giving up and starting at once end in one truth', async () => {
    for (let round = 0; round < 25; round += 1) {
      const reservation = reservationOf(newSession());
      await store().reserve(reservation);
      const [started, given] = await inTurn(round, {
        first: () => store().move(keyOf(reservation), { to: 'started' }),
        second: () => store().giveUp(reservation),
      });
      expect(given.state).toBe(started === undefined ? 'fenced' : 'unknown');
      expect(await store().entry(keyOf(reservation))).toEqual(given);
    }
  });

  test('H12: giving up and reserving at once end in one truth', async () => {
    for (let round = 0; round < 25; round += 1) {
      const reservation = reservationOf(newSession());
      const [answer, given] = await inTurn(round, {
        first: () => store().reserve(reservation),
        second: () => store().giveUp(reservation),
      });
      expect(given.state).toBe('fenced');
      expect([GO, FENCED]).toContainEqual(answer);
      expect(await store().move(keyOf(reservation), { to: 'started' })).toBeUndefined();
    }
  });

  test('H7: a paused session lets nothing start, and says what already happened', async () => {
    const session = newSession();
    const done = reservationOf(session, { actionId: '1/1' });
    const reserved = reservationOf(session, { actionId: '1/2' });
    const decision = decisionBy('d1');
    const evidence = chainOf(session, { length: 1 });
    const fresh = reservationOf(session, { actionId: '1/3', decision, evidence });
    await entryIn(store(), 'done', done);
    await store().reserve(reserved);

    await store().setPaused(session, true);
    await store().setPaused(session, true);
    expect(await store().reserve(fresh)).toEqual(PAUSED);
    expect(await store().reserve(reserved)).toEqual(PAUSED);
    expect(await store().reserve(done)).toMatchObject({ status: 'done' });
    expect(await store().entry(keyOf(fresh))).toBeUndefined();
    expect(await store().events(session)).toHaveLength(1);
    expect(await store().reserve(reservationOf(newSession(session.sessionId)))).toEqual(GO);

    await store().setPaused(session, false);
    expect(await store().reserve(fresh)).toEqual(GO);
    expect(await store().reserve(reserved)).toEqual(GO);
  });

  test('H7: once the pause is set, no reservation goes that asks afterwards', async () => {
    const session = newSession();
    const early = Array.from({ length: 20 }, (_, n) =>
      store().reserve(reservationOf(session, { actionId: `early/${n}` })),
    );
    await store().setPaused(session, true);
    const late = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        store().reserve(reservationOf(session, { actionId: `late/${n}` })),
      ),
    );
    expect(late).toEqual(times(20, PAUSED));
    for (const answer of await Promise.all(early)) expect([GO, PAUSED]).toContainEqual(answer);
  });

  test('H12: a random crowd on one action starts it at most once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const reservation = reservationOf(newSession());
      const starts = await Promise.all(
        Array.from({ length: 12 }, (_, n) => crowd(store(), reservation, (n * 7 + round) % 4)),
      );
      expect(starts.filter((started) => started).length).toBeLessThanOrEqual(1);
    }
  });
}

/** One of a crowd: most try to execute, one in four gives up. Says whether it started the action. */
async function crowd(
  store: EvidenceStore,
  reservation: Reservation,
  kind: number,
): Promise<boolean> {
  if (kind === 0) {
    await store.giveUp(reservation);
    return false;
  }
  const answer = await store.reserve(reservation);
  if (answer.status !== 'go') return false;
  const started = await store.move(keyOf(reservation), { to: 'started' });
  if (started === undefined) return false;
  await store.move(keyOf(reservation), { to: 'done', result: kind });
  return true;
}

function times<T>(count: number, value: T): readonly T[] {
  return Array.from({ length: count }, () => value);
}

/** Both at once, every other round in the other order. */
function inTurn<A, B>(
  round: number,
  calls: { readonly first: () => Promise<A>; readonly second: () => Promise<B> },
): Promise<[A, B]> {
  if (round % 2 === 0) return Promise.all([calls.first(), calls.second()]);
  const second = calls.second();
  return Promise.all([calls.first(), second]);
}
