/**
 * The pause flag in the evidence store, which actions check when they reserve. It stands as long as a pause or a cancel
 * meets actions that are scheduled and may not have started (H7); an ordinary interrupt costs nothing.
 */
import { condition, workflowInfo } from '@temporalio/workflow';
import { atOnce, evidence } from './own-activities.ts';
import type { SessionRecord } from './session-record.ts';
import { mayStart } from './start-line.ts';

/** A flag that nobody raised in this run, met by an action: a run before a Reset left it. It is taken over, and lowered. */
export function takeOverFlag(record: SessionRecord): void {
  if (mayStart(record)) record.raiseFlag(true);
}

/** Runs beside the workflow until the session is closed and the flag is down. */
export async function keepPauseFlag(record: SessionRecord): Promise<void> {
  for (;;) {
    await condition(() => isFlagWanted(record) || record.isFlagRaised || isOver(record));
    if (isFlagWanted(record)) {
      record.raiseFlag(true);
      await setFlag(record, true);
      await condition(() => !isFlagWanted(record));
    }
    if (record.isFlagRaised) {
      await setFlag(record, false);
      record.raiseFlag(false);
    } else if (isOver(record)) return;
  }
}

function isFlagWanted(record: SessionRecord): boolean {
  return record.state.phase !== 'running' && record.reserving.size > 0;
}

function isOver(record: SessionRecord): boolean {
  return record.state.phase === 'closed' && record.reserving.size === 0;
}

async function setFlag(record: SessionRecord, paused: boolean): Promise<void> {
  const { sessionId } = record.state;
  const { firstExecutionRunId } = workflowInfo();
  const flag = { sessionId, firstExecutionRunId, paused };
  try {
    await atOnce.setInterrupt(flag);
  } catch {
    // The evidence store does not answer: the flag is set as soon as it does.
    await evidence.setInterrupt(flag);
  }
}
