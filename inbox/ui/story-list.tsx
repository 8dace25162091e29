/** A session as people read it: who said what, what the agent wanted, and which gates it met. Nothing here is markup. */
import type { ReactNode } from 'react';
import { shownText } from '../../domain/text/shown-text.ts';
import type { AgentTurn, StoryGate, StoryItem, ToolSaid } from '../model/story.ts';
import { detailText, type TrailEvent } from '../model/trail.ts';
import { counted } from '../model/words.ts';
import { Ago } from './countdown.tsx';
import { Link } from './router.tsx';
import { Marked, Shown } from './shown.tsx';
import { StatusTag } from './tags.tsx';

export interface StoryListProps {
  readonly items: readonly StoryItem[];
  readonly sessionId: string;
}

export function StoryList({ items, sessionId }: StoryListProps): ReactNode {
  return (
    <ol className="story" aria-label="What happened so far">
      {items.map((item, index) => (
        <li key={index} className={`story-item ${item.kind}`}>
          <StoryItemView item={item} sessionId={sessionId} />
        </li>
      ))}
    </ol>
  );
}

function StoryItemView({
  item,
  sessionId,
}: {
  readonly item: StoryItem;
  readonly sessionId: string;
}): ReactNode {
  switch (item.kind) {
    case 'earlier':
      return <p className="quiet">{counted(item.count, 'earlier message')} not shown here.</p>;
    case 'goal':
      return <Said who="What it was asked to do" text={item.text} />;
    case 'told':
      return <Said who="A person, to the agent" text={item.text} />;
    case 'turn':
      return <Turn turn={item.turn} step={item.step} />;
    case 'result':
      return <Result result={item.result} />;
    case 'order':
      return <Order event={item.event} />;
    case 'gate':
      return <Gate gate={item.gate} sessionId={sessionId} />;
  }
}

function Said({ who, text }: { readonly who: string; readonly text: string }): ReactNode {
  return (
    <>
      <p className="who">{who}</p>
      <Lines text={text} />
    </>
  );
}

const LINES_SHOWN = 200;

function Lines({ text }: { readonly text: string }): ReactNode {
  const lines = text.split('\n');
  return (
    <div className="words">
      {lines.slice(0, LINES_SHOWN).map((line, index) => (
        <p key={index}>
          <Marked text={shownText(line)} />
        </p>
      ))}
      {lines.length > LINES_SHOWN ? (
        <p className="left-out">{counted(lines.length - LINES_SHOWN, 'line')} more</p>
      ) : null}
    </div>
  );
}

function Turn({ turn, step }: { readonly turn: AgentTurn; readonly step: number }): ReactNode {
  return (
    <>
      <p className="who">Agent, turn {step}</p>
      {turn.text === '' ? null : <Lines text={turn.text} />}
      {turn.calls.map((call) => (
        <p key={call.callId} className="call">
          wants{' '}
          <code>
            <Shown text={call.name} />
          </code>{' '}
          <code className="value">
            <Shown text={JSON.stringify(call.arguments)} />
          </code>
        </p>
      ))}
    </>
  );
}

function Result({ result }: { readonly result: ToolSaid }): ReactNode {
  return (
    <details>
      <summary className="who">
        <Shown text={result.name} /> answered, {counted(result.text.length, 'character')}
      </summary>
      <Lines text={result.text} />
    </details>
  );
}

const ORDER_WORDS: Readonly<Record<string, string>> = {
  paused: 'paused the session',
  resumed: 'resumed it',
  instructed: 'told the agent',
  cancelled: 'cancelled it',
  grant_revoked: 'ended a standing grant',
};

function Order({ event }: { readonly event: TrailEvent }): ReactNode {
  const { eventType, reviewerId = 'Temporal', rationale, at } = event;
  const message = detailText(event, 'message');
  if (eventType === 'ended') {
    return (
      <p className="who">
        The session ended: <Shown text={detailText(event, 'status')} />, <Ago at={at} />
      </p>
    );
  }
  return (
    <>
      <p className="who">
        <Shown text={reviewerId} /> {ORDER_WORDS[eventType] ?? eventType}, <Ago at={at} />
      </p>
      {message === '' ? null : <Lines text={message} />}
      {rationale === undefined ? null : (
        <p className="quiet">
          Why: <Shown text={rationale} />
        </p>
      )}
    </>
  );
}

function Gate({
  gate,
  sessionId,
}: {
  readonly gate: StoryGate;
  readonly sessionId: string;
}): ReactNode {
  const { gateId, status, question, answer, reviewerId, rationale } = gate;
  const isOpenQuestion = gate.kind === 'question' && status === 'pending';
  return (
    <>
      <p className="who">
        <StatusTag status={status} />{' '}
        <Link to={{ page: 'request', sessionId, gateId }}>
          <Shown text={gate.description} />
        </Link>
      </p>
      {question === undefined ? null : <Said who="The agent asks" text={question} />}
      {answer === undefined ? null : (
        <Said who={`${shownText(reviewerId ?? 'Somebody')} answered`} text={answer} />
      )}
      {rationale === undefined ? null : (
        <p className="quiet">
          <Shown text={`${reviewerId ?? 'Somebody'}: ${rationale}`} />
        </p>
      )}
      {isOpenQuestion ? (
        <Link
          to={{ page: 'request', sessionId, gateId }}
          intent={{ open: 'first' }}
          className="button primary"
        >
          Answer
        </Link>
      ) : null}
    </>
  );
}
