/** What stands around every page: where one can go, whether it is live, who is logged in. */
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import type { LogoutAnswer } from '../../gateway/api/me.ts';
import type { StreamState } from '../api/stream.ts';
import { AuditPage } from '../pages/audit-page.tsx';
import { OverviewPage } from '../pages/overview-page.tsx';
import { QueuePage } from '../pages/queue-page.tsx';
import { RequestPage } from '../pages/request-page.tsx';
import { SessionPage } from '../pages/session-page.tsx';
import { SessionsPage } from '../pages/sessions-page.tsx';
import type { Page } from '../model/routes.ts';
import { counted, numberText } from '../model/words.ts';
import { Button } from './button.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { useInbox, useQueueView } from './inbox-context.ts';
import { Brand, Warning } from './login.tsx';
import { Link, usePage, usePath } from './router.tsx';
import { Shown } from './shown.tsx';
import { storeTheme, storedTheme, THEMES } from './theme.ts';

export interface ShellProps {
  readonly announced: string;
  readonly onLogout: () => void;
}

export function Shell({ announced, onLogout }: ShellProps): ReactNode {
  const page = usePage();
  const [isHelp, setHelp] = useState(false);
  const showHelp = useCallback(() => setHelp(true), []);
  useTitle();
  useFocusOnMove();
  return (
    <>
      <a className="skip" href="#main">
        To the content
      </a>
      <TopBar page={page} onLogout={onLogout} onHelp={showHelp} />
      <Connection />
      <PageView page={page} showHelp={showHelp} />
      {isHelp ? <HelpDialog onClose={() => setHelp(false)} /> : null}
      <p className="unseen" role="status">
        {announced}
      </p>
    </>
  );
}

function PageView({
  page,
  showHelp,
}: {
  readonly page: Page;
  readonly showHelp: () => void;
}): ReactNode {
  switch (page.page) {
    case 'queue':
      return <QueuePage showHelp={showHelp} />;
    case 'request': {
      const { sessionId, gateId } = page;
      return (
        <RequestPage
          key={`${gateId} ${sessionId}`}
          sessionId={sessionId}
          gateId={gateId}
          showHelp={showHelp}
        />
      );
    }
    case 'sessions':
      return <SessionsPage />;
    case 'session':
      return <SessionPage key={page.sessionId} sessionId={page.sessionId} />;
    case 'audit':
      return <AuditPage key={page.sessionId} sessionId={page.sessionId} />;
    case 'overview':
      return <OverviewPage />;
    case 'unknown':
      return (
        <main id="main">
          <h1 tabIndex={-1}>There is nothing here</h1>
          <p>
            <Link to={{ page: 'queue' }}>What waits</Link>
          </p>
        </main>
      );
  }
}

interface TopBarProps {
  readonly page: Page;
  readonly onLogout: () => void;
  readonly onHelp: () => void;
}

function TopBar({ page, onLogout, onHelp }: TopBarProps): ReactNode {
  const { me } = useInbox();
  const { queue } = useQueueView();
  const waiting = queue.counts?.gates;
  const isOfSessions = page.page === 'sessions' || page.page === 'session' || page.page === 'audit';
  return (
    <header className="top">
      <Warning me={me} />
      <div className="top-row">
        <Link to={{ page: 'queue' }} className="home">
          <Brand /> Holdpoint
        </Link>
        <nav aria-label="Pages">
          <Link to={{ page: 'queue' }} isCurrent={page.page === 'queue' || page.page === 'request'}>
            Queue
            {waiting === undefined ? null : <span className="count">{numberText(waiting)}</span>}
          </Link>
          <Link to={{ page: 'sessions' }} isCurrent={isOfSessions}>
            Sessions
          </Link>
          <Link to={{ page: 'overview' }} isCurrent={page.page === 'overview'}>
            Overview
          </Link>
        </nav>
        <div className="top-end">
          <ThemeSwitch />
          <Button look="quiet" onPress={onHelp} label="Keys and help">
            ?
          </Button>
          <Who onLogout={onLogout} />
        </div>
      </div>
    </header>
  );
}

function ThemeSwitch(): ReactNode {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <select
      className="theme"
      aria-label="Colours"
      value={theme}
      onChange={({ target }) => {
        const next = THEMES.find((one) => one === target.value) ?? 'system';
        storeTheme(next);
        setTheme(next);
      }}
    >
      {THEMES.map((one) => (
        <option key={one} value={one}>
          {one}
        </option>
      ))}
    </select>
  );
}

function Who({ onLogout }: { readonly onLogout: () => void }): ReactNode {
  const { me, gateway } = useInbox();
  const logOut = (): void => {
    gateway
      .send<LogoutAnswer>('/auth/logout', {})
      .then(({ url = '/' }) => location.assign(url), onLogout);
  };
  return (
    <details className="who-menu">
      <summary>
        <Shown text={me.name ?? me.subject ?? 'somebody'} />
      </summary>
      <div className="who-card">
        <p>
          You are{' '}
          <strong>{me.subject === undefined ? 'nobody' : <Shown text={me.subject} />}</strong>
          {me.groups.length === 0 ? null : (
            <>
              , of <Shown text={me.groups.join(', ')} />
            </>
          )}
          .
        </p>
        <p>
          You may: {me.may.length === 0 ? 'nothing' : me.may.join(', ')}
          <span className="quiet"> ({me.roles.join(', ')})</span>
        </p>
        <p className="quiet">
          {me.signs
            ? 'The gateway signs your decisions.'
            : 'Your decisions are not signed: this gateway has no key.'}
        </p>
        {me.as === 'login' ? <Button onPress={logOut}>Log out</Button> : null}
      </div>
    </details>
  );
}

const LOST: Readonly<Record<StreamState, string | undefined>> = {
  connecting: undefined,
  live: undefined,
  lost: 'The connection is lost. What you see may be old; it is tried again by itself, and nothing you send is lost without a word.',
  unreachable:
    'Temporal does not answer right now. What you see may be old, and decisions have to wait.',
};

function Connection(): ReactNode {
  const { stream } = useQueueView();
  const words = LOST[stream];
  return (
    <div role="status" className="connection">
      {words === undefined ? null : <p className="lost">{words}</p>}
    </div>
  );
}

/** The count stands in the title, where a reviewer sees it from another tab; a growing one is said once. */
function useTitle(): void {
  const { announce } = useInbox();
  const { queue } = useQueueView();
  const waiting = queue.counts?.gates;
  const before = useRef<number>(undefined);
  useEffect(() => {
    document.title =
      waiting === undefined || waiting === 0 ? 'Holdpoint' : `(${waiting}) Holdpoint`;
    if (waiting !== undefined && before.current !== undefined && waiting > before.current) {
      announce(`${counted(waiting, 'gate')} wait.`);
    }
    before.current = waiting;
  }, [waiting, announce]);
}

/** Who moves to another page starts reading at its heading. */
function useFocusOnMove(): void {
  const path = usePath();
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    if (document.querySelector('dialog[open]') === null)
      document.querySelector<HTMLElement>('h1')?.focus();
  }, [path]);
}
