/** Who is logged in, and with that the gateway, the clock and the queue that all pages share. */
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Me } from '../gateway/api/me.ts';
import { createGateway, type Gateway, problemOf } from './api/gateway.ts';
import { createQueueStore } from './api/queue-store.ts';
import { createServerClock } from './api/server-clock.ts';
import type { ProblemSaid } from './model/problem.ts';
import { type Inbox, InboxContext } from './ui/inbox-context.ts';
import { LoginDialog, LoginPage } from './ui/login.tsx';
import { ProblemNotice } from './ui/notice.tsx';
import { Shell } from './ui/shell.tsx';

const RETRY_MS = 2_000;

export function App(): ReactNode {
  const clock = useMemo(createServerClock, []);
  const [me, setMe] = useState<Me>();
  const [problem, setProblem] = useState<ProblemSaid>();
  const [announced, announce] = useState('');
  const asks = useRef<() => void>(() => undefined);
  const gateway = useMemo(
    () => createGateway({ exchanged: clock.exchanged, loggedOut: () => asks.current() }),
    [clock],
  );
  const ask = useAskWho(gateway, setMe, setProblem);
  asks.current = ask;
  useEffect(ask, [ask]);
  // The first who is logged in opens the queue; a login that ends later leaves the page as it is.
  const last = useRef<Me>(undefined);
  const isIn = me !== undefined && me.as !== 'nobody';
  if (isIn) last.current = me;
  const shown = isIn ? me : last.current;
  const subject = shown?.subject;
  const queue = useMemo(
    () => (subject === undefined ? undefined : createQueueStore(gateway, () => asks.current())),
    [gateway, subject],
  );
  useEffect(() => () => queue?.close(), [queue]);
  if (shown === undefined || queue === undefined) {
    if (me !== undefined) return <LoginPage me={me} gateway={gateway} onLogin={ask} />;
    return problem === undefined ? null : (
      <main className="login">
        <h1>Holdpoint</h1>
        <ProblemNotice problem={problem} />
      </main>
    );
  }
  const inbox: Inbox = { gateway, clock, queue, me: shown, announce };
  return (
    <InboxContext value={inbox}>
      <Shell announced={announced} onLogout={ask} key={subject} />
      {isIn || me === undefined ? null : <LoginDialog me={me} gateway={gateway} onLogin={ask} />}
    </InboxContext>
  );
}

/** Asks who is logged in, until the gateway answers. */
function useAskWho(
  gateway: Gateway,
  setMe: (me: Me) => void,
  setProblem: (problem: ProblemSaid | undefined) => void,
): () => void {
  const again = useRef<ReturnType<typeof setTimeout>>(undefined);
  return useCallback(() => {
    const hear = (me: Me): void => {
      gateway.becomes(me);
      setProblem(undefined);
      setMe(me);
    };
    const ask = (): void => {
      clearTimeout(again.current);
      gateway.read<Me>('/v1/me').then(hear, (error: unknown) => {
        setProblem(problemOf(error));
        again.current = setTimeout(ask, RETRY_MS);
      });
    };
    ask();
  }, [gateway, setMe, setProblem]);
}
