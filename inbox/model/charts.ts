/** The figures of the overview as rows of charts: numbers in, lengths out. What is drawn also stands in a table. */
import type { Figures, Overview } from '../../gateway/api/overview.ts';

export interface BarPart {
  readonly name: string;
  readonly value: number;
}

export interface BarRow {
  readonly name: string;
  readonly parts: readonly BarPart[];
}

export const AGES = [
  ['under5Min', 'under 5 min'],
  ['under1Hour', 'under 1 h'],
  ['under1Day', 'under 1 d'],
  ['over1Day', 'over 1 d'],
] as const;

export function openRows({ open }: Overview): readonly BarRow[] {
  return open.byTier.map(({ tier, ages }) => ({
    name: tier,
    parts: AGES.map(([key, name]) => ({ name, value: ages[key] })),
  }));
}

type DayFigures = NonNullable<Overview['figures']>['byDay'][number];

export const ENDS = ['approved', 'modified', 'rejected', 'expired', 'withdrawn'] as const;

export function endRows(days: readonly DayFigures[]): readonly BarRow[] {
  return days.map((figures) => ({
    name: figures.day,
    parts: ENDS.map((name) => ({ name, value: figures[name] })),
  }));
}

export const QUANTILES = ['p50', 'p90', 'p99'] as const;

export function responseRows(
  tiers: readonly ({ readonly tier: string } & Figures)[],
): readonly { readonly name: string; readonly ms: NonNullable<Figures['responseMs']> }[] {
  return tiers.flatMap(({ tier, responseMs }) =>
    responseMs === null ? [] : [{ name: tier, ms: responseMs }],
  );
}

export interface Placed extends BarPart {
  readonly x: number;
  readonly width: number;
}

/** Parts side by side, `most` being the whole width of 100. */
export function stacked(parts: readonly BarPart[], most: number): readonly Placed[] {
  let x = 0;
  return parts.map((part) => {
    const width = most === 0 ? 0 : (part.value / most) * 100;
    const placed = { ...part, x, width };
    x += width;
    return placed;
  });
}

export function sumOf(parts: readonly BarPart[]): number {
  return parts.reduce((sum, { value }) => sum + value, 0);
}

/** Where a time stands on a scale of decades from 1 s to 1 d, 0 to 100: answers take seconds or hours. */
export function logPlace(ms: number): number {
  const [least, most] = [1_000, 86_400_000];
  const bounded = Math.min(most, Math.max(least, ms));
  return (Math.log(bounded / least) / Math.log(most / least)) * 100;
}
