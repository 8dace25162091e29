/** Waits for a condition with a deadline: how tests synchronise, never by sleeping. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 15;

/** The first value of `look` that is not undefined or false. Fails, saying what was missing, after `withinMs`. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false> | T | undefined | false,
  withinMs = 20_000,
): Promise<T> {
  const deadlineMs = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadlineMs) throw new Error(`Not within ${withinMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}
