/** The queue: all that waits for people, over all sessions. Dense, live, and to be walked by keys alone. */
import { memo, type ReactNode, type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import type { PendingGate } from '../../gateway/api/pending.ts';
import {
  type Filter,
  keyOf,
  movedSelection,
  NO_FILTER,
  shownRows,
  type Sort,
  SORTS,
  valuesOf,
} from '../model/queue.ts';
import { counted, numberText } from '../model/words.ts';
import { Ago, Countdown } from '../ui/countdown.tsx';
import { useInbox, useQueueView } from '../ui/inbox-context.ts';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { goTo, Link } from '../ui/router.tsx';
import { Shown } from '../ui/shown.tsx';
import { ImpactTag, KindTag, TierTag } from '../ui/tags.tsx';
import { useKeys } from '../ui/use-keys.ts';
import { QueueFilters } from './queue-filters.tsx';

export function QueuePage({ showHelp }: { readonly showHelp: () => void }): ReactNode {
  const { me } = useInbox();
  const { queue, isLoaded, problem } = useQueueView();
  const [filter, setFilter] = useState<Filter>(NO_FILTER);
  const [sort, setSort] = useState<Sort>('deadline');
  const subject = me.subject ?? '';
  const rows = useMemo(
    () => shownRows(queue, { filter, sort, subject }),
    [queue, filter, sort, subject],
  );
  const tiers = useMemo(() => valuesOf(queue, ({ tier }) => tier), [queue]);
  const agents = useMemo(() => valuesOf(queue, ({ agentId }) => agentId), [queue]);
  const total = queue.counts?.gates ?? rows.length;
  return (
    <main id="main">
      <header className="page-head">
        <h1 tabIndex={-1}>What waits</h1>
        <p className="quiet" role="status">
          {isLoaded ? summaryOf(rows.length, total, queue.counts?.sessions) : 'Reading the list …'}
        </p>
      </header>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      <QueueFilters
        filter={filter}
        sort={sort}
        sorts={SORTS}
        onFilter={setFilter}
        onSort={setSort}
        tiers={tiers}
        agents={agents}
      />
      {isLoaded && rows.length === 0 ? <Empty hasAny={total > 0} /> : null}
      <Rows rows={rows} subject={subject} showHelp={showHelp} />
      <Beyond />
    </main>
  );
}

interface RowsProps {
  readonly rows: readonly PendingGate[];
  readonly subject: string;
  readonly showHelp: () => void;
}

/** Apart from the filters, so that a key that moves the selection draws two rows and nothing else. */
const Rows = memo(function Rows({ rows, subject, showHelp }: RowsProps): ReactNode {
  const { selected, list } = useSelection(rows, showHelp);
  const drawn = useDrawn(rows.length);
  return (
    <ul className="queue" ref={list} aria-label="Open gates">
      {rows.slice(0, drawn).map((gate) => {
        const key = keyOf(gate);
        return <Row key={key} gate={gate} isSelected={key === selected} subject={subject} />;
      })}
    </ul>
  );
});

const DRAWN_AT_ONCE = 80;
const DRAWN_MORE = 160;

/** A screenful is there at once; the rest follows piece by piece, so that the page answers in between. */
function useDrawn(count: number): number {
  const [drawn, setDrawn] = useState(DRAWN_AT_ONCE);
  useEffect(() => {
    if (drawn >= count) return undefined;
    const timer = setTimeout(() => setDrawn(drawn + DRAWN_MORE));
    return () => clearTimeout(timer);
  }, [drawn, count]);
  return drawn;
}

function summaryOf(shown: number, total: number, sessions: number | undefined): string {
  const of = shown === total ? '' : ` of ${numberText(total)}`;
  const where = sessions === undefined ? '' : ` in ${counted(sessions, 'session')}`;
  return `${numberText(shown)}${of} ${total === 1 ? 'gate' : 'gates'}${where}`;
}

function Empty({ hasAny }: { readonly hasAny: boolean }): ReactNode {
  return (
    <p className="empty">
      {hasAny
        ? 'Nothing that waits matches these filters.'
        : 'Nothing waits. What comes appears here by itself.'}
    </p>
  );
}

/** Sessions with more gates than the list names, and a list that is not whole. */
function Beyond(): ReactNode {
  const { queue } = useQueueView();
  const { hidden, isWhole } = queue;
  return (
    <>
      {hidden.length === 0 ? null : (
        <section className="beyond" aria-label="More gates">
          <h2>More gates of the same sessions</h2>
          <ul>
            {hidden.map(({ sessionId, gatesCount }) => (
              <li key={sessionId}>
                <Link to={{ page: 'session', sessionId }}>
                  <Shown text={sessionId} />
                </Link>
                : {numberText(gatesCount)} more
              </li>
            ))}
          </ul>
        </section>
      )}
      {isWhole ? null : (
        <Notice tone="warn">
          More sessions wait than are listed here: the newest ones are shown.
        </Notice>
      )}
    </>
  );
}

interface RowProps {
  readonly gate: PendingGate;
  readonly isSelected: boolean;
  readonly subject: string;
}

const Row = memo(function Row({ gate, isSelected, subject }: RowProps): ReactNode {
  const { sessionId, gateId, kind, tier, estimatedImpact } = gate;
  return (
    <li className={isSelected ? 'row selected' : 'row'} data-key={keyOf(gate)}>
      <Link to={{ page: 'request', sessionId, gateId }} className="row-link">
        <Shown text={gate.description} />
      </Link>
      <span className="row-tags">
        <TierTag tier={tier} />
        <ImpactTag impact={estimatedImpact} />
      </span>
      <span className="row-who">
        {kind === 'action' ? null : <KindTag kind={kind} />}
        {kind === 'action' ? null : ' '}
        <Shown text={gate.agentId ?? 'an agent'} />
        {gate.requesterId === undefined ? null : (
          <>
            {' '}
            for <Shown text={gate.requesterId} />
          </>
        )}
        , <Ago at={gate.presentedAt} />
        <RowState gate={gate} subject={subject} />
      </span>
      <Countdown respondBy={gate.respondBy} isPaused={gate.isPaused} />
    </li>
  );
});

function RowState({ gate, subject }: Pick<RowProps, 'gate' | 'subject'>): ReactNode {
  const { claimedBy, decisionsNeeded = 1, votesCount = 0 } = gate;
  return (
    <>
      {decisionsNeeded > 1 ? (
        <span className="row-state">
          ✓ {votesCount} of {decisionsNeeded}
        </span>
      ) : null}
      {claimedBy === undefined ? null : (
        <span className="row-state">
          ◉ {claimedBy === subject ? 'claimed by you' : <Shown text={`claimed by ${claimedBy}`} />}
        </span>
      )}
      {gate.isPaused === true ? <span className="row-state">❚❚ session paused</span> : null}
    </>
  );
}

/** The selected row, which j and k move; focus goes with it, so that Enter and Tab work from there. */
function useSelection(
  rows: readonly PendingGate[],
  showHelp: () => void,
): { readonly selected: string | undefined; readonly list: RefObject<HTMLUListElement | null> } {
  const list = useRef<HTMLUListElement>(null);
  const [selection, setSelection] = useState<{
    readonly key: string | undefined;
    readonly index: number;
  }>({
    key: undefined,
    index: 0,
  });
  const hasMoved = useRef(false);
  const move = (steps: number): void => {
    hasMoved.current = true;
    setSelection((last) => movedSelection(rows, last, steps));
  };
  useEffect(() => {
    if (!hasMoved.current || selection.key === undefined) return;
    hasMoved.current = false;
    const row = list.current?.children[selection.index];
    row?.querySelector('a')?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  }, [selection]);
  const chosen = rows.find((row) => keyOf(row) === selection.key);
  const open = (intent: Parameters<typeof goTo>[1] = {}): void => {
    if (chosen === undefined) return;
    const { sessionId, gateId } = chosen;
    goTo({ page: 'request', sessionId, gateId }, intent);
  };
  useKeys({
    j: () => move(1),
    k: () => move(-1),
    o: () => open(),
    a: () => open({ open: 'first' }),
    r: () => open({ open: 'no' }),
    m: () => open({ open: 'change' }),
    c: () => open({ open: 'claim' }),
    '/': () => document.querySelector<HTMLInputElement>('#search')?.focus(),
    '?': showHelp,
  });
  return { selected: chosen === undefined ? undefined : selection.key, list };
}
