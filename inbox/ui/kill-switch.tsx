/**
 * The kill switch: what stands, an order, and what came of it. It works through the workers: without this page there is
 * the command line.
 */
import { type ReactNode, useState } from 'react';
import type { KillsShown, StandingKill } from '../../gateway/api/kills.ts';
import { whyNotKill } from '../model/what-may-be-done.ts';
import { Button } from './button.tsx';
import { Ago } from './countdown.tsx';
import { useInbox } from './inbox-context.ts';
import { KillDialog, type KillOrder } from './kill-dialog.tsx';
import { Notice } from './notice.tsx';
import { Shown } from './shown.tsx';
import { useLoaded } from './use-loaded.ts';

const LOOK_AGAIN_MS = 10_000;

export function KillSwitch(): ReactNode {
  const { me } = useInbox();
  const [order, setOrder] = useState<KillOrder>();
  const { value, reload } = useLoaded<KillsShown>('/v1/kills', { everyMs: LOOK_AGAIN_MS });
  const whyNot = whyNotKill(me);
  const kills = value?.kills ?? [];
  return (
    <section className="kill-switch" aria-label="Kill switch">
      {kills.length === 0 ? null : (
        <Notice tone="bad">
          <ul>
            {kills.map((kill) => (
              <li key={kill.agentId ?? 'all'}>
                <Standing kill={kill} />{' '}
                <Button
                  look="quiet"
                  whyNot={whyNot}
                  isWhyShown={false}
                  onPress={() => setOrder({ verb: 'lift', ...scopeOf(kill) })}
                >
                  Lift
                </Button>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Button look="danger" whyNot={whyNot} onPress={() => setOrder({ verb: 'kill', agentId: '' })}>
        Kill switch …
      </Button>
      {order === undefined ? null : (
        <KillDialog first={order} onClose={() => setOrder(undefined)} onDone={reload} />
      )}
    </section>
  );
}

function scopeOf({ agentId }: StandingKill): Pick<KillOrder, 'agentId' | 'all'> {
  return agentId === undefined ? { all: true } : { agentId };
}

function Standing({ kill }: { readonly kill: StandingKill }): ReactNode {
  const { agentId, operatorId, reason, storedAt } = kill;
  return (
    <>
      <strong>Killed:</strong> {agentId === undefined ? 'all agents' : <Shown text={agentId} />}, by{' '}
      <Shown text={operatorId} />, <Ago at={storedAt} />: <Shown text={reason} />. Nothing of it
      starts until it is lifted.
    </>
  );
}
