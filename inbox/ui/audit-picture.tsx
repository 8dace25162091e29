/** The picture of a session, drawn as SVG by attributes alone. The table below it says the same to who can't see it. */
import { type ReactNode, useMemo, useState } from 'react';
import {
  moved,
  type Picture,
  type PictureBar,
  type PictureMark,
  pictureOf,
  type Scale,
  WHOLE,
  type Window,
  zoomed,
} from '../model/audit-picture.ts';
import type { TrailEntry } from '../model/trail.ts';
import { counted } from '../model/words.ts';
import { Button } from './button.tsx';

const WIDTH = 1_000;
const MARGIN = 12;
const LANE = 22;

export interface AuditPictureProps {
  readonly trail: readonly TrailEntry[];
  readonly chosen: number | undefined;
  readonly onChoose: (seq: number) => void;
}

export function AuditPicture({ trail, chosen, onChoose }: AuditPictureProps): ReactNode {
  const [scale, setScale] = useState<Scale>('time');
  const [window, setWindow] = useState<Window>(WHOLE);
  const picture = useMemo(() => pictureOf(trail, scale), [trail, scale]);
  const at = picture.marks.find(({ seq }) => seq === chosen)?.x ?? (window.from + window.to) / 2;
  const isWhole = window.to - window.from >= 1;
  return (
    <>
      <div className="picture-head">
        <h2>Picture</h2>
        <div className="buttons" role="group" aria-label="Picture">
          <Button look="quiet" isPressed={scale === 'time'} onPress={() => setScale('time')}>
            By time
          </Button>
          <Button look="quiet" isPressed={scale === 'order'} onPress={() => setScale('order')}>
            By order
          </Button>
          <Button look="quiet" onPress={() => setWindow(zoomed(window, at, 0.5))}>
            Zoom in
          </Button>
          <Button
            look="quiet"
            onPress={() => setWindow(zoomed(window, at, 2))}
            whyNot={isWhole ? 'All of it is shown.' : undefined}
            isWhyShown={false}
          >
            Zoom out
          </Button>
          <Button look="quiet" label="Earlier" onPress={() => setWindow(moved(window, -0.5))}>
            ←
          </Button>
          <Button look="quiet" label="Later" onPress={() => setWindow(moved(window, 0.5))}>
            →
          </Button>
        </div>
      </div>
      <div className="scroll" tabIndex={0} role="region" aria-label="Picture, to be scrolled">
        <svg
          className="picture"
          viewBox={`0 0 ${WIDTH} ${picture.lanes * LANE + MARGIN * 2}`}
          role="img"
          aria-label={`${counted(trail.length, 'event')} and ${counted(picture.bars.length, 'gate')} on a time line; the table of events below says the same.`}
        >
          <Lanes picture={picture} />
          <Drawn picture={picture} window={window} chosen={chosen} onChoose={onChoose} />
        </svg>
      </div>
      <Legend />
    </>
  );
}

function Lanes({ picture }: { readonly picture: Picture }): ReactNode {
  return Array.from({ length: picture.lanes }, (_, lane) => (
    <line
      key={lane}
      className="lane"
      x1={MARGIN}
      x2={WIDTH - MARGIN}
      y1={yOf(lane)}
      y2={yOf(lane)}
    />
  ));
}

function yOf(lane: number): number {
  return MARGIN + lane * LANE + LANE / 2;
}

interface DrawnProps {
  readonly picture: Picture;
  readonly window: Window;
  readonly chosen: number | undefined;
  readonly onChoose: (seq: number) => void;
}

function Drawn({ picture, window, chosen, onChoose }: DrawnProps): ReactNode {
  const width = window.to - window.from;
  const xOf = (place: number): number =>
    MARGIN + ((place - window.from) / width) * (WIDTH - 2 * MARGIN);
  const isSeen = (from: number, to: number): boolean => to >= window.from && from <= window.to;
  const bounded = (place: number): number => xOf(Math.min(window.to, Math.max(window.from, place)));
  return (
    <>
      {picture.pauses
        .filter(({ from, to }) => isSeen(from, to))
        .map(({ from, to, title }) => (
          <rect
            key={`${from}`}
            className="pause"
            x={bounded(from)}
            width={Math.max(2, bounded(to) - bounded(from))}
            y={MARGIN}
            height={picture.lanes * LANE}
          >
            <title>{title}</title>
          </rect>
        ))}
      {picture.bars
        .filter(({ from, to }) => isSeen(from, to))
        .map((bar) => (
          <Bar
            key={bar.seq}
            bar={bar}
            x={bounded(bar.from)}
            end={bounded(bar.to)}
            onChoose={onChoose}
          />
        ))}
      {picture.marks
        .filter(({ x }) => isSeen(x, x))
        .map((mark) => (
          <Mark
            key={mark.seq}
            mark={mark}
            x={xOf(mark.x)}
            isChosen={mark.seq === chosen}
            onChoose={onChoose}
          />
        ))}
    </>
  );
}

interface BarProps {
  readonly bar: PictureBar;
  readonly x: number;
  readonly end: number;
  readonly onChoose: (seq: number) => void;
}

function Bar({ bar, x, end, onChoose }: BarProps): ReactNode {
  return (
    <rect
      className={`gate-bar ${bar.tone} ${bar.isOpen ? 'open' : ''}`}
      x={x}
      width={Math.max(3, end - x)}
      y={yOf(bar.lane) - 6}
      height={12}
      rx={3}
      onClick={() => onChoose(bar.seq)}
    >
      <title>{bar.title}</title>
    </rect>
  );
}

interface MarkProps {
  readonly mark: PictureMark;
  readonly x: number;
  readonly isChosen: boolean;
  readonly onChoose: (seq: number) => void;
}

/** Each tone has its own shape. */
function Mark({ mark, x, isChosen, onChoose }: MarkProps): ReactNode {
  return (
    <path
      className={`event-mark ${mark.tone} ${isChosen ? 'chosen' : ''}`}
      d={SHAPES[mark.tone]}
      transform={`translate(${x} ${yOf(mark.lane)}) scale(${isChosen ? 1.6 : 1})`}
      onClick={() => onChoose(mark.seq)}
    >
      <title>{mark.title}</title>
    </path>
  );
}

const SHAPES: Readonly<Record<PictureMark['tone'], string>> = {
  good: 'M0-5A5 5 0 1 1 0 5 5 5 0 1 1 0-5z',
  bad: 'M-5-3-3-5 0-2 3-5 5-3 2 0 5 3 3 5 0 2-3 5-5 3-2 0z',
  warn: 'M0-6 6 5H-6z',
  plain: 'M-3-3H3V3H-3z',
  person: 'M0-6 6 0 0 6-6 0z',
};

const TONE_WORDS = [
  ['good', 'approved, executed'],
  ['bad', 'rejected, failed, refused'],
  ['warn', 'expired, escalated, paused'],
  ['person', 'people: votes, claims, orders'],
  ['plain', 'the machine'],
] as const;

function Legend(): ReactNode {
  return (
    <ul className="legend">
      {TONE_WORDS.map(([tone, words]) => (
        <li key={tone}>
          <svg viewBox="-7 -7 14 14" width="14" height="14" aria-hidden="true">
            <path className={`event-mark ${tone}`} d={SHAPES[tone]} />
          </svg>
          {words}
        </li>
      ))}
    </ul>
  );
}
