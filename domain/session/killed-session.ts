/**
 * What a kill has come to in one session, from what was seen of it from outside. An order that nobody acknowledged is
 * never taken for one that arrived: a session that does not answer is `unknown`, and not quiet.
 */
import type { KillScope } from '../action/kill.ts';
import type { SessionStatus } from '../messages.ts';

/** What is known of a session: its own word; or `ended`, by Temporal's. `silent`: it was asked, and did not answer. */
export type SeenSession = SessionStatus | 'ended' | 'silent' | 'unseen';

/**
 * `quiet` it has ended, or nothing of it is in flight and nothing more starts · `not_quiet` something is in flight, or it
 * has not taken the cancel · `unknown` it does not answer
 */
export type KillState = 'quiet' | 'not_quiet' | 'unknown';

export function killState(seen: SeenSession): KillState {
  if (seen === 'ended') return 'quiet';
  if (typeof seen === 'string') return 'unknown';
  const startsNothing = seen.phase === 'cancelling' || seen.phase === 'closed';
  return startsNothing && seen.inFlight.length === 0 ? 'quiet' : 'not_quiet';
}

/** Whether the cancel has reached it, by its own word. */
export function hasTakenCancel(seen: SeenSession): boolean {
  if (seen === 'ended') return true;
  if (typeof seen === 'string') return false;
  const { phase, cancelledBy } = seen;
  return phase === 'cancelling' || phase === 'closed' || cancelledBy !== undefined;
}

/** A session that runs, as far as it is known. */
export interface RunningSession {
  readonly sessionId: string;
  /** Left out: it has not answered yet. */
  readonly agentId?: string;
  /** The workflow that started it as its child. */
  readonly parentSessionId?: string;
}

/** Whether a kill ends a session, where those of `meant` are ended: what they have started is ended with them. */
export function isMeant(
  scope: KillScope,
  { agentId, parentSessionId }: RunningSession,
  meant: ReadonlySet<string>,
): boolean {
  if ('all' in scope || agentId === scope.agentId) return true;
  return parentSessionId !== undefined && meant.has(parentSessionId);
}

/** Those that a kill ends. Of one that has not answered its agent is not known. */
export function sessionsMeant(
  scope: KillScope,
  running: readonly RunningSession[],
): ReadonlySet<string> {
  const meant = new Set<string>();
  for (let before = -1; before < meant.size;) {
    before = meant.size;
    for (const session of running) {
      if (isMeant(scope, session, meant)) meant.add(session.sessionId);
    }
  }
  return meant;
}
