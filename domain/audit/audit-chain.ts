/** The hash chain of a trail: gapless order, and whether anything was changed, cut out or put in between. */
import { type AuditEvent, type ChainHead, GENESIS, hashOf } from './audit-event.ts';
import { isJson } from '../text/json.ts';
import { HASHED_DEPTH_MAX } from '../limits.ts';

export type ChainProblem = {
  /** The first sequence number at which the chain does not hold. */
  readonly seq: number;
  readonly reason: 'gap' | 'fork' | 'changed' | 'version' | 'session';
};

/**
 * Checks a trail that follows on `from` (a whole session: the genesis). Returns the first thing wrong, or undefined.
 * What a chain alone can't show is a cut tail: compare the head with the evidence store or the history.
 */
export function verifyChain(
  events: readonly AuditEvent[],
  from: ChainHead = GENESIS,
): ChainProblem | undefined {
  let head = from;
  const sessionId = events[0]?.sessionId;
  for (const event of events) {
    const reason = problemOf(event, head, sessionId);
    if (reason !== undefined) return { seq: head.seq + 1, reason };
    head = { seq: event.seq, hash: event.hash };
  }
  return undefined;
}

function problemOf(
  event: AuditEvent,
  head: ChainHead,
  sessionId: string | undefined,
): ChainProblem['reason'] | undefined {
  if (event.version !== 1) return 'version';
  if (event.seq !== head.seq + 1) return 'gap';
  if (event.previousHash !== head.hash) return 'fork';
  if (event.sessionId !== sessionId) return 'session';
  const { hash, ...hashed } = event;
  // What can't be hashed was never sealed.
  return isJson(hashed, HASHED_DEPTH_MAX) && hashOf(hashed) === hash ? undefined : 'changed';
}

export function headOf(events: readonly AuditEvent[], from: ChainHead = GENESIS): ChainHead {
  const last = events.at(-1);
  return last === undefined ? from : { seq: last.seq, hash: last.hash };
}
