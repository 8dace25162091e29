/**
 * Server-sent events to one browser. What it does not take in time is not kept for it: a slow one is told to read anew,
 * and let go. So a connection costs the same whatever happens meanwhile.
 */
import { SECOND_MS } from '../../domain/limits.ts';

const HEARTBEAT_MS = 15 * SECOND_MS;
/** A browser that has so much before it reads no more. */
const QUEUE_EVENTS_MAX = 64;
const QUEUE_CHARACTERS_MAX = 512 * 1024;
/** One that was let go, and still does not take its last word, is cut off. */
const LAST_WORD_MS = 10 * SECOND_MS;
/** How soon it comes back. */
const RETRY_MS = 1_000;

export function eventText(name: string, data: unknown, id?: string): string {
  const head = id === undefined ? '' : `id: ${id}\n`;
  return `${head}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What a stream is written with, from outside. */
export interface EventSink {
  /** Queues a text of {@link eventText}; after the end it does nothing. */
  readonly write: (text: string) => void;
  /** Ends it when what is queued was taken. */
  readonly end: () => void;
}

export interface EventStreamOptions {
  /** Called once; what it returns is called when the stream has ended, for whatever reason. */
  readonly open: (sink: EventSink) => () => void;
  /** Ends it: the gateway closes, the login is over. */
  readonly signal: AbortSignal;
}

/** The answer. */
export function eventStream({ open, signal }: EventStreamOptions): Response {
  const queue = new EventQueue();
  let close = (): void => undefined;
  let isOver = false;
  const encoder = new TextEncoder();
  const heartbeat = setInterval(() => queue.write(': still here\n\n'), HEARTBEAT_MS);
  const end = (): void => queue.end();
  const over = (): void => {
    if (isOver) return;
    isOver = true;
    clearInterval(heartbeat);
    signal.removeEventListener('abort', end);
    queue.stop();
    close();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        queue.onCut = () => {
          over();
          controller.error(new Error('It takes nothing any more'));
        };
        queue.write(`retry: ${RETRY_MS}\n\n`);
        signal.addEventListener('abort', end, { once: true });
        if (signal.aborted) end();
        close = open({ write: (text) => queue.write(text), end });
        if (isOver) close();
      },
      pull: async (controller) => {
        const text = await queue.take();
        if (text !== undefined) controller.enqueue(encoder.encode(text));
        else if (!isOver) {
          over();
          controller.close();
        }
      },
      cancel: over,
    },
    // Nothing is taken before the browser's connection has room for it.
    { highWaterMark: 0 },
  );
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' },
  });
}

/** Texts on their way to one reader: bounded, and the reader waits for them. */
class EventQueue {
  #texts: string[] = [];
  #characters = 0;
  #isEnded = false;
  #wake: (() => void) | undefined;
  #cutTimer: NodeJS.Timeout | undefined;
  onCut: () => void = () => undefined;

  write(text: string): void {
    if (this.#isEnded) return;
    this.#texts.push(text);
    this.#characters += text.length;
    if (this.#texts.length > QUEUE_EVENTS_MAX || this.#characters > QUEUE_CHARACTERS_MAX) {
      this.#texts = [eventText('reload', { why: 'slow' })];
      this.end();
    }
    this.#wake?.();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#cutTimer = setTimeout(() => this.onCut(), LAST_WORD_MS);
    this.#wake?.();
  }

  stop(): void {
    this.#isEnded = true;
    this.#texts = [];
    clearTimeout(this.#cutTimer);
    this.#wake?.();
  }

  /** All that waits, as one; undefined: it is the end. */
  async take(): Promise<string | undefined> {
    while (this.#texts.length === 0) {
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const text = this.#texts.join('');
    this.#texts = [];
    this.#characters = 0;
    return text;
  }
}
