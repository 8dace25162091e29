/** Receives one line for a person to read: what a long step does, and how far it is. */
export type Progress = (line: string) => void;

const ANNOUNCE_EVERY_MS = 10_000;

/** Announces `step`, and every ten seconds that it still runs, until `work` settles. */
export async function announced<T>(
  options: { progress: Progress; step: string; detail?: () => string },
  work: () => Promise<T>,
): Promise<T> {
  const { progress, step, detail } = options;
  const startedAtMs = Date.now();
  progress(step);
  const timer = setInterval(() => {
    const extra = detail === undefined ? '' : `, ${detail()}`;
    progress(`${step}: ${secondsSince(startedAtMs)} s so far${extra}`);
  }, ANNOUNCE_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

export function secondsSince(startedAtMs: number): string {
  const seconds = (Date.now() - startedAtMs) / 1000;
  return seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0);
}
