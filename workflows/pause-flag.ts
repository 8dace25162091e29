/**
 * The pause flag in the evidence store, which actions check when they reserve: raised only where a pause or a cancel
 * finds actions that are scheduled and may not have started (H7). An ordinary pause costs no activity.
 */
import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import { evidence } from './own-activities.ts';
import type { SessionRecord } from './session-record.ts';

/** Runs beside the workflow until the session is closed and the flag is down. */
export function keepPauseFlag(record: SessionRecord): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => isClosed(record) || isFlagWanted(record));
      if (isClosed(record)) return;
      record.raiseFlag(true);
      await setFlag(record, true);
      await condition(() => isClosed(record) || record.state.phase === 'running');
      await setFlag(record, false);
      record.raiseFlag(false);
    }
  });
}

function isClosed(record: SessionRecord): boolean {
  return record.state.phase === 'closed';
}

function isFlagWanted(record: SessionRecord): boolean {
  const { phase } = record.state;
  return (phase === 'paused' || phase === 'cancelling') && record.reserving.size > 0;
}

function setFlag(record: SessionRecord, paused: boolean): Promise<void> {
  const { sessionId } = record.state;
  const { firstExecutionRunId } = workflowInfo();
  return evidence.setInterrupt({ sessionId, firstExecutionRunId, paused });
}
