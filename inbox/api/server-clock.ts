/** The server's time, ticking once a second for whatever counts down. */
import { type Exchange, nextReading, NO_READING } from '../model/clock.ts';

export interface ServerClock {
  readonly now: () => number;
  readonly exchanged: (exchange: Exchange) => void;
  /** Called each second while somebody listens. */
  readonly subscribe: (tick: () => void) => () => void;
}

const TICK_MS = 1_000;

export function createServerClock(): ServerClock {
  let reading = NO_READING;
  const ticks = new Set<() => void>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const tick = (): void => {
    for (const one of ticks) one();
  };
  return {
    now: () => Date.now() + reading.offsetMs,
    exchanged: (exchange) => {
      reading = nextReading(reading, exchange);
    },
    subscribe: (one) => {
      ticks.add(one);
      timer ??= setInterval(tick, TICK_MS);
      return () => {
        ticks.delete(one);
        if (ticks.size > 0) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
