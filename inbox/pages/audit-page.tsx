/** The trail of a session: a picture of it, whether its chain holds, every event in a table, and ways to take it along. */
import { type ReactNode, type RefObject, useMemo, useRef, useState } from 'react';
import type { AuditView } from '../../gateway/api/audit.ts';
import { sessionPath } from '../api/gateway.ts';
import { timeText } from '../model/clock.ts';
import { toneOf } from '../model/audit-picture.ts';
import { entriesOf, eventWords, type TrailEntry } from '../model/trail.ts';
import { counted, verificationWords } from '../model/words.ts';
import { AuditPicture } from '../ui/audit-picture.tsx';
import { Button } from '../ui/button.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { Link } from '../ui/router.tsx';
import { Shown } from '../ui/shown.tsx';
import { useLoaded } from '../ui/use-loaded.ts';

export function AuditPage({ sessionId }: { readonly sessionId: string }): ReactNode {
  const { value, problem, reload, isLoading } = useLoaded<AuditView>(
    sessionPath(sessionId, '/audit'),
  );
  const [chosen, setChosen] = useState<number>();
  const table = useRef<HTMLTableSectionElement>(null);
  const trail = useMemo(() => entriesOf(value?.trail ?? []), [value]);
  const choose = (seq: number): void => {
    setChosen(seq);
    const row = table.current?.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
    row?.scrollIntoView({ block: 'center' });
    row?.focus({ preventScroll: true });
  };
  return (
    <main id="main">
      <p className="crumbs">
        <Link to={{ page: 'sessions' }}>Sessions</Link> ›{' '}
        <Link to={{ page: 'session', sessionId }}>
          <Shown text={sessionId} />
        </Link>
      </p>
      <AuditHead sessionId={sessionId} isLoading={isLoading} reload={reload} />
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {value === undefined ? (
        problem === undefined ? (
          <p className="quiet">Reading the trail …</p>
        ) : null
      ) : (
        <>
          <VerificationNotice audit={value} />
          <section className="card" aria-label="Picture of the session">
            <AuditPicture trail={trail} chosen={chosen} onChoose={choose} />
          </section>
          <section className="card" aria-label="Events">
            <h2>
              Events{' '}
              <span className="quiet">
                {counted(trail.length, 'event')}, from the {value.source}
              </span>
            </h2>
            <TrailTable
              trail={trail}
              chosen={chosen}
              onChoose={setChosen}
              body={table}
              sessionId={sessionId}
            />
          </section>
        </>
      )}
    </main>
  );
}

interface AuditHeadProps {
  readonly sessionId: string;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

function AuditHead({ sessionId, isLoading, reload }: AuditHeadProps): ReactNode {
  return (
    <header className="page-head">
      <h1 tabIndex={-1}>Audit trail</h1>
      <div className="buttons">
        <Button
          onPress={reload}
          whyNot={isLoading ? 'It is being read.' : undefined}
          isWhyShown={false}
        >
          Verify again
        </Button>
        <a className="button plain" href={sessionPath(sessionId, '/export')} download>
          Export as JSON
        </a>
        <a className="button plain" href={sessionPath(sessionId, '/report')} download="report.txt">
          Report as text
        </a>
      </div>
    </header>
  );
}

function VerificationNotice({ audit }: { readonly audit: AuditView }): ReactNode {
  const { verification, at } = audit;
  const isGood = verification.holds && verification.evidence !== 'differs';
  return (
    <Notice tone={isGood ? 'good' : 'bad'}>
      {verificationWords(verification).map((line) => (
        <p key={line}>{line}</p>
      ))}
      <p className="quiet">
        Checked by the gateway, {timeText(at)}. It shows what the trail says and that nobody changed
        it since; not that a person understood, nor that a tool told the truth.
      </p>
    </Notice>
  );
}

interface TrailTableProps {
  readonly trail: readonly TrailEntry[];
  readonly chosen: number | undefined;
  readonly onChoose: (seq: number) => void;
  readonly body: RefObject<HTMLTableSectionElement | null>;
  readonly sessionId: string;
}

function TrailTable({ trail, chosen, onChoose, body, sessionId }: TrailTableProps): ReactNode {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Table of events">
      <table className="trail">
        <caption className="unseen">Every event, in order</caption>
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Time</th>
            <th scope="col">Event</th>
            <th scope="col">About</th>
            <th scope="col">Who</th>
            <th scope="col">More</th>
          </tr>
        </thead>
        <tbody ref={body}>
          {trail.map(({ event }) => (
            <tr
              key={event.seq}
              data-seq={event.seq}
              tabIndex={-1}
              className={event.seq === chosen ? 'chosen' : undefined}
              aria-current={event.seq === chosen ? 'true' : undefined}
              onFocus={() => onChoose(event.seq)}
            >
              <td>{event.seq}</td>
              <td className="time">{timeText(event.at)}</td>
              <td>
                <span className={`event ${toneOf(event.eventType)}`}>
                  <Shown text={event.eventType.replaceAll('_', ' ')} />
                </span>
              </td>
              <td>
                {event.gateId === undefined ? (
                  <Shown text={event.actionType} />
                ) : (
                  <Link to={{ page: 'request', sessionId, gateId: event.gateId }}>
                    <Shown text={event.actionType} />
                  </Link>
                )}
              </td>
              <td>
                <Shown text={event.reviewerId ?? '–'} />
              </td>
              <td>
                <Shown text={eventWords(event)} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
