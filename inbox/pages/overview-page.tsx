/** How the people keep up: what waits and for how long; how fast and how they decided. Each chart has its table. */
import { type ReactNode, useState } from 'react';
import type { Overview } from '../../gateway/api/overview.ts';
import { durationText } from '../model/clock.ts';
import { AGES, ENDS, endRows, openRows, QUANTILES, responseRows } from '../model/charts.ts';
import { counted, numberText, percentText, spaced } from '../model/words.ts';
import { BarChart, RangeChart } from '../ui/charts.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { useLoaded } from '../ui/use-loaded.ts';
import { Choice } from './queue-filters.tsx';

const LOOK_AGAIN_MS = 15_000;
const WINDOWS = [
  ['1', 'a day'],
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
] as const;

export function OverviewPage(): ReactNode {
  const [days, setDays] = useState('7');
  const { value, problem } = useLoaded<Overview>(`/v1/overview?days=${days}`, {
    everyMs: LOOK_AGAIN_MS,
  });
  return (
    <main id="main">
      <header className="page-head">
        <h1 tabIndex={-1}>Overview</h1>
        <Choice label="Window" isPlain value={days} options={WINDOWS} onChange={setDays} />
      </header>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {value === undefined ? (
        problem === undefined ? (
          <p className="quiet">Counting …</p>
        ) : null
      ) : (
        <>
          <Figures overview={value} />
          <Open overview={value} />
          <Decided overview={value} />
        </>
      )}
    </main>
  );
}

function Figures({ overview }: { readonly overview: Overview }): ReactNode {
  const { open, sessions, figures } = overview;
  const all = figures?.all;
  const rows: readonly (readonly [string, string])[] = [
    ['Open gates', numberText(open.gates)],
    ['Sessions that wait', numberText(open.sessions)],
    ['Sessions running', numberText(sessions.running)],
    ...(all === undefined
      ? []
      : ([
          ['Approval rate', percentText(all.approvalRate)],
          ['Half decided within', all.responseMs === null ? '–' : durationText(all.responseMs.p50)],
          ['Expired', numberText(all.expired)],
        ] as const)),
  ];
  return (
    <dl className="figures">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Open({ overview }: { readonly overview: Overview }): ReactNode {
  return (
    <section className="card" aria-labelledby="open-by-tier">
      <h2 id="open-by-tier">What waits, by tier and age</h2>
      <BarChart
        title="Open gates by tier and age"
        rows={openRows(overview).map((row) => ({ ...row, name: spaced(row.name) }))}
        names={AGES.map(([, name]) => name)}
        empty="Nothing waits."
        palette="age"
      />
      {overview.open.isWhole ? null : (
        <p className="hint">More sessions wait than the gateway lists: these are of the newest.</p>
      )}
    </section>
  );
}

function Decided({ overview }: { readonly overview: Overview }): ReactNode {
  const { figures, figuresMissing, window } = overview;
  if (figures === undefined) {
    return (
      <Notice tone="plain">{figuresMissing ?? 'There are no figures of what was decided.'}</Notice>
    );
  }
  return (
    <>
      <section className="card" aria-labelledby="response">
        <h2 id="response">
          Response time <span className="quiet">from the gate to a person’s decision</span>
        </h2>
        <RangeChart
          title="Response time by tier"
          rows={responseRows(figures.byTier).map((row) => ({ ...row, name: spaced(row.name) }))}
          names={QUANTILES}
          empty="Nobody has decided anything in this window."
        />
      </section>
      <section className="card" aria-labelledby="ends">
        <h2 id="ends">
          How gates ended <span className="quiet">by the day on which they were presented</span>
        </h2>
        <BarChart
          title="Ends by day"
          rows={endRows(figures.byDay)}
          names={ENDS}
          empty="No gate ended in this window."
          palette="end"
        />
      </section>
      <section className="card" aria-labelledby="by-tier">
        <h2 id="by-tier">By tier</h2>
        <TierTable figures={figures} days={window.days} />
      </section>
    </>
  );
}

function TierTable({
  figures,
  days,
}: {
  readonly figures: NonNullable<Overview['figures']>;
  readonly days: number;
}): ReactNode {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Figures by tier">
      <table>
        <caption className="unseen">Figures by tier, {counted(days, 'day')}</caption>
        <thead>
          <tr>
            <th scope="col">Tier</th>
            <th scope="col">Presented</th>
            <th scope="col">Approval rate</th>
            <th scope="col">Rejected</th>
            <th scope="col">Expired</th>
            <th scope="col">Withdrawn</th>
          </tr>
        </thead>
        <tbody>
          {figures.byTier.map((row) => (
            <tr key={row.tier}>
              <th scope="row">{spaced(row.tier)}</th>
              <td>{numberText(row.presented)}</td>
              <td>{percentText(row.approvalRate)}</td>
              <td>{numberText(row.rejected)}</td>
              <td>{numberText(row.expired)}</td>
              <td>{numberText(row.withdrawn)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
