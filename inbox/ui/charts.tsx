/** Charts as SVG by attributes alone; behind each stands a table with the same numbers. */
import type { ReactNode } from 'react';
import { durationText } from '../model/clock.ts';
import { type BarRow, logPlace, stacked, sumOf } from '../model/charts.ts';
import { numberText } from '../model/words.ts';

export interface BarChartProps {
  readonly title: string;
  readonly rows: readonly BarRow[];
  readonly names: readonly string[];
  readonly empty: string;
  /** Which set of colours and patterns: by place in `names`. */
  readonly palette: 'age' | 'end';
}

export function BarChart({ title, rows, names, empty, palette }: BarChartProps): ReactNode {
  const most = Math.max(0, ...rows.map(({ parts }) => sumOf(parts)));
  if (most === 0) return <p className="empty">{empty}</p>;
  return (
    <figure className={`chart ${palette}`}>
      <Key names={names} />
      {rows.map((row) => (
        <div className="chart-row" key={row.name} aria-hidden="true">
          <span className="chart-name">{row.name}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none">
            {stacked(row.parts, most).map(({ name, x, width, value }, index) => (
              <rect key={name} className={`part-${index}`} x={x} width={width} y="0" height="10">
                <title>{`${row.name}, ${name}: ${value}`}</title>
              </rect>
            ))}
          </svg>
          <span className="chart-sum">{numberText(sumOf(row.parts))}</span>
        </div>
      ))}
      <ChartTable
        title={title}
        head={names}
        rows={rows.map(({ name, parts }) => ({
          name,
          cells: parts.map(({ value }) => numberText(value)),
        }))}
      />
    </figure>
  );
}

function Key({ names }: { readonly names: readonly string[] }): ReactNode {
  return (
    <ul className="legend" aria-hidden="true">
      {names.map((name, index) => (
        <li key={name}>
          <svg viewBox="0 0 10 10" width="12" height="12">
            <rect className={`part-${index}`} width="10" height="10" />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

export interface RangeChartProps {
  readonly title: string;
  readonly rows: readonly {
    readonly name: string;
    readonly ms: { readonly p50: number; readonly p90: number; readonly p99: number };
  }[];
  readonly names: readonly string[];
  readonly empty: string;
}

/** Decades from a second to a day. */
const SCALE_MS = [1_000, 10_000, 60_000, 600_000, 3_600_000, 21_600_000, 86_400_000];

export function RangeChart({ title, rows, names, empty }: RangeChartProps): ReactNode {
  if (rows.length === 0) return <p className="empty">{empty}</p>;
  return (
    <figure className="chart range">
      {rows.map(({ name, ms }) => (
        <div className="chart-row" key={name} aria-hidden="true">
          <span className="chart-name">{name}</span>
          <svg viewBox="0 0 100 10" preserveAspectRatio="none">
            {SCALE_MS.map((at) => (
              <line key={at} className="grid" x1={logPlace(at)} x2={logPlace(at)} y1="0" y2="10" />
            ))}
            <rect
              className="range-far"
              x={logPlace(ms.p50)}
              width={Math.max(0.5, logPlace(ms.p99) - logPlace(ms.p50))}
              y="3.5"
              height="3"
            />
            <rect
              className="range-near"
              x={logPlace(ms.p50)}
              width={Math.max(0.5, logPlace(ms.p90) - logPlace(ms.p50))}
              y="2.5"
              height="5"
            />
            <rect
              className="range-half"
              x={Math.max(0, logPlace(ms.p50) - 0.4)}
              width="0.8"
              y="0.5"
              height="9"
            />
          </svg>
          <span className="chart-sum">{durationText(ms.p50)}</span>
        </div>
      ))}
      <p className="hint" aria-hidden="true">
        Thick line: half; wide bar: 90 %; thin bar: 99 %. From 1 s to 1 d, each step about ten times
        as long.
      </p>
      <ChartTable
        title={title}
        head={names}
        rows={rows.map(({ name, ms }) => ({
          name,
          cells: [ms.p50, ms.p90, ms.p99].map(durationText),
        }))}
      />
    </figure>
  );
}

interface ChartTableProps {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly { readonly name: string; readonly cells: readonly string[] }[];
}

function ChartTable({ title, head, rows }: ChartTableProps): ReactNode {
  return (
    <details className="chart-table">
      <summary>{title}, as a table</summary>
      <div className="scroll" tabIndex={0} role="region" aria-label={title}>
        <table>
          <caption className="unseen">{title}</caption>
          <thead>
            <tr>
              <td />
              {head.map((name) => (
                <th scope="col" key={name}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, cells }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                {cells.map((cell, index) => (
                  <td key={index}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
