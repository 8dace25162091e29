/** Claiming a gate, or giving it back: it tells the others who looks at it, and keeps nobody from deciding. */
import { useState } from 'react';
import type { Said } from '../../gateway/api/decisions.ts';
import { gatePath, problemOf } from '../api/gateway.ts';
import { type GateSituation, whyNotGate } from '../model/what-may-be-done.ts';
import { useInbox } from './inbox-context.ts';

export interface Claiming {
  readonly action: 'claim' | 'release';
  readonly whyNot: string | undefined;
  readonly toggle: () => void;
  readonly said: string;
}

export function useClaim(situation: GateSituation, reload: () => void): Claiming {
  const { gateway, me } = useInbox();
  const [said, setSaid] = useState('');
  const [isBusy, setBusy] = useState(false);
  const isMine = situation.gate.open?.claim?.reviewerId === me.subject && me.subject !== undefined;
  const action = isMine ? 'release' : 'claim';
  const whyNot = isBusy ? 'It is on its way.' : whyNotGate(action, situation);
  const toggle = (): void => {
    if (whyNot !== undefined) return;
    setBusy(true);
    const { sessionId, gateId } = situation.gate.facts;
    gateway
      .send<Said>(`${gatePath({ sessionId, gateId })}/${action}`, {})
      .then(
        ({ message }) => setSaid(message ?? (action === 'claim' ? 'Claimed.' : 'Released.')),
        (error: unknown) => setSaid(problemOf(error).detail),
      )
      .finally(() => {
        setBusy(false);
        reload();
      });
  };
  return { action, whyNot, toggle, said };
}
