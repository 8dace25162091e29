/**
 * The server's time, as the browser can know it: deadlines go by the server's clock, and a reviewer's may be wrong. Of
 * the answers seen, the one that travelled fastest says best how far the two clocks are apart.
 */
export interface ClockReading {
  /** What to add to the browser's time, ms. */
  readonly offsetMs: number;
  /** How far off that may be: half of the way there and back. */
  readonly errorMs: number;
  /** By the browser's clock. */
  readonly takenAt: number;
}

export const NO_READING: ClockReading = { offsetMs: 0, errorMs: Infinity, takenAt: 0 };

/** After this long a worse reading is better than an old one: clocks drift, laptops sleep. */
const READING_FRESH_MS = 60_000;

export interface Exchange {
  readonly sentAt: number;
  readonly receivedAt: number;
  readonly serverAt: number;
}

export function nextReading(last: ClockReading, exchange: Exchange): ClockReading {
  const { sentAt, receivedAt, serverAt } = exchange;
  const errorMs = Math.max(0, receivedAt - sentAt) / 2;
  const isOld = receivedAt - last.takenAt > READING_FRESH_MS;
  if (errorMs > last.errorMs && !isOld) return last;
  return { offsetMs: serverAt - (sentAt + receivedAt) / 2, errorMs, takenAt: receivedAt };
}

type Urgency = 'none' | 'paused' | 'calm' | 'soon' | 'urgent' | 'over';

interface Countdown {
  readonly text: string;
  readonly urgency: Urgency;
}

const MINUTE_MS = 60_000;
const SOON_MS = 10 * MINUTE_MS;
const URGENT_MS = 2 * MINUTE_MS;

/** `now`: by the server's clock. */
export function countdownOf(
  gate: { readonly respondBy: number | null; readonly isPaused?: boolean | undefined },
  now: number,
): Countdown {
  const { respondBy } = gate;
  if (respondBy === null) return { text: 'no deadline', urgency: 'none' };
  const leftMs = respondBy - now;
  if (gate.isPaused === true) return { text: `${durationText(leftMs)}, paused`, urgency: 'paused' };
  if (leftMs <= 0) return { text: 'deadline passed', urgency: 'over' };
  const urgency = leftMs <= URGENT_MS ? 'urgent' : leftMs <= SOON_MS ? 'soon' : 'calm';
  return { text: `${durationText(leftMs)} left`, urgency };
}

/** Two units at most: `4 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. Seconds only under ten minutes. */
export function durationText(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return joined(minutes, 'min', seconds % 60, 's');
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return joined(hours, 'h', minutes % 60, 'min');
  return joined(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function joined(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

/** How long ago, for people: `just now`, `3 min ago`. */
export function agoText(at: number, now: number): string {
  const agoMs = now - at;
  return agoMs < 5_000 ? 'just now' : `${durationText(agoMs)} ago`;
}

/** `2026-11-23 09:30:12 UTC`: one form, whatever the reader's machine is set to. */
export function timeText(at: number): string {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return 'no time';
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
