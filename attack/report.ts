/** What the attacks came to, for people and as one line of JSON. */
import type { Extent, Family, Tally } from './family.ts';

export interface Outcome {
  readonly family: Family;
  readonly tally: Tally;
  readonly minimum: number;
  readonly tookMs: number;
}

const WIDTHS = [14, 9, 9, 12, 8] as const;

function row(...cells: readonly string[]): string {
  return cells.map((cell, index) => cell.padEnd(WIDTHS[index] ?? 0)).join(' ');
}

export const TITLES = row('family', 'tried', 'refused', 'got through', 's', 'of');

export function lineOf({ family, tally, minimum, tookMs }: Outcome): string {
  const { tried, refused, gotThrough } = tally;
  const few = tried < minimum ? `  FEWER THAN ${minimum}` : '';
  const seconds = (tookMs / 1_000).toFixed(1);
  const numbers = [tried, refused, gotThrough.length].map(String);
  return `${row(family.name, ...numbers, seconds, family.counts)}${few}`;
}

/** `isHeld`: nothing got through, and each family tried as much as it has to. */
export function lastLine(
  outcomes: readonly Outcome[],
  extent: Extent,
): { readonly line: string; readonly isHeld: boolean } {
  const isHeld = outcomes.every(
    ({ tally, minimum }) => tally.gotThrough.length === 0 && tally.tried >= minimum,
  );
  const families = Object.fromEntries(
    outcomes.map(({ family, tally, minimum, tookMs }) => {
      const { tried, refused, gotThrough, numbers } = tally;
      return [family.name, { tried, refused, gotThrough, minimum, tookMs, ...numbers }];
    }),
  );
  const sum = (of: (tally: Tally) => number): number =>
    outcomes.reduce((total, { tally }) => total + of(tally), 0);
  const tried = sum((tally) => tally.tried);
  const refused = sum((tally) => tally.refused);
  return { line: JSON.stringify({ extent, isHeld, tried, refused, families }), isHeld };
}
