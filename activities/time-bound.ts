/**
 * Nothing an activity waits for may hang: every call to the world has a bound, ends when its activity is cancelled,
 * and its activity says meanwhile that it is alive (without a heartbeat no cancellation would reach it).
 */
import { CancelledFailure, type Context } from '@temporalio/activity';
import { SECOND_MS } from '../domain/limits.ts';

/** Well under the 10 s after which a worker counts as dead. */
export const HEARTBEAT_INTERVAL_MS = 3 * SECOND_MS;

export interface TimeBound {
  readonly timeoutMs: number;
  /** How long work may take to end by itself after it was told to stop. Default 0. */
  readonly graceMs?: number;
  /** The activity's cancellation. */
  readonly cancellation: AbortSignal;
  /** What the caller gets when time is up. */
  readonly timedOut: () => Error;
}

/**
 * Runs `work` with a signal that is aborted when time is up or the activity is cancelled. Work that then ends within
 * its grace is believed, whatever it says: what is known is better than what is not. Work that ignores the signal is
 * given up; that it may still be going on is for the caller to account for.
 */
export async function withinTime<T>(
  bound: TimeBound,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { cancellation, graceMs = 0 } = bound;
  const stop = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  let giveUp: (reason: unknown) => void = () => undefined;
  const givenUp = new Promise<never>((_resolve, reject) => {
    giveUp = reject;
  });
  const end = (reason: unknown): void => {
    if (stop.signal.aborted) return;
    stop.abort(reason);
    timers.push(setTimeout(() => giveUp(reason), graceMs));
  };
  const onCancel = (): void => end(cancellation.reason ?? new CancelledFailure('CANCELLED'));
  timers.push(setTimeout(() => end(bound.timedOut()), bound.timeoutMs));
  cancellation.addEventListener('abort', onCancel, { once: true });
  if (cancellation.aborted) onCancel();
  try {
    return await Promise.race([work(stop.signal), givenUp]);
  } catch (error) {
    throw isAbort(error) && stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    for (const timer of timers) clearTimeout(timer);
    cancellation.removeEventListener('abort', onCancel);
  }
}

/** What fetch and Node throw when a signal stops them. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError');
}

/** Says every few seconds that the activity is alive, as long as `work` runs. `beat` adds details for people. */
export async function whileAlive<T>(
  context: Context,
  work: (beat: (details?: unknown) => void) => Promise<T>,
): Promise<T> {
  let latest: unknown;
  let isRunning = true;
  const beat = (details?: unknown): void => {
    if (!isRunning) return;
    // A heartbeat replaces the one before it: the automatic ones repeat what the tool said last.
    if (details !== undefined) latest = details;
    context.heartbeat(latest);
  };
  const timer = setInterval(beat, HEARTBEAT_INTERVAL_MS);
  try {
    return await work(beat);
  } finally {
    isRunning = false;
    clearInterval(timer);
  }
}
