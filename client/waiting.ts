/** Waiting for what may take long: the end of a workflow. */
import type { Client } from '@temporalio/client';
import { isUnanswered } from './answers.ts';

export interface Patience {
  readonly waitMs: number;
  /** Ends the waiting before its time. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Undefined: not within its time. The bound is a cancellation, not a deadline of the call: within its last second the
 * server answers a long poll at once, with nothing, and the SDK asks again, some 400 times (seen with server 1.31).
 */
export async function whenDone<T>(
  client: Client,
  { waitMs, signal }: Patience,
  work: () => Promise<T>,
): Promise<T | undefined> {
  // The SDK would begin a call all the same, and nobody could end it.
  if (signal?.aborted === true) return undefined;
  const enough = new AbortController();
  // Between two calls the SDK does not look at the signal: so what waits is also let go here.
  let letGo: (nothing: undefined) => void = () => undefined;
  const givenUp = new Promise<undefined>((resolve) => {
    letGo = resolve;
  });
  const stop = (): void => {
    enough.abort();
    letGo(undefined);
  };
  const timer = setTimeout(stop, waitMs);
  signal?.addEventListener('abort', stop, { once: true });
  const done = client.withAbortSignal(enough.signal, work).catch((error: unknown) => {
    if (enough.signal.aborted || isUnanswered(error)) return undefined;
    throw error;
  });
  try {
    return await Promise.race([done, givenUp]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
