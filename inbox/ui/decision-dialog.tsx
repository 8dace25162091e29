/**
 * Deciding: what exactly it is about, what it takes, and what became of it. One press sends once; where nobody knows
 * whether it arrived, the same is sent again under the same id (model/decision.ts).
 */
import { type ReactNode, useReducer, useState } from 'react';
import type { DecisionAnswered } from '../../gateway/api/decisions.ts';
import type { GateView } from '../../gateway/api/gates.ts';
import type { Json } from '../../domain/text/json.ts';
import { gatePath, problemOf } from '../api/gateway.ts';
import {
  afterStep,
  answerWords,
  type Choice,
  contentOf,
  type DecidingAction,
  DECISION_OF,
  needsReason,
  refusalWords,
  type Sending,
  UNDECIDED,
} from '../model/decision.ts';
import { freshId } from '../api/fresh-id.ts';
import { type GrantDraft, grantDraft, grantTermsOf, grantWords } from '../model/grant-draft.ts';
import { GATE_ACTIONS } from '../model/what-may-be-done.ts';
import { numberText, REVERSIBILITY_WORDS } from '../model/words.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Fingerprint } from './exact-bytes.tsx';
import { GrantForm } from './grant-form.tsx';
import { useInbox } from './inbox-context.ts';
import { modificationOf, ModifyForm } from './modify-form.tsx';
import { Notice } from './notice.tsx';
import { JsonField } from './schema-form.tsx';
import { Marked, Shown } from './shown.tsx';
import { TextField } from './text-field.tsx';
import { shownText } from '../../domain/text/shown-text.ts';

export interface DecisionDialogProps {
  readonly gate: GateView;
  readonly action: DecidingAction;
  readonly onClose: () => void;
  /** Something was answered: the page reads the gate anew. */
  readonly onAnswered: () => void;
}

interface Draft {
  readonly value: Json;
  readonly rationale: string;
}

/** What a dialog begins with: nobody types again what stands there. */
function firstValue(gate: GateView, action: DecidingAction): Json {
  if (action === 'modify') return gate.payload ?? {};
  if (action === 'correct') return gate.payload?.['answer'] ?? '';
  if (action === 'happenedWith') return gate.payload?.['result'] ?? null;
  return '';
}

/** What is being said, what stands in its way, and what became of it. */
function useDecision({ gate, action, onAnswered }: Omit<DecisionDialogProps, 'onClose'>) {
  const { gateway, clock } = useInbox();
  const [draft, setDraft] = useState<Draft>(() => ({
    value: firstValue(gate, action),
    rationale: '',
  }));
  const limits = gate.open?.grant;
  const [grant, setGrant] = useState(() =>
    limits === undefined ? undefined : grantDraft(gate.payload ?? {}, limits),
  );
  // Fixed, so that a grant sent again is the same to the millisecond.
  const [openedAt] = useState(() => clock.now());
  const [deciding, step] = useReducer(afterStep, UNDECIDED);
  const isSending = deciding.sending.step === 'sending';
  const terms =
    action === 'grant' && grant !== undefined && limits !== undefined
      ? grantTermsOf(grant, { tool: gate.facts.actionType, limits, now: openedAt })
      : undefined;
  const { choice, problem } = choiceOf(gate, action, draft, terms);
  const content = contentOf(gate, action, choice);
  const send = (): void => {
    if (content === undefined || isSending) return;
    const next = { type: 'send', content, freshId: freshId() } as const;
    const decisionId = afterStep(deciding, next).last?.decisionId;
    step(next);
    const path = `${gatePath(gate.facts)}/decide`;
    gateway
      .send<DecisionAnswered>(path, { ...content, decisionId })
      .then(
        (answer) => step({ type: 'answered', answer }),
        (error: unknown) => step({ type: 'failed', problem: problemOf(error) }),
      )
      .finally(onAnswered);
  };
  return {
    draft,
    change: (next: Draft): void => {
      setDraft(next);
      step({ type: 'edit' });
    },
    grant,
    changeGrant: (next: GrantDraft): void => {
      setGrant(next);
      step({ type: 'edit' });
    },
    terms,
    sending: deciding.sending,
    whyNot:
      problem ??
      (content === undefined ? 'It waits no longer.' : isSending ? 'It is on its way.' : undefined),
    send,
  };
}

export function DecisionDialog(props: DecisionDialogProps): ReactNode {
  const { gate, action, onClose } = props;
  const decision = useDecision(props);
  const { draft, change, grant, changeGrant, terms, sending } = decision;
  const limits = gate.open?.grant;
  const isSending = sending.step === 'sending';
  const isOver = sending.step === 'answered' || sending.step === 'refused';
  return (
    <Dialog
      title={`${GATE_ACTIONS[action].label}: ${shownText(gate.facts.actionType)}`}
      onClose={onClose}
      isBusy={isSending}
      size={action === 'modify' || action === 'grant' ? 'large' : 'small'}
    >
      <WhatItIs gate={gate} />
      {isOver ? null : (
        <>
          <Editor gate={gate} action={action} draft={draft} onChange={change} />
          {action === 'grant' && grant !== undefined && limits !== undefined ? (
            <GrantForm
              tool={gate.facts.actionType}
              limits={limits}
              draft={grant}
              onChange={changeGrant}
            />
          ) : null}
          {terms?.ok === true ? (
            <p className="hint">This lets pass: {shownText(grantWords(terms.terms))}.</p>
          ) : null}
          <Reason gate={gate} action={action} draft={draft} onChange={change} />
        </>
      )}
      <Told sending={sending} />
      <div className="dialog-foot">
        <Button
          onPress={onClose}
          whyNot={isSending ? 'It is on its way.' : undefined}
          isWhyShown={false}
        >
          {isOver ? 'Close' : 'Back'}
        </Button>
        {isOver ? null : (
          <Button look={lookOf(action)} onPress={decision.send} whyNot={decision.whyNot}>
            {sending.step === 'unsure' ? 'Send the same again' : CONFIRM[action]}
          </Button>
        )}
      </div>
    </Dialog>
  );
}

function lookOf(action: DecidingAction): 'primary' | 'danger' {
  return DECISION_OF[action] === 'rejected' ? 'danger' : 'primary';
}

/** What the last button says: what it does, exactly. */
const CONFIRM: Readonly<Record<DecidingAction, string>> = {
  approve: 'Approve exactly this',
  grant: 'Approve this and grant the others',
  reject: 'Reject it',
  modify: 'Send the change',
  deliver: 'Deliver this answer',
  correct: 'Deliver the corrected answer',
  sendBack: 'Send it back',
  answer: 'Send the answer',
  decline: 'Give no answer',
  happened: 'Say that it happened',
  happenedWith: 'Say that it happened with this result',
  didNot: 'Say that it did not happen',
};

function choiceOf(
  gate: GateView,
  action: DecidingAction,
  { value, rationale }: Draft,
  terms: ReturnType<typeof grantTermsOf> | undefined,
): { readonly choice: Choice; readonly problem: string | undefined } {
  const lacksReason =
    needsReason(gate, action) && rationale.trim() === ''
      ? 'Say why: a reason is required.'
      : undefined;
  switch (action) {
    case 'modify': {
      const { modifications, problem } = modificationOf(gate, value);
      return { choice: { rationale, modifications }, problem: problem ?? lacksReason };
    }
    case 'answer':
    case 'correct': {
      const isEmpty = typeof value !== 'string' || value.trim() === '';
      const isSame = action === 'correct' && value === gate.payload?.['answer'];
      const problem = isEmpty
        ? 'Write the answer.'
        : isSame
          ? 'Nothing is changed yet.'
          : undefined;
      return {
        choice: { rationale, modifications: { answer: value } },
        problem: problem ?? lacksReason,
      };
    }
    case 'happenedWith':
      return { choice: { rationale, modifications: { result: value } }, problem: lacksReason };
    case 'grant': {
      if (terms?.ok !== true)
        return { choice: { rationale }, problem: terms?.problem ?? 'No grant is allowed here.' };
      return { choice: { rationale, grant: terms.terms }, problem: lacksReason };
    }
    case 'approve':
    case 'reject':
    case 'deliver':
    case 'sendBack':
    case 'decline':
    case 'happened':
    case 'didNot':
      return { choice: { rationale }, problem: lacksReason };
  }
}

function WhatItIs({ gate }: { readonly gate: GateView }): ReactNode {
  const { facts, fingerprint } = gate;
  return (
    <dl className="facts what-it-is">
      <dt>What</dt>
      <dd>
        <Shown text={facts.description} />
      </dd>
      <dt>Tool</dt>
      <dd>
        <code>
          <Shown text={facts.actionType} />
        </code>{' '}
        version <Shown text={facts.toolVersion} />
      </dd>
      {typeof facts.value === 'number' ? (
        <>
          <dt>Value</dt>
          <dd>{numberText(facts.value)}</dd>
        </>
      ) : null}
      <dt>Undo</dt>
      <dd>{REVERSIBILITY_WORDS[facts.reversibility]}</dd>
      <dt>Fingerprint</dt>
      <dd>
        <Fingerprint digits={fingerprint} />
      </dd>
    </dl>
  );
}

interface EditorProps {
  readonly gate: GateView;
  readonly action: DecidingAction;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

function Editor({ gate, action, draft, onChange }: EditorProps): ReactNode {
  const set = (value: Json): void => onChange({ ...draft, value });
  const text = typeof draft.value === 'string' ? draft.value : JSON.stringify(draft.value);
  const question = gate.payload?.['question'];
  switch (action) {
    case 'modify':
      return <ModifyForm gate={gate} draft={draft.value} onChange={set} />;
    case 'answer':
      return (
        <>
          <blockquote>
            <Marked text={shownText(typeof question === 'string' ? question : '')} />
          </blockquote>
          <TextField label="Your answer" value={text} onChange={set} isLong isRequired isFirst />
        </>
      );
    case 'correct':
      return (
        <TextField
          label="The answer as it should be"
          value={text}
          onChange={set}
          isLong
          isRequired
          isFirst
        />
      );
    case 'happenedWith':
      return (
        <JsonField
          label="What it brought"
          hint="The result that the agent is told, as JSON."
          problem={undefined}
          isRequired
          whyNot={undefined}
          value={draft.value}
          set={set}
        />
      );
    case 'approve':
    case 'grant':
    case 'reject':
    case 'deliver':
    case 'sendBack':
    case 'decline':
    case 'happened':
    case 'didNot':
      return null;
  }
}

function Reason({ gate, action, draft, onChange }: EditorProps): ReactNode {
  const isNo = DECISION_OF[action] === 'rejected';
  return (
    <TextField
      label="Reason"
      hint={isNo ? 'The agent is told it, and it stands in the trail.' : 'It stands in the trail.'}
      value={draft.rationale}
      onChange={(rationale) => onChange({ ...draft, rationale })}
      isLong
      isRequired={needsReason(gate, action)}
      isFirst={action !== 'modify' && action !== 'answer' && action !== 'correct'}
    />
  );
}

function Told({ sending }: { readonly sending: Sending }): ReactNode {
  switch (sending.step) {
    case 'editing':
      return null;
    case 'sending':
      return <Notice tone="plain">On its way …</Notice>;
    case 'answered':
      return <Notice tone="good">{shownText(answerWords(sending.answer))}</Notice>;
    case 'refused':
      return (
        <Notice tone="bad" isUrgent>
          {shownText(refusalWords(sending.problem))}
        </Notice>
      );
    case 'unsure':
      return (
        <Notice tone="warn" isUrgent>
          {shownText(sending.why)} Send the same again: it counts once, however often it arrives.
        </Notice>
      );
  }
}
