/** Prints how long the store takes here. Nothing is asserted of the times: they belong to the machine. */
import { expect, test } from 'vitest';
import type { Opened } from './conformance.ts';
import { chainOf, decisionBy, keyOf, newSession, reservationOf, sliceOf } from './samples.ts';

const CALLS = 200;

export function measurement(name: string, store: Opened): void {
  test('of appends, reservations and moves is printed', async () => {
    const session = newSession();
    const events = chainOf(session, { length: 2 * CALLS });
    const reservations = Array.from({ length: CALLS }, (_, n) =>
      reservationOf(session, {
        actionId: `1/${n}`,
        decision: decisionBy(`d${n}`),
        evidence: events.slice(CALLS + n, CALLS + n + 1),
      }),
    );
    const lines = [
      await timed('append one event', (n) =>
        store().append(sliceOf(session, events.slice(n, n + 1)), 'run-1'),
      ),
      await timed('reserve, with one event and a decision', (n) =>
        store().reserve(reservations[n] ?? reservationOf(session)),
      ),
      await timed('move to started', (n) =>
        store().move(keyOf(reservations[n] ?? reservationOf(session)), { to: 'started' }),
      ),
      await timed('read 400 events', () => store().events(session), 20),
    ];
    console.info(`${name}: ${lines.join(' · ')}`);
    expect(await store().entriesOf(session)).toHaveLength(CALLS);
    expect(await store().events(session)).toHaveLength(2 * CALLS);
  });
}

async function timed(
  what: string,
  call: (n: number) => Promise<unknown>,
  calls = CALLS,
): Promise<string> {
  const times: number[] = [];
  for (let n = 0; n < calls; n += 1) {
    const from = performance.now();
    await call(n);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(share * (calls - 1))] ?? 0).toFixed(2);
  return `${what} ${at(0.5)} ms (p99 ${at(0.99)})`;
}
