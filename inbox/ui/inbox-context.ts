/** What every page needs: the gateway, the server's clock, the queue, who is logged in. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import type { Me } from '../../gateway/api/me.ts';
import type { Gateway } from '../api/gateway.ts';
import type { QueueStore, QueueView } from '../api/queue-store.ts';
import type { ServerClock } from '../api/server-clock.ts';

export interface Inbox {
  readonly gateway: Gateway;
  readonly clock: ServerClock;
  readonly queue: QueueStore;
  readonly me: Me;
  /** Says something to screen readers, politely. */
  readonly announce: (words: string) => void;
}

export const InboxContext = createContext<Inbox | undefined>(undefined);

export function useInbox(): Inbox {
  const inbox = useContext(InboxContext);
  if (inbox === undefined) throw new Error('Pages stand within the inbox');
  return inbox;
}

export function useQueueView(): QueueView {
  const { queue } = useInbox();
  return useSyncExternalStore(queue.subscribe, queue.view);
}

/** A text that follows the server's clock; drawn anew only where the text is another one. */
export function useClockText(textAt: (now: number) => string): string {
  const { clock } = useInbox();
  return useSyncExternalStore(clock.subscribe, () => textAt(clock.now()));
}
