/**
 * One request: what rules made of it, the payload whole, what differs from before, and only then what the agent says. The
 * buttons ask one table whether they may be used (model/what-may-be-done.ts).
 */
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { GateView } from '../../gateway/api/gates.ts';
import { gatePath } from '../api/gateway.ts';
import { changesOf } from '../api/queue-store.ts';
import { DECISION_OF, type DecidingAction } from '../model/decision.ts';
import { shownBytes, type ShownBytes } from '../model/intact-payload.ts';
import { ACTIONS_OF, type GateSituation, whyNotGate } from '../model/what-may-be-done.ts';
import { counted, readingText } from '../model/words.ts';
import { Ago, Countdown } from '../ui/countdown.tsx';
import { DecisionBar } from '../ui/decision-bar.tsx';
import { DecisionDialog } from '../ui/decision-dialog.tsx';
import { ExactBytes } from '../ui/exact-bytes.tsx';
import { Facts } from '../ui/facts.tsx';
import { useInbox, useQueueView } from '../ui/inbox-context.ts';
import { LeafDiff } from '../ui/leaf-diff.tsx';
import { Notice, ProblemNotice } from '../ui/notice.tsx';
import { PayloadView } from '../ui/payload.tsx';
import { RelatedGates } from '../ui/related-gates.tsx';
import { goTo, intended, type Intent, Link, takeIntent } from '../ui/router.tsx';
import { Shown } from '../ui/shown.tsx';
import { KindTag, StatusTag, TierTag, ImpactTag } from '../ui/tags.tsx';
import { useClaim } from '../ui/use-claim.ts';
import { useKeys } from '../ui/use-keys.ts';
import { useLoaded } from '../ui/use-loaded.ts';
import { ConversationSoFar } from '../ui/conversation-so-far.tsx';

export interface RequestPageProps {
  readonly sessionId: string;
  readonly gateId: string;
  readonly showHelp: () => void;
}

/** Beside the stream: what it can't tell of (gates beyond those that are listed) is looked at again. */
const LOOK_AGAIN_MS = 15_000;

export function RequestPage({ sessionId, gateId, showHelp }: RequestPageProps): ReactNode {
  const version = changesOf(useQueueView(), sessionId);
  const { value, problem, reload } = useLoaded<GateView>(gatePath({ sessionId, gateId }), {
    version,
    everyMs: LOOK_AGAIN_MS,
  });
  return (
    <main id="main" className="request">
      <p className="crumbs">
        <Link to={{ page: 'queue' }}>What waits</Link>
      </p>
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      {value === undefined ? (
        <h1 tabIndex={-1}>{problem === undefined ? 'Reading the request …' : 'A request'}</h1>
      ) : (
        <Request gate={value} reload={reload} showHelp={showHelp} />
      )}
    </main>
  );
}

interface RequestProps {
  readonly gate: GateView;
  readonly reload: () => void;
  readonly showHelp: () => void;
}

function Request({ gate, reload, showHelp }: RequestProps): ReactNode {
  const { me } = useInbox();
  const bytes = useMemo(() => shownBytes(gate), [gate]);
  const situation: GateSituation = { gate, me, isWhatRuns: bytes.isWhatRuns };
  const actions = ACTIONS_OF[gate.facts.kind] as readonly DecidingAction[];
  const [deciding, setDeciding] = useState<{
    readonly action: DecidingAction;
    readonly gate: GateView;
  }>();
  const claim = useClaim(situation, reload);
  const open = (action: DecidingAction | undefined): void => {
    // The dialog keeps the gate as it was looked at: what changes meanwhile is refused, not decided unseen.
    if (action !== undefined && whyNotGate(action, situation) === undefined)
      setDeciding({ action, gate });
  };
  const openIntended = (intent: Intent): void => {
    if (intent.open === 'claim') claim.toggle();
    else open(intended(intent, actions, (action) => DECISION_OF[action] === 'rejected'));
  };
  useEffect(() => openIntended(takeIntent()), []);
  const back = (): void => goTo({ page: 'queue' });
  useKeys({
    a: () => openIntended({ open: 'first' }),
    r: () => openIntended({ open: 'no' }),
    m: () => openIntended({ open: 'change' }),
    g: () => open(actions.find((action) => action === 'grant')),
    c: claim.toggle,
    u: back,
    Escape: back,
    '?': showHelp,
  });
  return (
    <>
      <Head gate={gate} />
      <Intact gate={gate} bytes={bytes} />
      <section aria-labelledby="facts" className="card">
        <h2 id="facts">
          Facts <span className="quiet">made by rule, never by a model</span>
        </h2>
        <Facts gate={gate} />
      </section>
      <Payload gate={gate} bytes={bytes} />
      <Previous gate={gate} />
      <AgentSays gate={gate} />
      <ConversationSoFar gate={gate} />
      <RelatedGates related={gate.related} sessionId={gate.facts.sessionId} />
      <DecisionBar situation={situation} actions={actions} onOpen={open} claim={claim} />
      {deciding === undefined ? null : (
        <DecisionDialog
          gate={deciding.gate}
          action={deciding.action}
          onClose={() => setDeciding(undefined)}
          onAnswered={reload}
        />
      )}
    </>
  );
}

function Head({ gate }: { readonly gate: GateView }): ReactNode {
  const { facts, status, open } = gate;
  return (
    <header className="page-head">
      <h1 tabIndex={-1}>
        <Shown text={facts.description} />
      </h1>
      <p className="row-tags">
        <StatusTag status={status} />
        <KindTag kind={facts.kind} />
        <TierTag tier={facts.tier} />
        <ImpactTag impact={facts.estimatedImpact} />
        {open === undefined ? null : <Countdown respondBy={open.respondBy} />}
      </p>
      <Outcome gate={gate} />
    </header>
  );
}

function Outcome({ gate: { outcome, status } }: { readonly gate: GateView }): ReactNode {
  if (outcome === undefined) return null;
  const { reviewerId, rationale, at } = outcome;
  return (
    <Notice tone={status === 'approved' || status === 'modified' ? 'good' : 'warn'}>
      It is over: {status}
      {reviewerId === undefined ? '' : <Shown text={` by ${reviewerId}`} />}, <Ago at={at} />.
      {rationale === undefined ? null : (
        <>
          {' '}
          “<Shown text={rationale} />”
        </>
      )}
    </Notice>
  );
}

function Intact({
  gate,
  bytes,
}: {
  readonly gate: GateView;
  readonly bytes: ShownBytes;
}): ReactNode {
  if (gate.payload === undefined || (bytes.isWhatRuns && gate.isIntact !== false)) return null;
  return (
    <Notice tone="bad" isUrgent>
      <strong>Decide nothing here.</strong> The payload below is not the one that the digest names,
      so it is not what would run.
    </Notice>
  );
}

function Payload({
  gate,
  bytes,
}: {
  readonly gate: GateView;
  readonly bytes: ShownBytes;
}): ReactNode {
  const { payload, payloadDigest } = gate;
  const question = payload?.['question'];
  return (
    <section aria-labelledby="payload" className="card">
      <h2 id="payload">
        {gate.facts.kind === 'question' ? 'What the agent asks' : 'Payload'}{' '}
        <span className="quiet">
          {payload === undefined
            ? ''
            : `every leaf. ${readingText(JSON.stringify(payload).length)}`}
        </span>
      </h2>
      {gate.facts.kind === 'question' && typeof question === 'string' ? (
        <p className="agent-label">The agent’s own words, which nobody has checked:</p>
      ) : null}
      {payload === undefined ? (
        <p className="quiet">It has ended, and its bytes are out of reach of this gateway.</p>
      ) : (
        <PayloadView payload={payload} />
      )}
      <ExactBytes bytes={bytes} digest={payloadDigest} />
    </section>
  );
}

function Previous({ gate: { previous, payload } }: { readonly gate: GateView }): ReactNode {
  if (previous === undefined) return null;
  const { changedBy, rationale, at, fingerprint } = previous;
  return (
    <section aria-labelledby="previous" className="card">
      <h2 id="previous">Changed by a reviewer</h2>
      <p>
        <Shown text={changedBy ?? 'Somebody'} /> changed it, <Ago at={at} />.
        {rationale === undefined ? null : (
          <>
            {' '}
            “<Shown text={rationale} />”
          </>
        )}{' '}
        <span className="quiet">Before, its fingerprint was {fingerprint}.</span>
      </p>
      {previous.payload === undefined || payload === undefined ? (
        <p className="quiet">What it was before is out of reach.</p>
      ) : (
        <LeafDiff before={previous.payload} after={payload} caption="What differs from before" />
      )}
    </section>
  );
}

function AgentSays({ gate: { agentSays } }: { readonly gate: GateView }): ReactNode {
  if (agentSays === undefined) return null;
  return (
    <section aria-labelledby="agent-says" className="agent-box">
      <h2 id="agent-says">The agent says</h2>
      <p className="agent-label">
        Its own words ({counted(agentSays.length, 'character')}), which nobody has checked. Judge by
        the facts above.
      </p>
      <div className="agent-words">
        {agentSays.split('\n').map((line, index) => (
          <p key={index}>
            <Shown text={line} />
          </p>
        ))}
      </div>
    </section>
  );
}
