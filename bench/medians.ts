/** Numbers of several rounds, brought down to one each. */
import { type ContenderName, CONTENDERS } from './contenders.ts';

export type Pair = Readonly<Record<ContenderName, number>>;

/** What is printed of one quantity. */
export interface Comparison extends Pair {
  /** Holdpoint divided by hand-written: the median of the ratios of each round. */
  readonly ratio: number;
  /** Holdpoint less hand-written. */
  readonly more: number;
  /** The least and the largest ratio of a round, where there were several. */
  readonly range?: readonly [number, number];
}

export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1);
  const found = sorted[Math.max(0, at)];
  if (found === undefined) throw new Error('No numbers, no percentile');
  return found;
}

function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5);
}

/** Each round measured both, one after the other. */
export function compare(rounds: readonly Pair[]): Comparison {
  const [handWritten = 0, holdpoint = 0] = CONTENDERS.map((name) =>
    median(rounds.map((round) => round[name])),
  );
  const ratios = rounds.map((round) => round.holdpoint / round.handWritten);
  const ratio = rounded(median(ratios));
  const range = [rounded(Math.min(...ratios)), rounded(Math.max(...ratios))] as const;
  return {
    handWritten: rounded(handWritten),
    holdpoint: rounded(holdpoint),
    ratio,
    more: rounded(holdpoint - handWritten),
    ...(rounds.length > 1 && range[0] !== range[1] ? { range } : {}),
  };
}

function rounded(number: number): number {
  return Number(number.toPrecision(number >= 1_000 ? 6 : 3));
}
