/** An order of the kill switch, with its reason; sent once, and what came of it. */
import { type ReactNode, useState } from 'react';
import type { KillBody, KillReported } from '../../gateway/api/kills.ts';
import { freshId } from '../api/fresh-id.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { KillReport } from './kill-report.tsx';
import { Notice, ProblemNotice } from './notice.tsx';
import { Shown } from './shown.tsx';
import { TextField } from './text-field.tsx';
import { useSending } from './use-sending.ts';

/** An order as it is prepared: of which switch, and which way. */
export type KillOrder = Pick<KillBody, 'verb' | 'agentId' | 'all'>;

const EFFECTS: Readonly<Record<KillBody['verb'], string>> = {
  kill: 'From its acknowledgement on no action starts, and nobody is asked for one. Running sessions are cancelled; what is in flight comes home. It stands until it is lifted. Ended sessions stay ended.',
  lift: 'Actions may start again. Sessions that it ended stay ended.',
};

export interface KillDialogProps {
  readonly first: KillOrder;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function KillDialog({ first, onClose, onDone }: KillDialogProps): ReactNode {
  const [order, setOrder] = useState(first);
  const [reason, setReason] = useState('');
  const sending = useSending<KillReported>('/v1/kills', onDone);
  const { isBusy, answer: reported, problem } = sending;
  // One order, however often it is sent: it counts once.
  const [orderId] = useState(freshId);
  const { verb, agentId } = order;
  const title = verb === 'kill' ? 'Kill' : 'Lift the kill';
  const send = (): void => sending.send({ ...order, reason: reason.trim(), orderId });
  return (
    <Dialog title={title} onClose={onClose} isBusy={isBusy}>
      <p className="hint">{EFFECTS[verb]}</p>
      {verb === 'kill' && reported === undefined ? (
        <Scope order={order} onChange={setOrder} />
      ) : (
        <p>{agentId === undefined ? 'All agents' : <Shown text={agentId} />}</p>
      )}
      {reported === undefined ? (
        <TextField
          label="Reason"
          value={reason}
          onChange={setReason}
          hint="It stands with the kill, and in the trail of each session that it ends."
          isRequired
          isFirst={verb === 'lift'}
        />
      ) : (
        <KillReport verb={verb} reported={reported} />
      )}
      {isBusy ? (
        <Notice tone="plain">It is on its way: what runs is looked at until it is quiet.</Notice>
      ) : null}
      {problem === undefined ? null : <ProblemNotice problem={problem} />}
      <div className="dialog-foot">
        <Button onPress={onClose} whyNot={isBusy ? 'It is on its way.' : undefined}>
          {reported === undefined ? 'Back' : 'Close'}
        </Button>
        {reported === undefined || !reported.isQuiet ? (
          <Button
            look={verb === 'kill' ? 'danger' : 'primary'}
            whyNot={isBusy ? 'It is on its way.' : whyNotSend(order, reason)}
            onPress={send}
          >
            {reported === undefined ? title : 'Send the same again'}
          </Button>
        ) : null}
      </div>
    </Dialog>
  );
}

function whyNotSend({ agentId }: KillOrder, reason: string): string | undefined {
  if (agentId?.trim() === '') return 'Say which agent, or all of them.';
  return reason.trim() === '' ? 'Say why: a reason is required.' : undefined;
}

function Scope({
  order: { verb, agentId },
  onChange,
}: {
  readonly order: KillOrder;
  readonly onChange: (order: KillOrder) => void;
}): ReactNode {
  const isAll = agentId === undefined;
  return (
    <fieldset>
      <legend>Whom</legend>
      <div className="choices">
        <label>
          <input
            type="radio"
            name="kill-scope"
            checked={!isAll}
            onChange={() => onChange({ verb, agentId: '' })}
          />{' '}
          one agent
        </label>
        <label>
          <input
            type="radio"
            name="kill-scope"
            checked={isAll}
            onChange={() => onChange({ verb, all: true })}
          />{' '}
          all agents
        </label>
      </div>
      {isAll ? null : (
        <TextField
          label="Agent"
          value={agentId}
          onChange={(id) => onChange({ verb, agentId: id })}
          isRequired
          isFirst
        />
      )}
    </fieldset>
  );
}
