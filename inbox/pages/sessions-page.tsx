/** Sessions: the list from visibility, kept fresh while it is looked at. */
import { type ReactNode, useState } from 'react';
import type { SessionRow, SessionsPage as SessionsAnswer } from '../../gateway/api/sessions.ts';
import { numberText, PHASE_WORDS, STATE_WORDS } from '../model/words.ts';
import { Button } from '../ui/button.tsx';
import { Ago } from '../ui/countdown.tsx';
import { useInbox, useQueueView } from '../ui/inbox-context.ts';
import { KillSwitch } from '../ui/kill-switch.tsx';
import { ProblemNotice } from '../ui/notice.tsx';
import { Link } from '../ui/router.tsx';
import { Shown } from '../ui/shown.tsx';
import { useLoaded } from '../ui/use-loaded.ts';
import { Choice } from './queue-filters.tsx';

const FILTERS = [
  ['running', 'running'],
  ['waiting', 'waiting for people'],
  ['closed', 'over'],
  ['all', 'all'],
] as const;

const LOOK_AGAIN_MS = 5_000;
const PAGE_ROWS = 50;

export function SessionsPage(): ReactNode {
  const [state, setState] = useState('running');
  const [search, setSearch] = useState('');
  const [pages, setPages] = useState<readonly string[]>([]);
  const { changes } = useQueueView();
  const page = pages.at(-1);
  const asked = new URLSearchParams({ state, limit: String(PAGE_ROWS) });
  if (search !== '') asked.set('search', search);
  if (page !== undefined) asked.set('page', page);
  const version = [...changes.values()].reduce((sum, one) => sum + one, 0);
  const { value, problem } = useLoaded<SessionsAnswer>(`/v1/sessions?${asked.toString()}`, {
    version,
    everyMs: LOOK_AGAIN_MS,
  });
  const narrow = (change: () => void): void => {
    setPages([]);
    change();
  };
  return (
    <main id="main">
      <header className="page-head">
        <h1 tabIndex={-1}>Sessions</h1>
        <p className="quiet" role="status">
          {value === undefined ? 'Reading the list …' : `${numberText(value.matched)} match`}
        </p>
      </header>
      <KillSwitch />
      <search className="filters">
        <input
          id="search"
          type="search"
          aria-label="Search"
          placeholder="An id begins with …"
          value={search}
          onChange={({ target }) => narrow(() => setSearch(target.value))}
        />
        <Choice
          label="Which"
          isPlain
          value={state}
          options={FILTERS}
          onChange={(next) => narrow(() => setState(next))}
        />
      </search>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {value === undefined ? null : <SessionTable rows={value.sessions} />}
      <div className="buttons">
        {pages.length === 0 ? null : (
          <Button onPress={() => setPages(pages.slice(0, -1))}>Newer</Button>
        )}
        {value?.nextPage === undefined ? null : (
          <Older next={value.nextPage} onPress={(next) => setPages([...pages, next])} />
        )}
      </div>
    </main>
  );
}

function Older({
  next,
  onPress,
}: {
  readonly next: string;
  readonly onPress: (next: string) => void;
}): ReactNode {
  return <Button onPress={() => onPress(next)}>Older</Button>;
}

function SessionTable({ rows }: { readonly rows: readonly SessionRow[] }): ReactNode {
  const { me } = useInbox();
  if (rows.length === 0) return <p className="empty">No session matches.</p>;
  return (
    <table className="sessions">
      <caption className="unseen">Sessions, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Session</th>
          <th scope="col">State</th>
          <th scope="col">Open gates</th>
          <th scope="col">Agent</th>
          <th scope="col">For</th>
          <th scope="col">Started</th>
          {me.may.includes('audit') ? <th scope="col">Trail</th> : null}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={`${row.sessionId} ${row.runId}`}>
            <th scope="row" data-label="Session">
              <Link to={{ page: 'session', sessionId: row.sessionId }}>
                <Shown text={row.sessionId} />
              </Link>
              {row.parentSessionId === undefined ? null : <span className="quiet"> sub-agent</span>}
            </th>
            <td data-label="State">
              <StateTag row={row} />
            </td>
            <td data-label="Open gates">{row.openGates}</td>
            <td data-label="Agent">
              <Shown text={row.agentId ?? '–'} />
            </td>
            <td data-label="For">
              <Shown text={row.requesterId ?? '–'} />
            </td>
            <td data-label="Started">
              <Ago at={row.startedAt} />
            </td>
            {me.may.includes('audit') ? (
              <td data-label="Trail">
                <Link to={{ page: 'audit', sessionId: row.sessionId }}>Trail</Link>
              </td>
            ) : null}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const SIGNS: Readonly<Record<string, string>> = {
  running: '▶',
  paused: '❚❚',
  cancelling: '◼',
  completed: '✓',
  failed: '✕',
};

export function StateTag({
  row,
}: {
  readonly row: Pick<SessionRow, 'state' | 'phase'>;
}): ReactNode {
  const { state, phase } = row;
  const isLive = state === 'running' && phase !== undefined;
  const word = isLive ? PHASE_WORDS[phase] : STATE_WORDS[state];
  const name = isLive ? phase : state;
  return (
    <span className={`tag state ${name}`}>
      <span aria-hidden="true">{SIGNS[name] ?? '◌'}</span> {word}
    </span>
  );
}
