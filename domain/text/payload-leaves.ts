/**
 * A payload as a person reads it: every leaf on a line of its own, named by its JSON Pointer, as JSON. Nothing that a
 * leaf holds gets out of its line. A surface may shorten a long leaf, and says how much is missing; it never leaves one
 * out without saying so.
 */
import { type Decoded, decodedIn, inspectedLeaves, type Opacity } from './inspect.ts';
import type { Json } from './json.ts';
import { type JsonPath, pointerOf } from './json-leaves.ts';
import { shownText } from './shown-text.ts';
import { cutText } from './visible-text.ts';

export interface PayloadLeaf {
  /**
   * RFC 6901, up to 500 characters; then it ends with how much is missing. Made of names from outside: {@link leafLines}
   * shows it safely.
   */
  readonly pointer: string;
  /** Its JSON on one line, with what can't be seen and what passes for something else marked. */
  readonly text: string;
  /** Characters of its JSON, of which `text` may be a part. */
  readonly length: number;
  /** Of its pointer, its text or what it holds something is missing, and it says how much. */
  readonly isCut?: true;
  /** Why nobody can read it. */
  readonly uninspectable?: Opacity;
  /** What a string holds, read one level further; shortened alike. */
  readonly decoded?: readonly Decoded[];
}

/** Of a pointer: thousands of leaves may stand under one name that is as long as a payload may be. */
const POINTER_CHARACTERS_MAX = 500;

/** Every leaf in canonical order. `charactersMax`: of one leaf; left out: in full. Total: any JSON, of any depth. */
export function payloadLeaves(payload: Json, charactersMax = Infinity): readonly PayloadLeaf[] {
  return foundLeaves(payload, Infinity).found.map((leaf) => shownLeaf(leaf, charactersMax));
}

/** A leaf before it is shown: its JSON, and what was found out about it. */
interface FoundLeaf {
  readonly path: JsonPath | undefined;
  readonly json: string;
  readonly opacity: Opacity | undefined;
  readonly decoded: readonly Decoded[];
}

interface FoundLeaves {
  readonly found: readonly FoundLeaf[];
  readonly leavesMore: number;
}

function foundLeaves(payload: Json, leavesMax: number): FoundLeaves {
  const found: FoundLeaf[] = [];
  let leavesMore = 0;
  for (const { path, value, opacity } of inspectedLeaves(payload)) {
    if (found.length >= leavesMax) {
      leavesMore += 1;
      continue;
    }
    const decoded = typeof value === 'string' ? decodedIn(value) : [];
    found.push({ path, json: JSON.stringify(value), opacity, decoded });
  }
  return { found, leavesMore };
}

function shownLeaf(
  { path, json, opacity, decoded }: FoundLeaf,
  charactersMax: number,
): PayloadLeaf {
  const pointerMax = Math.min(charactersMax, POINTER_CHARACTERS_MAX);
  const isCut =
    (path?.length ?? 0) > pointerMax ||
    [json, ...decoded.map(({ text }) => text)].some((text) => text.length > charactersMax);
  return {
    pointer: pointerOf(path, pointerMax),
    text: shownText(cutText(json, charactersMax)),
    length: json.length,
    ...(isCut ? { isCut } : {}),
    ...(opacity === undefined ? {} : { uninspectable: opacity }),
    ...(decoded.length === 0
      ? {}
      : {
          decoded: decoded.map(({ from, text }) => ({
            from,
            text: shownText(JSON.stringify(cutText(text, charactersMax))),
          })),
        }),
  };
}

/** Names that stand as they are; every other one stands in quotes. */
const PLAIN_POINTER = /^(?:\/[\w.@~-]+)+$/;

const WHY: Readonly<Record<Opacity, string>> = {
  encoded: 'encoded, and it decodes to no text',
  encrypted: 'encrypted',
  invisible: 'written with characters that nobody sees',
};

/** Why a leaf is uninspectable, in words. */
export function opacityText(opacity: Opacity): string {
  return WHY[opacity];
}

/** A pointer where text stands around it. */
export function pointerText(pointer: string): string {
  return PLAIN_POINTER.test(pointer) ? pointer : shownText(JSON.stringify(pointer));
}

/** The lines of one leaf, the same on every surface. Those after the first are indented, which no leaf can imitate. */
export function leafLines(leaf: PayloadLeaf): readonly string[] {
  const { pointer, text, uninspectable, decoded = [] } = leaf;
  return [
    `${pointerText(pointer)} = ${text}`,
    ...(uninspectable === undefined
      ? []
      : [`    UNINSPECTABLE: ${opacityText(uninspectable)}. Nobody can read what it holds.`]),
    ...decoded.map(({ from, text: inner }) => `    read as ${from}: ${inner}`),
  ];
}

/** Below it a leaf says too little: then fewer leaves are shown. */
const SHORTEST = 24;

/** A leaf takes four characters at least. */
const LEAF_CHARACTERS_MIN = 4;

export interface FittingPayload {
  readonly lines: readonly string[];
  /** A leaf is shortened, or left out. */
  readonly isShortened: boolean;
}

/** As much as fits into `charactersMax`: every leaf, each shortened as little as that takes; only then fewer leaves. */
export function fittingPayload(payload: Json, charactersMax: number): FittingPayload {
  const leaves = foundLeaves(payload, charactersMax / LEAF_CHARACTERS_MIN);
  const fitting = leaves.leavesMore === 0 ? longestFit(leaves, charactersMax) : undefined;
  return fitting ?? firstLeaves(leaves, charactersMax);
}

/** All leaves, each as long as may be. Undefined: there are too many. */
function longestFit({ found }: FoundLeaves, charactersMax: number): FittingPayload | undefined {
  const whole = linesWithin(found, charactersMax);
  if (sizeOf(whole.lines) <= charactersMax) return whole;
  let [fits, tooLong] = [SHORTEST, charactersMax];
  let best = linesWithin(found, fits);
  if (sizeOf(best.lines) > charactersMax) return undefined;
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    const tried = linesWithin(found, middle);
    if (sizeOf(tried.lines) <= charactersMax) [best, fits] = [tried, middle];
    else tooLong = middle;
  }
  return best;
}

function linesWithin(found: readonly FoundLeaf[], leafMax: number): FittingPayload {
  const leaves = found.map((leaf) => shownLeaf(leaf, leafMax));
  return {
    lines: leaves.flatMap((leaf) => leafLines(leaf)),
    isShortened: leaves.some((leaf) => leaf.isCut === true),
  };
}

/** For the line that counts what is left out. */
const COUNT_CHARACTERS = 60;

function firstLeaves({ found, leavesMore }: FoundLeaves, charactersMax: number): FittingPayload {
  const lines: string[] = [];
  for (const [index, leaf] of found.entries()) {
    const next = leafLines(shownLeaf(leaf, SHORTEST));
    if (sizeOf([...lines, ...next]) > charactersMax - COUNT_CHARACTERS) {
      lines.push(`    AND ${found.length - index + leavesMore} MORE LEAVES, NOT SHOWN HERE.`);
      break;
    }
    lines.push(...next);
  }
  return { lines, isShortened: true };
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((size, line) => size + line.length + 1, 0);
}
