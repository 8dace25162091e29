/**
 * The pause flag in the evidence store, which actions check when they reserve. It stands as long as a pause or a cancel
 * meets actions that are scheduled and may not have started (H7); an ordinary interrupt costs nothing.
 */
import { CancellationScope, condition, workflowInfo } from '@temporalio/workflow';
import { interrupt } from './own-activities.ts';
import type { SessionRecord } from './session-record.ts';

/** Runs beside the workflow until the session is closed and the flag is down. */
export function keepPauseFlag(record: SessionRecord): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      await condition(() => isFlagWanted(record) || isOver(record));
      if (isOver(record)) return;
      record.raiseFlag(true);
      await setFlag(record, true);
      await condition(() => !isFlagWanted(record));
      await setFlag(record, false);
      record.raiseFlag(false);
    }
  });
}

function isFlagWanted(record: SessionRecord): boolean {
  return record.state.phase !== 'running' && record.reserving.size > 0;
}

function isOver(record: SessionRecord): boolean {
  return record.state.phase === 'closed' && record.reserving.size === 0;
}

function setFlag(record: SessionRecord, paused: boolean): Promise<void> {
  const { sessionId } = record.state;
  const { firstExecutionRunId } = workflowInfo();
  return interrupt.setInterrupt({ sessionId, firstExecutionRunId, paused });
}
