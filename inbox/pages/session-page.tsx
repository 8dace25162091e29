/** One session as it stands, live by its trail: its story, its gates, what is in flight, and what an operator may do. */
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { AuditView } from '../../gateway/api/audit.ts';
import type { ConversationShown, SessionView } from '../../gateway/api/sessions.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import { sessionPath } from '../api/gateway.ts';
import { openStream } from '../api/stream.ts';
import { storyOf } from '../model/story.ts';
import { entriesOf, type TrailEntry } from '../model/trail.ts';
import { counted, numberText } from '../model/words.ts';
import { durationText } from '../model/clock.ts';
import { Ago, Countdown } from '../ui/countdown.tsx';
import { GrantList } from '../ui/grant-list.tsx';
import { useInbox } from '../ui/inbox-context.ts';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { RelatedGates } from '../ui/related-gates.tsx';
import { Link } from '../ui/router.tsx';
import { SessionActions } from '../ui/session-actions.tsx';
import { Shown } from '../ui/shown.tsx';
import { StoryList } from '../ui/story-list.tsx';
import { ImpactTag, KindTag, TierTag } from '../ui/tags.tsx';
import { useLoaded } from '../ui/use-loaded.ts';
import { StateTag } from './sessions-page.tsx';

const LOOK_AGAIN_MS = 10_000;

export function SessionPage({ sessionId }: { readonly sessionId: string }): ReactNode {
  const { me } = useInbox();
  const version = useSessionChanges(sessionId);
  const { value, problem, reload } = useLoaded<SessionView>(sessionPath(sessionId), {
    version,
    everyMs: LOOK_AGAIN_MS,
  });
  const isAgent = value?.workflowType === 'agentSession';
  const { value: conversation } = useLoaded<ConversationShown>(
    isAgent ? sessionPath(sessionId, '/conversation') : undefined,
    { version },
  );
  const mayAudit = me.may.includes('audit');
  const { value: audit } = useLoaded<AuditView>(
    mayAudit ? sessionPath(sessionId, '/audit') : undefined,
    { version },
  );
  const trail = useMemo(() => entriesOf(audit?.trail ?? []), [audit]);
  return (
    <main id="main">
      <p className="crumbs">
        <Link to={{ page: 'sessions' }}>Sessions</Link>
      </p>
      <header className="page-head">
        <h1 tabIndex={-1}>
          <Shown text={sessionId} />
        </h1>
        {value === undefined ? null : <StateTag row={value} />}
      </header>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {value === undefined ? null : (
        <>
          <SessionActions session={value} onDone={reload} />
          <SessionFacts session={value} />
          <OpenGates session={value} />
          <Story session={value} conversation={conversation} trail={trail} />
          <GrantList session={value} onDone={reload} />
          <RelatedGates related={value.ended} sessionId={sessionId} title="Gates that have ended" />
        </>
      )}
    </main>
  );
}

/** Grows whenever something has happened in the session: what is shown is read anew then. */
function useSessionChanges(sessionId: string): number {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const next = (): void => setVersion((last) => last + 1);
    return openStream(sessionPath(sessionId, '/events'), {
      state: () => undefined,
      events: { changed: next, ended: next },
    });
  }, [sessionId]);
  return version;
}

function SessionFacts({ session }: { readonly session: SessionView }): ReactNode {
  const { agentId, requesterId, policyVersion, inFlight = [], workedMs, progress = {} } = session;
  const rows: readonly (readonly [string, ReactNode])[] = [
    ['Agent', <Shown text={agentId ?? '–'} />],
    ['Asked for by', <Shown text={requesterId ?? '–'} />],
    ['Policy', <Shown text={policyVersion ?? '–'} />],
    ['Started', <Ago at={session.startedAt} />],
    ...(workedMs === undefined ? [] : ([['Worked', durationText(workedMs)]] as const)),
    ...Object.entries(progress).map(
      ([name, value]) => [progressName(name), numberText(value)] as const,
    ),
    [
      'In flight',
      inFlight.length === 0
        ? 'nothing'
        : inFlight.map(({ workId, actionType, since }) => (
            <span key={workId} className="voter">
              <Shown text={actionType} />, <Ago at={since} />
            </span>
          )),
    ],
    ...(session.parentSessionId === undefined
      ? []
      : ([
          [
            'Under',
            <Link to={{ page: 'session', sessionId: session.parentSessionId }}>
              <Shown text={session.parentSessionId} />
            </Link>,
          ],
        ] as const)),
  ];
  return (
    <section className="card" aria-label="Facts">
      {session.isAnswering ? null : (
        <Notice tone="warn">
          Its worker does not answer right now: what only it knows is missing here.
        </Notice>
      )}
      {session.pausedBy === undefined ? null : (
        <Notice tone="warn">
          Paused by <Shown text={session.pausedBy} />: <Shown text={session.pausedReason ?? ''} />.
          Deadlines stand still.
        </Notice>
      )}
      <dl className="facts">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** `toolCalls` → `Tool calls`. */
function progressName(name: string): string {
  const words = shownText(name)
    .replaceAll(/(?=[A-Z])/g, ' ')
    .toLowerCase();
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

function OpenGates({ session }: { readonly session: SessionView }): ReactNode {
  const { gates, sessionId, phase } = session;
  if (gates.length === 0) return null;
  return (
    <section className="card" aria-label="Open gates">
      <h2>
        Open gates <span className="quiet">{counted(gates.length, 'gate')}</span>
      </h2>
      <ul className="related">
        {gates.map(({ facts, open }) => (
          <li key={facts.gateId}>
            {facts.kind === 'action' ? null : <KindTag kind={facts.kind} />}
            <Link to={{ page: 'request', sessionId, gateId: facts.gateId }}>
              <Shown text={facts.description} />
            </Link>
            <TierTag tier={facts.tier} />
            <ImpactTag impact={facts.estimatedImpact} />
            {open === undefined ? null : (
              <Countdown respondBy={open.respondBy} isPaused={phase === 'paused'} />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface StoryProps {
  readonly session: SessionView;
  readonly conversation: ConversationShown | undefined;
  readonly trail: readonly TrailEntry[];
}

function Story({ session, conversation, trail }: StoryProps): ReactNode {
  const steps = session.progress?.['steps'];
  const items = useMemo(
    () => storyOf({ conversation, trail, session, steps }),
    [conversation, trail, session, steps],
  );
  return (
    <section className="card" aria-label="The story so far">
      <h2>
        The story so far{' '}
        <span className="quiet">what people said, the agent’s turns and its gates, in order</span>
      </h2>
      {items.length === 0 ? (
        <p className="quiet">Nothing yet.</p>
      ) : (
        <StoryList items={items} sessionId={session.sessionId} />
      )}
    </section>
  );
}
