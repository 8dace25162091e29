/**
 * How a session ends, whatever ended it: nothing starts any more, open gates are withdrawn, what is in flight comes
 * home, the evidence is stored; then, and only then, the terminal command.
 *
 * H7 a cancel never leaves the outcome of an action unknown without saying so · H8 no end before the evidence.
 */
import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { CancellationScope, condition } from '@temporalio/workflow';
import { sessionEvent } from '../domain/session/session.ts';
import { closeSession } from '../domain/session/session-closing.ts';
import { flushEvidence } from './evidence-flush.ts';
import { agentCancelled } from './failures.ts';
import { settleNotices } from './notifier.ts';
import type { SessionRecord } from './session-record.ts';

export interface SessionBody<T> {
  /** Cancelled by the operator's `cancel`. */
  readonly scope: CancellationScope;
  readonly body: () => Promise<T>;
  readonly statusOf: ((result: T) => string) | undefined;
}

export async function runSession<T>(record: SessionRecord, session: SessionBody<T>): Promise<T> {
  const { scope, body, statusOf } = session;
  try {
    const result = await scope.run(body);
    if (record.state.phase === 'cancelling') throw cancellation(record);
    await finish(record, statusOf?.(result) ?? 'completed');
    return result;
  } catch (error) {
    // ContinueAsNew ends no session, and a bug fails the workflow task: a fix resumes it, and nothing is lost.
    if (!(error instanceof TemporalFailure)) throw error;
    const isCancelled = record.state.phase === 'cancelling';
    const failure = isCancelled ? cancellation(record) : error;
    await finish(record, isCancelled ? 'cancelled' : 'failed', reasonOf(failure));
    throw failure;
  }
}

function cancellation(record: SessionRecord): TemporalFailure {
  const { cancel, sessionId } = record.state;
  return cancel === undefined
    ? new CancelledFailure(`Session ${sessionId} was cancelled`)
    : agentCancelled(sessionId, cancel);
}

/** The wire name of what ended it, never its message: that may hold anything. */
export function reasonOf(failure: TemporalFailure): string {
  return failure instanceof ApplicationFailure ? (failure.type ?? failure.name) : failure.name;
}

export function finish(record: SessionRecord, status: string, reason?: string): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    const end = { now: Date.now(), why: 'session_ended' };
    record.apply(closeSession(record.state, end));
    // After an operator's `cancel` they have that order.
    if (status !== 'cancelled') for (const child of record.children.values()) child.cancel();
    // Whatever was asked for has its outcome noted, also where that takes a last word with the ledger.
    await condition(() => record.state.inFlight.length === 0 && record.asking === 0);
    await settleNotices(record);
    if (record.head.seq === 0) return;
    const details = reason === undefined ? { status } : { status, reason };
    record.note(sessionEvent({ eventType: 'ended', details }));
    await flushEvidence(record);
  });
}
