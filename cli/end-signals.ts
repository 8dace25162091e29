/** How a process that serves is asked to end: once to finish what runs, twice to end at once. */
import { constants } from 'node:os';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Returns what forgets about it. */
export function onEndSignals(end: () => void): () => void {
  let isEnding = false;
  const onSignal = (signal: (typeof SIGNALS)[number]): void => {
    // Whoever asks twice does not want to wait: what runs is left to its timeouts, as after a crash.
    if (isEnding) process.exit(128 + constants.signals[signal]);
    isEnding = true;
    end();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
}
