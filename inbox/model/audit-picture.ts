/**
 * A session's trail as a picture: one lane for the session (starts, orders, pauses as bands), one for what ran, and a bar
 * for every gate from when it was presented to when it ended. Geometry only: numbers in, numbers out.
 */
import type { TrailEntry, TrailEvent } from './trail.ts';

export type Scale = 'time' | 'order';

export type Tone = 'good' | 'bad' | 'warn' | 'plain' | 'person';

export interface PictureMark {
  readonly seq: number;
  /** 0 to 1 of the whole. */
  readonly x: number;
  readonly lane: number;
  readonly tone: Tone;
  readonly title: string;
}

export interface PictureBar {
  readonly gateId: string;
  readonly seq: number;
  readonly from: number;
  readonly to: number;
  readonly lane: number;
  readonly tone: Tone;
  readonly title: string;
  readonly isOpen: boolean;
}

export interface Picture {
  readonly marks: readonly PictureMark[];
  readonly bars: readonly PictureBar[];
  readonly pauses: readonly {
    readonly from: number;
    readonly to: number;
    readonly title: string;
  }[];
  /** The first two are the session's and the actions'. */
  readonly lanes: number;
}

const SESSION_LANE = 0;
const ACTION_LANE = 1;
const GATE_LANE = 2;
/** Gates that overlap more than this share the last lane. */
const GATE_LANES_MAX = 12;

const TONES: Readonly<Record<string, Tone>> = {
  approved: 'good',
  modified: 'good',
  executed: 'good',
  auto_proceeded: 'plain',
  rejected: 'bad',
  failed: 'bad',
  effect_unknown: 'bad',
  expired: 'warn',
  withdrawn: 'warn',
  escalated: 'warn',
  reminded: 'warn',
  no_reviewer: 'bad',
  decision_refused: 'bad',
  message_refused: 'bad',
  cancelled: 'bad',
  paused: 'warn',
  voted: 'person',
  claimed: 'person',
  released: 'person',
  instructed: 'person',
  resumed: 'person',
};

const ENDS = new Set(['approved', 'modified', 'rejected', 'expired', 'withdrawn']);

export function toneOf(eventType: string): Tone {
  return TONES[eventType] ?? 'plain';
}

export function pictureOf(trail: readonly TrailEntry[], scale: Scale): Picture {
  const events = trail.map(({ event }) => event);
  const place = placing(events, scale);
  const bars = barsOf(events, place);
  const laneOf = new Map(bars.map((bar) => [bar.gateId, bar.lane]));
  const marks = events.map((event) => ({
    seq: event.seq,
    x: place(event),
    lane: laneFor(event, laneOf),
    tone: toneOf(event.eventType),
    title: titleOf(event),
  }));
  const lanes = Math.max(GATE_LANE, ...bars.map(({ lane }) => lane + 1));
  return { marks, bars, pauses: pausesOf(events, place), lanes };
}

type Place = (event: TrailEvent) => number;

function placing(events: readonly TrailEvent[], scale: Scale): Place {
  const index = new Map(events.map((event, at) => [event.seq, at]));
  const byOrder: Place = ({ seq }) =>
    events.length < 2 ? 0.5 : (index.get(seq) ?? 0) / (events.length - 1);
  const times = events.map(({ at }) => at);
  const [from, to] = [Math.min(...times), Math.max(...times)];
  return scale === 'order' || to <= from ? byOrder : ({ at }) => (at - from) / (to - from);
}

function laneFor(event: TrailEvent, laneOf: ReadonlyMap<string, number>): number {
  const gate = event.gateId === undefined ? undefined : laneOf.get(event.gateId);
  if (gate !== undefined && event.eventType !== 'executed') return gate;
  return event.actionType === 'session' ? SESSION_LANE : ACTION_LANE;
}

function titleOf({ seq, eventType, actionType, reviewerId }: TrailEvent): string {
  const who = reviewerId === undefined ? '' : ` by ${reviewerId}`;
  return `${seq}. ${eventType.replaceAll('_', ' ')}: ${actionType}${who}`;
}

/** Each gate in the first lane that is free where it begins. */
function barsOf(events: readonly TrailEvent[], place: Place): readonly PictureBar[] {
  const ended = new Map(
    events.filter(({ eventType }) => ENDS.has(eventType)).map((event) => [event.gateId, event]),
  );
  const freeFrom: number[] = [];
  return events
    .filter(({ eventType, gateId }) => eventType === 'gate_presented' && gateId !== undefined)
    .map((event) => {
      const end = ended.get(event.gateId);
      const [from, to] = [place(event), end === undefined ? 1 : place(end)];
      const free = freeFrom.findIndex((until) => until < from);
      const lane = free === -1 ? Math.min(freeFrom.length, GATE_LANES_MAX - 1) : free;
      freeFrom[lane] = to;
      return {
        gateId: event.gateId ?? '',
        seq: event.seq,
        from,
        to,
        lane: lane + GATE_LANE,
        tone: end === undefined ? 'plain' : toneOf(end.eventType),
        title: `${titleOf(event)}: ${end === undefined ? 'waits' : end.eventType}`,
        isOpen: end === undefined,
      };
    });
}

function pausesOf(events: readonly TrailEvent[], place: Place): Picture['pauses'] {
  const pauses: { from: number; to: number; title: string }[] = [];
  let open: TrailEvent | undefined;
  for (const event of events) {
    if (event.eventType === 'paused') open ??= event;
    const isEnd = ['resumed', 'cancelled', 'ended'].includes(event.eventType);
    if (open === undefined || !isEnd) continue;
    pauses.push({ from: place(open), to: place(event), title: titleOf(open) });
    open = undefined;
  }
  if (open !== undefined) pauses.push({ from: place(open), to: 1, title: titleOf(open) });
  return pauses;
}

/** The part of the whole that is looked at. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export const WHOLE: Window = { from: 0, to: 1 };
const NARROWEST = 0.005;

/** `factor` under 1 looks closer, around `at` (0 to 1 of the whole). */
export function zoomed({ from, to }: Window, at: number, factor: number): Window {
  const width = Math.min(1, Math.max(NARROWEST, (to - from) * factor));
  return placed(at - width / 2, width);
}

export function moved({ from, to }: Window, share: number): Window {
  const width = to - from;
  return placed(from + width * share, width);
}

function placed(from: number, width: number): Window {
  const start = Math.min(1 - width, Math.max(0, from));
  return { from: start, to: start + width };
}
