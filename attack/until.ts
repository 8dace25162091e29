/** Waits for a condition with a deadline. */
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 20;
const WITHIN_MS = 60_000;

/** The first value of `look` that is not undefined or false. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Not within ${WITHIN_MS} ms: ${what}`);
    await delay(POLL_MS);
  }
}
