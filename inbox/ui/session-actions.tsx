/** What an operator may do to a session: one table says when (model/what-may-be-done.ts). Every order says why. */
import { type ReactNode, useState } from 'react';
import type { Said } from '../../gateway/api/decisions.ts';
import type { SessionView } from '../../gateway/api/sessions.ts';
import { sessionPath } from '../api/gateway.ts';
import { SESSION_ACTIONS, type SessionAction, whyNotSession } from '../model/what-may-be-done.ts';
import { PHASE_WORDS } from '../model/words.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { useInbox } from './inbox-context.ts';
import { Notice, ProblemNotice } from './notice.tsx';
import { goTo } from './router.tsx';
import { Shown } from './shown.tsx';
import { TextField } from './text-field.tsx';
import { useSending } from './use-sending.ts';

type Verb = Exclude<SessionAction, 'revoke' | 'audit'>;

const VERBS: readonly Verb[] = ['pause', 'resume', 'instruct', 'cancel'];

export interface SessionActionsProps {
  readonly session: SessionView;
  readonly onDone: () => void;
}

export function SessionActions({ session, onDone }: SessionActionsProps): ReactNode {
  const { me } = useInbox();
  const [verb, setVerb] = useState<Verb>();
  const reasons = VERBS.map((one) => whyNotSession(one, { session, me }));
  const [first] = reasons;
  const isShared = first !== undefined && reasons.every((reason) => reason === first);
  const { sessionId } = session;
  return (
    <section className="session-bar" aria-label="Steer">
      {isShared ? <p className="why-not">{first}</p> : null}
      <div className="buttons">
        {VERBS.map((one, index) => (
          <Button
            key={one}
            look={one === 'cancel' ? 'danger' : 'plain'}
            whyNot={reasons[index]}
            isWhyShown={!isShared}
            onPress={() => setVerb(one)}
          >
            {SESSION_ACTIONS[one].label}
          </Button>
        ))}
        <Button
          look="quiet"
          whyNot={whyNotSession('audit', { session, me })}
          onPress={() => goTo({ page: 'audit', sessionId })}
        >
          {SESSION_ACTIONS.audit.label}
        </Button>
      </div>
      {verb === undefined ? null : (
        <OrderDialog
          session={session}
          verb={verb}
          onClose={() => setVerb(undefined)}
          onDone={onDone}
        />
      )}
    </section>
  );
}

const EFFECTS: Readonly<Record<Verb, string>> = {
  pause: 'Nothing new starts, and every deadline stands still. What is in flight comes home.',
  resume: 'It goes on where it stood, and deadlines move by the length of the pause.',
  instruct: 'The agent is told it at its next turn, as a person’s words.',
  cancel: 'Open gates are withdrawn, and the session ends as cancelled. That can not be undone.',
};

interface OrderProps extends SessionActionsProps {
  readonly verb: Verb;
  readonly onClose: () => void;
}

function OrderDialog({ session, verb, onClose, onDone }: OrderProps): ReactNode {
  const [reason, setReason] = useState('');
  const [message, setMessage] = useState('');
  const path = sessionPath(session.sessionId, '/operate');
  const { send, isBusy, answer: said, problem } = useSending<Said>(path, onDone);
  const whyNot = isBusy
    ? 'It is on its way.'
    : verb === 'instruct' && message.trim() === ''
      ? 'Write what the agent is to be told.'
      : reason.trim() === ''
        ? 'Say why: a reason is required.'
        : undefined;
  const order = (): void =>
    send({ verb, reason: reason.trim(), ...(verb === 'instruct' ? { message } : {}) });
  return (
    <Dialog title={SESSION_ACTIONS[verb].label} onClose={onClose} isBusy={isBusy}>
      <p>
        <Shown text={session.sessionId} />
      </p>
      <p className="hint">{EFFECTS[verb]}</p>
      {said === undefined ? (
        <>
          {verb === 'instruct' ? (
            <TextField
              label="What the agent is told"
              value={message}
              onChange={setMessage}
              isLong
              isRequired
              isFirst
            />
          ) : null}
          <TextField
            label="Reason"
            value={reason}
            onChange={setReason}
            hint="It stands in the trail."
            isRequired
            isFirst={verb !== 'instruct'}
          />
        </>
      ) : (
        <Notice tone={said.status === 'done' ? 'good' : 'warn'}>{saidWords(said)}</Notice>
      )}
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      <div className="dialog-foot">
        <Button onPress={onClose}>{said === undefined ? 'Back' : 'Close'}</Button>
        {said === undefined ? (
          <Button look={verb === 'cancel' ? 'danger' : 'primary'} whyNot={whyNot} onPress={order}>
            {SESSION_ACTIONS[verb].label}
          </Button>
        ) : null}
      </div>
    </Dialog>
  );
}

const SAID_WORDS: Readonly<Record<Said['status'], string>> = {
  done: 'Done.',
  unchanged: 'It was so before.',
  sent: 'The session did not answer: the order is left with Temporal, and takes hold as soon as a worker runs.',
  unknown: 'The session has not answered yet: look again before you send it once more.',
};

function saidWords({ status, message, phase }: Said): string {
  const now = phase === undefined ? '' : ` The session: ${PHASE_WORDS[phase].toLowerCase()}.`;
  return `${message ?? SAID_WORDS[status]}${now}`;
}
