/**
 * One timer for all deadlines of a session: armed for the earliest, and armed again when an earlier one appears. What
 * moves later, or ends, is looked at when the timer fires: the next gate is then under a timer that runs already, and
 * the session that ends leaves it to the server, which drops it. So a run of gates costs one timer event, not two each;
 * a session that outlives its timer pays one workflow task for it.
 *
 * H3 the timer decides nothing: when it fires, domain/ looks at the state. A decision that this session has seen by
 * then has ended its gate, whatever the order of arrival was.
 */
import { CancellationScope, condition, sleep } from '@temporalio/workflow';
import { nextDeadline, passTimeOver } from '../domain/session/session-gates.ts';
import type { SessionRecord } from './session-record.ts';

/** Runs beside the workflow until the session is closed. */
export async function keepTime(record: SessionRecord): Promise<void> {
  for (;;) {
    const due = nextDeadline(record.state);
    if (record.state.phase === 'closed') return;
    if (due === undefined) {
      await condition(() => isOver(record) || nextDeadline(record.state) !== undefined);
    } else {
      await untilDue(record, due);
      record.apply(passTimeOver(record.state, Date.now()));
    }
  }
}

function isOver(record: SessionRecord): boolean {
  return record.state.phase === 'closed';
}

async function untilDue(record: SessionRecord, due: number): Promise<void> {
  const timer = new CancellationScope();
  const isMoot = (): boolean => {
    const next = nextDeadline(record.state);
    return isOver(record) || (next !== undefined && next < due);
  };
  const wait = (): Promise<void> =>
    sleep(Math.max(1, due - Date.now()), { summary: summaryOf(due) });
  await timer.run(() => Promise.race([wait(), condition(isMoot)]));
  if (!isOver(record)) timer.cancel();
}

function summaryOf(due: number): string {
  return `next gate deadline ${new Date(due).toISOString()}`;
}
