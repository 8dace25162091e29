/** A budget for what a stranger can cause: so many at once, then one at a time. Total, and small enough to be carried. */
export interface Tries {
  readonly count: number;
  readonly lastAt: number;
}

export interface TriesLimit {
  readonly max: number;
  /** Beyond it, one in so long. */
  readonly againAfterMs: number;
}

/** One try more; undefined: not now. */
export function oneMore(
  tries: Tries | undefined,
  limit: TriesLimit,
  now: number,
): Tries | undefined {
  const { count, lastAt } = tries ?? { count: 0, lastAt: now };
  const mayTry = count < limit.max || now - lastAt >= limit.againAfterMs;
  return mayTry ? { count: count + 1, lastAt: now } : undefined;
}
