/** Addresses and pages: a link changes the page without loading another one; back and forward work as everywhere. */
import { type MouseEvent, type ReactNode, useSyncExternalStore } from 'react';
import { addressOf, type Page, pageAt } from '../model/routes.ts';
import type { DecidingAction } from '../model/decision.ts';

/** What the queue's keys ask a request's page to open: in no address, so that no link can carry it. */
export interface Intent {
  readonly open?: 'first' | 'no' | 'change' | 'claim';
}

const listeners = new Set<() => void>();

function changed(): void {
  for (const one of listeners) one();
}

export function goTo(page: Page, intent: Intent = {}): void {
  history.pushState(intent, '', addressOf(page));
  window.scrollTo(0, 0);
  changed();
}

/** Taken once: a reload, or coming back, opens nothing. */
export function takeIntent(): Intent {
  const intent = (history.state ?? {}) as Intent;
  if (intent.open !== undefined) history.replaceState({}, '');
  return intent;
}

/** Of the actions of a gate, in the order of their table, the one that an intent means. */
export function intended(
  { open }: Intent,
  actions: readonly DecidingAction[],
  isNo: (action: DecidingAction) => boolean,
): DecidingAction | undefined {
  if (open === 'first') return actions[0];
  if (open === 'no') return actions.find(isNo);
  return open === 'change' ? actions[2] : undefined;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('popstate', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('popstate', listener);
  };
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

export function usePage(): Page {
  return pageAt(usePath());
}

export interface LinkProps {
  readonly to: Page;
  readonly className?: string;
  readonly children: ReactNode;
  readonly isCurrent?: boolean;
  readonly intent?: Intent;
}

export function Link({
  to,
  className,
  children,
  isCurrent = false,
  intent = {},
}: LinkProps): ReactNode {
  const follow = (event: MouseEvent): void => {
    // A new tab, or window, is the browser's business.
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!isPlain || event.altKey) return;
    event.preventDefault();
    goTo(to, intent);
  };
  return (
    <a
      href={addressOf(to)}
      className={className}
      onClick={follow}
      aria-current={isCurrent ? 'page' : undefined}
    >
      {children}
    </a>
  );
}
