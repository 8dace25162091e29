/**
 * The trail goes to the evidence store: at the end of a run, on cancel and before continue-as-new, with one activity
 * as long as nothing new happens meanwhile. A session does not end before its evidence is stored (H8).
 */
import { allHandlersFinished, CancellationScope, condition } from '@temporalio/workflow';
import { evidence } from './own-activities.ts';
import type { SessionRecord } from './session-record.ts';

/** Stores, looks again, and repeats while there is something new. Not to be cancelled. */
export function flushEvidence(record: SessionRecord): Promise<void> {
  return CancellationScope.nonCancellable(async () => {
    for (;;) {
      // Handlers of a workflow's own may never finish, and that is its own affair.
      const isAnswered = (): boolean => record.state.isHosted === true || allHandlersFinished();
      await condition(() => isQuiet(record) && isAnswered());
      const slice = record.unstored();
      if (slice.events.length === 0) return;
      await evidence.storeEvidence(slice);
      record.confirmStored(slice);
    }
  });
}

/** Nothing is under way, and no flag is left behind for a run that begins again from here. */
function isQuiet(record: SessionRecord): boolean {
  return record.state.inFlight.length === 0 && !record.isFlagRaised;
}
