import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { IssuedKill, KillReply, KillScope, StoredKill } from '../../domain/action/kill.ts';
import { LEDGER_STATES, type LedgerMove } from '../../domain/action/ledger.ts';
import type { Opened } from './conformance.ts';
import {
  chainOf,
  decisionBy,
  entryIn,
  keyOf,
  MOVES,
  newSession,
  reservationOf,
  timeless,
} from './samples.ts';

const KILLED = { status: 'refused', code: 'KILLED' } as const;
const GO = { status: 'go' } as const;
const START: LedgerMove = { to: 'started' };

let ordered = Date.now();

/** Each is ordered after the one before. */
export function orderOf(
  verb: 'kill' | 'lift',
  scope: KillScope,
  change: Partial<Pick<IssuedKill, 'orderId' | 'orderedAt' | 'reason'>> = {},
): IssuedKill {
  ordered += 1;
  const orderId = `kill/${randomUUID()}/run`;
  const by = { operatorId: 'olga', reason: 'it deletes too much' };
  return { verb, ...scope, ...by, orderId, orderedAt: ordered, ...change };
}

export function killIn(reply: KillReply): StoredKill {
  if (reply.status !== 'stored') throw new Error(`The order was not stored: ${reply.message}`);
  return reply.order;
}

export function killBehaviour(store: Opened): void {
  const newAgent = (): string => `agent-${randomUUID()}`;
  const kill = async (scope: KillScope): Promise<StoredKill> =>
    killIn(await store().recordKill(orderOf('kill', scope)));
  const lift = async (scope: KillScope): Promise<StoredKill> =>
    killIn(await store().recordKill(orderOf('lift', scope)));

  test('H7: nothing of a killed agent starts, in any session, and its evidence is stored', async () => {
    const agentId = newAgent();
    const session = newSession();
    const reserved = reservationOf(session, { agentId, actionId: '1/1' });
    const evidence = chainOf(session, { length: 2 });
    const fresh = reservationOf(session, { agentId, actionId: '1/2', evidence });
    await store().reserve(reserved);

    await kill({ agentId });
    expect(await store().reserve(fresh)).toEqual(KILLED);
    expect(await store().reserve(reserved)).toEqual(KILLED);
    expect(await store().move(keyOf(reserved), START)).toBeUndefined();
    expect(await store().reserve(reservationOf(newSession(), { agentId }))).toEqual(KILLED);
    expect(await store().entry(keyOf(fresh))).toBeUndefined();
    expect(await store().entry(keyOf(reserved))).toMatchObject({ state: 'reserved' });
    expect(await store().events(session)).toHaveLength(2);

    await lift({ agentId });
    expect(await store().reserve(fresh)).toEqual(GO);
    expect(await store().move(keyOf(reserved), START)).toMatchObject({ state: 'started' });
  });

  test('H7: the kill of one agent leaves others alone; that of all leaves none', async () => {
    const [one, other] = [newAgent(), newAgent()];
    const ask = async (agentId: string) =>
      store().reserve(reservationOf(newSession(), { agentId }));
    await kill({ agentId: one });
    expect([await ask(one), await ask(other)]).toEqual([KILLED, GO]);
    await kill({ all: true });
    expect([await ask(one), await ask(other)]).toEqual([KILLED, KILLED]);
    await lift({ agentId: one });
    expect([await ask(one), await ask(other)]).toEqual([KILLED, KILLED]);
    await kill({ agentId: one });
    await lift({ all: true });
    expect([await ask(one), await ask(other)]).toEqual([KILLED, GO]);
    await lift({ agentId: one });
    expect([await ask(one), await ask(other)]).toEqual([GO, GO]);
  });

  test('H7, H11: a kill hides nothing that happened, and does not call undone what had begun', async () => {
    const agentId = newAgent();
    for (const state of LEDGER_STATES) {
      for (const oneShot of [true, false]) {
        const reservation = reservationOf(newSession(), { agentId, oneShot });
        await entryIn(store(), state, reservation);
        const before = await store().reserve(reservation);
        await kill({ agentId });
        const begun = state === 'started' ? { status: 'unknown' } : KILLED;
        const expected = before.status === 'go' ? begun : before;
        expect(await store().reserve(reservation)).toEqual(expected);
        await lift({ agentId });
      }
    }
  });

  test('H7: what runs reports under a kill as ever, and no move starts anything', async () => {
    const agentId = newAgent();
    for (const state of LEDGER_STATES) {
      for (const move of MOVES) {
        const killed = reservationOf(newSession(), { agentId, oneShot: false });
        const free = reservationOf(newSession(), { agentId: newAgent(), oneShot: false });
        for (const each of [killed, free]) await entryIn(store(), state, each);
        await kill({ agentId });
        const moved = await store().move(keyOf(killed), move);
        const freely = await store().move(keyOf(free), move);
        const isStart = move.to === 'started';
        expect(timeless(moved)?.state).toBe(isStart ? undefined : timeless(freely)?.state);
        await lift({ agentId });
      }
    }
  });

  test('H7: a kill goes before a spent decision and a pause: no person is asked, nothing is tried again', async () => {
    const agentId = newAgent();
    const session = newSession();
    const decision = decisionBy('d1');
    await store().reserve(reservationOf(session, { agentId, decision }));
    const second = reservationOf(session, { agentId, decision, actionId: '2/1' });
    expect(await store().reserve(second)).toMatchObject({ code: 'CONSENT_SPENT' });
    await store().setPaused(session, true);
    await kill({ agentId });
    expect(await store().reserve(second)).toEqual(KILLED);
    await lift({ agentId });
    expect(await store().reserve(second)).toMatchObject({ code: 'CONSENT_SPENT' });
  });

  test('an order is stored once: sent again it is answered as it was, also after a lift', async () => {
    const agentId = newAgent();
    const order = orderOf('kill', { agentId });
    const first = killIn(await store().recordKill(order));
    expect(Math.abs(first.storedAt - Date.now())).toBeLessThan(60_000);
    expect(killIn(await store().recordKill(order))).toEqual(first);
    await lift({ agentId });
    expect(killIn(await store().recordKill({ ...order, reason: 'another' }))).toEqual(first);
    expect(await store().reserve(reservationOf(newSession(), { agentId }))).toEqual(GO);
  });

  test('H7: a lift that was ordered before the kill that stands is refused, and changes nothing', async () => {
    const agentId = newAgent();
    const old = orderOf('lift', { agentId });
    await kill({ agentId });
    expect(await store().recordKill(old)).toMatchObject(KILLED);
    expect(await store().reserve(reservationOf(newSession(), { agentId }))).toEqual(KILLED);
    await lift({ agentId });
    // Too old for the kill that stood, and there is none any more: it says what is so.
    expect(await store().recordKill(old)).toMatchObject({ status: 'stored' });
  });

  test('what stands is listed, that of all first, exactly as it was ordered', async () => {
    const agentId = `${newAgent()} \0 \\ \\u0000 \ud800`;
    const reason = 'it said: \0 \\ \ud800';
    const first = killIn(await store().recordKill(orderOf('kill', { agentId }, { reason })));
    expect(first).toMatchObject({ agentId, reason, verb: 'kill', operatorId: 'olga' });
    expect(await store().kills()).toEqual([first]);
    const again = await kill({ agentId });
    const reply = await store().recordKill(orderOf('kill', { all: true }));
    expect(reply).toMatchObject({ status: 'stored', inForce: 2 });
    expect(await store().kills()).toEqual([killIn(reply), again]);
    expect(await store().reserve(reservationOf(newSession(), { agentId }))).toEqual(KILLED);
    await lift({ all: true });
    expect(await store().recordKill(orderOf('lift', { agentId }))).toMatchObject({ inForce: 0 });
    expect(await store().kills()).toEqual([]);
  });

  test('H7: once a kill is stored nothing is reserved or started that asks afterwards, and what started had committed', async () => {
    for (const scope of [{ all: true } as const, { agentId: newAgent() }]) {
      const agentId = 'agentId' in scope ? scope.agentId : newAgent();
      const early = Array.from({ length: 30 }, async () => {
        const reservation = reservationOf(newSession(), { agentId });
        const answer = await store().reserve(reservation);
        await store().move(keyOf(reservation), START);
        return { reservation, answer };
      });
      const { storedAt } = await kill(scope);
      const late = await Promise.all(
        Array.from({ length: 10 }, () => store().reserve(reservationOf(newSession(), { agentId }))),
      );
      expect(late).toEqual(Array.from({ length: 10 }, () => KILLED));
      for (const { reservation, answer } of await Promise.all(early)) {
        expect([GO, KILLED]).toContainEqual(answer);
        const entry = await store().entry(keyOf(reservation));
        expect(entry?.movedAt ?? 0).toBeLessThanOrEqual(storedAt);
      }
      await lift(scope);
    }
  });

  test('H7: kills, lifts, pauses and starts at once wait for each other, never in a circle', async () => {
    const agentId = newAgent();
    const session = newSession();
    await Promise.all(
      Array.from({ length: 40 }, async (_, n) => {
        const reservation = reservationOf(session, { agentId, actionId: `1/${n % 5}` });
        if (n % 4 === 0) return store().recordKill(orderOf('kill', { agentId }));
        if (n % 4 === 1) return store().setPaused(session, false);
        if (n % 4 === 2) return store().recordKill(orderOf('lift', { agentId }));
        await store().reserve(reservation);
        return store().move(keyOf(reservation), START);
      }),
    );
    await lift({ agentId });
  });
}
