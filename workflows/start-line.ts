/**
 * The line that nothing crosses while the session is paused, ends, or is about to continue as new (H7). What starts
 * something asks `mayStart` in the same synchronous stretch of code: between an await and the start, a message may
 * have been handled.
 */
import { CancelledFailure } from '@temporalio/common';
import { condition } from '@temporalio/workflow';
import { agentCancelled } from './failures.ts';
import type { SessionRecord } from './session-record.ts';

export function mayStart(record: SessionRecord): boolean {
  return record.state.phase === 'running' && !record.isLeaving && !record.isFlagRaised;
}

function isEnding(record: SessionRecord): boolean {
  const { phase } = record.state;
  return phase === 'cancelling' || phase === 'closed';
}

/** Waits until something may start. Throws AgentCancelled, or CancelledFailure, where nothing will any more. */
export async function untilMayStart(record: SessionRecord): Promise<void> {
  if (!isEnding(record)) await condition(() => mayStart(record) || isEnding(record));
  throwIfEnding(record);
}

export function throwIfEnding(record: SessionRecord): void {
  if (!isEnding(record)) return;
  const { cancel, sessionId } = record.state;
  if (cancel !== undefined) throw agentCancelled(sessionId, cancel);
  throw new CancelledFailure(`Session ${sessionId} is ending`);
}
