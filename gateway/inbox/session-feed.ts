/**
 * That something happened in a session, for those who look at it: one look at each watched session for all of them, every
 * half second, at the length of its history. No worker is asked, and nothing of what happened is in it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HoldpointClient } from '../../client/holdpoint-client.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { type EventSink, eventText } from './event-stream.ts';
import { type InboxParts, sessionIdOf } from './parts.ts';

const LOOK_EVERY_MS = 500;
const AGAIN_AFTER_MS = 1_000;

export class SessionFeed {
  readonly #holdpoint: HoldpointClient;
  readonly #watched = new Map<string, Set<EventSink>>();

  constructor(holdpoint: HoldpointClient) {
    this.#holdpoint = holdpoint;
  }

  /** Sessions that are looked at. */
  get watched(): number {
    return this.#watched.size;
  }

  watch(sessionId: string, sink: EventSink): () => void {
    const known = this.#watched.get(sessionId);
    const sinks = known ?? new Set<EventSink>();
    sinks.add(sink);
    sink.write(eventText('hello', { at: Date.now() }));
    if (known === undefined) {
      this.#watched.set(sessionId, sinks);
      void this.#look(sessionId, sinks);
    }
    return () => void sinks.delete(sink);
  }

  async #look(sessionId: string, sinks: ReadonlySet<EventSink>): Promise<void> {
    const tell = (name: string, data: unknown): void => {
      for (const { write } of sinks) write(eventText(name, data));
    };
    let last: string | undefined;
    let isReachable = true;
    while (sinks.size > 0) {
      try {
        const mark = await this.#holdpoint.sessions.mark(sessionId);
        if (!isReachable) tell('unreachable', { unreachable: false });
        isReachable = true;
        if (last !== undefined && mark.text !== last) tell('changed', { at: Date.now() });
        last = mark.text;
        if (!mark.isRunning) {
          tell('ended', { at: Date.now() });
          for (const { end } of sinks) end();
          break;
        }
        await delay(LOOK_EVERY_MS);
      } catch {
        if (isReachable) tell('unreachable', { unreachable: true });
        isReachable = false;
        await delay(AGAIN_AFTER_MS);
      }
    }
    this.#watched.delete(sessionId);
  }
}

export async function streamSession(
  { holdpoint, streams }: InboxParts,
  feed: SessionFeed,
  context: GatewayContext,
): Promise<Response> {
  const caller = context.get('caller');
  const sessionId = sessionIdOf(context);
  if ((await holdpoint.sessions.find(sessionId)) === undefined) {
    throw new Problem('NOT_FOUND', 'There is no session of this id.');
  }
  const until = caller.login?.expiresAt;
  return streams.answer(caller, {
    ...(until === undefined ? {} : { until }),
    open: (sink) => feed.watch(sessionId, sink),
  });
}
