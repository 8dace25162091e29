/** How long a request wants to wait for an outcome: `?wait=30` (or `30s`), or `Prefer: wait=30` (RFC 7240). */
import type { Context } from 'hono';
import { SECOND_MS, WAIT_MAX_MS } from '../domain/limits.ts';
import { Problem } from './problem.ts';

/** ms, at most a minute. What is wrong in the address is a problem; a preference that can't be read is none. */
export function waitMsOf(context: Context): number {
  const asked = context.req.query('wait');
  if (asked !== undefined) {
    const seconds = /^(\d{1,6})s?$/.exec(asked)?.[1];
    if (seconds === undefined) {
      throw new Problem('MALFORMED', 'wait is a number of seconds, as in ?wait=30');
    }
    return bounded(seconds);
  }
  const preferred = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(
    context.req.header('prefer') ?? '',
  );
  if (preferred?.[1] === undefined) return 0;
  const waitMs = bounded(preferred[1]);
  context.header('preference-applied', `wait=${waitMs / SECOND_MS}`);
  return waitMs;
}

function bounded(seconds: string): number {
  return Math.min(Number(seconds) * SECOND_MS, WAIT_MAX_MS);
}
