/**
 * The pages of the inbox and their addresses: the only place that makes or reads one. Notices link to a gate's.
 * An address only shows: whatever it says, nothing is decided by opening it.
 */
export type Page =
  | { readonly page: 'queue' }
  | { readonly page: 'request'; readonly sessionId: string; readonly gateId: string }
  | { readonly page: 'sessions' }
  | { readonly page: 'session'; readonly sessionId: string }
  | { readonly page: 'audit'; readonly sessionId: string }
  | { readonly page: 'overview' }
  | { readonly page: 'unknown' };

export function addressOf(to: Page): string {
  switch (to.page) {
    case 'queue':
    case 'unknown':
      return '/';
    case 'request':
      return `${sessionAddress(to.sessionId)}/gates/${encodeURIComponent(to.gateId)}`;
    case 'sessions':
      return '/sessions';
    case 'session':
      return sessionAddress(to.sessionId);
    case 'audit':
      return `${sessionAddress(to.sessionId)}/audit`;
    case 'overview':
      return '/overview';
  }
}

function sessionAddress(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

/** Total: a path that is none of ours is the page that says so. */
export function pageAt(path: string): Page {
  const parts = partsOf(path);
  if (parts === undefined) return { page: 'unknown' };
  const [first, sessionId, what, gateId] = parts;
  if (first === undefined) return { page: 'queue' };
  if (first === 'overview' && parts.length === 1) return { page: 'overview' };
  if (first !== 'sessions') return { page: 'unknown' };
  if (sessionId === undefined) return { page: 'sessions' };
  if (what === undefined) return { page: 'session', sessionId };
  if (what === 'audit' && parts.length === 3) return { page: 'audit', sessionId };
  if (what === 'gates' && gateId !== undefined && parts.length === 4) {
    return { page: 'request', sessionId, gateId };
  }
  return { page: 'unknown' };
}

function partsOf(path: string): readonly string[] | undefined {
  try {
    return path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
