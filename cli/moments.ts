/** Moments and lengths of time as people type them: `2h`, `30m`, or a moment by ISO 8601. */
import { InvalidArgumentError } from 'commander';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../domain/limits.ts';
import { isInstant } from '../domain/text/reading.ts';

const UNITS_MS = { s: SECOND_MS, m: MINUTE_MS, h: HOUR_MS, d: DAY_MS } as const;

/** `90s`, `30m`, `2h`, `7d`. Throws what the command line shows as a wrong argument. */
export function lengthMs(text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === '' || Number(count) === 0) {
    throw new InvalidArgumentError('It has to be a length of time such as 90s, 30m, 2h or 7d.');
  }
  return Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
}

/** An ISO 8601 instant as it stands, or that long from now. */
export function moment(text: string): string {
  if (isInstant(text)) return text;
  try {
    return new Date(Date.now() + lengthMs(text)).toISOString();
  } catch {
    throw new InvalidArgumentError(
      'It has to be a moment such as 2026-11-23T09:30:00Z, or a length of time from now such as 30m, 2h or 7d.',
    );
  }
}
