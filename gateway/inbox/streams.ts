/** How many streams of events may be open, in all and for one caller; and what ends one. */
import type { Caller } from '../caller.ts';
import { Problem } from '../problem.ts';
import { type EventSink, eventStream } from './event-stream.ts';

const STREAMS_MAX = 1_000;
const STREAMS_OF_ONE_MAX = 32;

export class Streams {
  readonly #closing: AbortSignal;
  readonly #open = new Map<string, number>();
  #count = 0;

  constructor(closing: AbortSignal) {
    this.#closing = closing;
  }

  get count(): number {
    return this.#count;
  }

  /** A stream for a caller, until it is over or their login is. Throws TOO_MANY_STREAMS. */
  answer(
    caller: Caller,
    { open, until }: { readonly open: (sink: EventSink) => () => void; readonly until?: number },
  ): Response {
    const key = `${caller.as} ${caller.subject}`;
    const own = this.#open.get(key) ?? 0;
    if (this.#count >= STREAMS_MAX || own >= STREAMS_OF_ONE_MAX) {
      throw new Problem('TOO_MANY_STREAMS', 'Close some of your pages, or try again in a moment.', {
        headers: { 'retry-after': '30' },
      });
    }
    this.#count += 1;
    this.#open.set(key, own + 1);
    const over = new AbortController();
    const abort = (): void => over.abort();
    this.#closing.addEventListener('abort', abort, { once: true });
    if (this.#closing.aborted) abort();
    const timer =
      until === undefined ? undefined : setTimeout(abort, Math.max(0, until - Date.now()));
    return eventStream({
      signal: over.signal,
      open: (sink) => {
        const close = open(sink);
        return () => {
          close();
          clearTimeout(timer);
          this.#closing.removeEventListener('abort', abort);
          this.#count -= 1;
          const left = (this.#open.get(key) ?? 1) - 1;
          if (left > 0) this.#open.set(key, left);
          else this.#open.delete(key);
        };
      },
    });
  }
}
