/** What rules made of a gate: the first thing a reviewer reads, and nothing in it is the agent's. */
import type { ReactNode } from 'react';
import type { GateView } from '../../gateway/api/gates.ts';
import { timeText } from '../model/clock.ts';
import { whoMayDecide } from '../model/what-may-be-done.ts';
import { numberText, REVERSIBILITY_WORDS, spaced } from '../model/words.ts';
import { Ago, Countdown } from './countdown.tsx';
import { Fingerprint } from './exact-bytes.tsx';
import { Link } from './router.tsx';
import { Shown } from './shown.tsx';
import { ImpactTag, TierTag } from './tags.tsx';

type Row = readonly [string, ReactNode];

/** A sentence, which needs its width. */
const WIDE = 'Why it waits';

export function Facts({ gate }: { readonly gate: GateView }): ReactNode {
  return (
    <dl className="facts">
      {[...whatRows(gate), ...whyRows(gate), ...whoRows(gate)].map(([name, value]) => (
        <div key={name} className={name === WIDE ? 'wide' : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function whatRows({ facts, fingerprint }: GateView): readonly Row[] {
  const { value } = facts;
  return [
    [
      'Tool',
      <>
        <code>
          <Shown text={facts.actionType} />
        </code>{' '}
        <span className="quiet">
          version <Shown text={facts.toolVersion} />
        </span>
      </>,
    ],
    ...(value === undefined
      ? []
      : ([['Value', value === null ? 'can not be read' : numberText(value)]] as const)),
    ['Impact', <ImpactTag impact={facts.estimatedImpact} />],
    ['Undo', REVERSIBILITY_WORDS[facts.reversibility]],
    ['Fingerprint', <Fingerprint digits={fingerprint} />],
  ];
}

function whyRows({ facts }: GateView): readonly Row[] {
  const { note, confidence, confidenceNote } = facts;
  return [
    ['Tier', <TierTag tier={facts.tier} />],
    [
      WIDE,
      <>
        Rule{' '}
        <code>
          <Shown text={facts.rule} />
        </code>{' '}
        of policy{' '}
        <code>
          <Shown text={facts.policyVersion} />
        </code>
        , {spaced(facts.gateLevel)}
        {note === undefined ? null : (
          <>
            . <Shown text={note} />
          </>
        )}
      </>,
    ],
    ...(confidence === undefined
      ? []
      : ([
          [
            'Confidence',
            <>
              {confidence.toFixed(2)}
              {confidenceNote === undefined ? null : (
                <>
                  , <Shown text={confidenceNote} />
                </>
              )}
            </>,
          ],
        ] as const)),
  ];
}

function whoRows(gate: GateView): readonly Row[] {
  const { facts, open } = gate;
  return [
    ['Agent', <Shown text={facts.agentId} />],
    ['Asked for by', facts.requesterId === undefined ? '–' : <Shown text={facts.requesterId} />],
    [
      'Session',
      <Link to={{ page: 'session', sessionId: facts.sessionId }}>
        <Shown text={facts.sessionId} />
      </Link>,
    ],
    [
      'Presented',
      <>
        <Ago at={facts.presentedAt} /> <span className="quiet">{timeText(facts.presentedAt)}</span>
      </>,
    ],
    ...(open === undefined
      ? []
      : ([
          ['Answer', <Countdown respondBy={open.respondBy} />],
          ['If nobody answers', <Shown text={open.ifNobodyAnswers} />],
          ['Who may decide', <Shown text={whoMayDecide(gate)} />],
          ['Who has', <Votes gate={gate} />],
          [
            'Proof',
            open.proof === 'signed'
              ? 'A decision has to be signed. The gateway signs yours, in your name.'
              : 'None is asked for: who decides is what the login says.',
          ],
        ] as const)),
  ];
}

function Votes({ gate: { open } }: { readonly gate: GateView }): ReactNode {
  if (open === undefined) return null;
  const { votes, decisionsNeeded, claim } = open;
  return (
    <>
      {votes.length} of {decisionsNeeded}
      {votes.map(({ reviewerId, at, proof }) => (
        <span key={reviewerId} className="voter">
          {' '}
          ✓ <Shown text={reviewerId} />
          {proof === 'signed' ? ', signed' : ''}, <Ago at={at} />
        </span>
      ))}
      {claim === undefined ? null : (
        <span className="voter">
          {' '}
          ◉ <Shown text={claim.reviewerId} /> looks at it
        </span>
      )}
    </>
  );
}
