/**
 * What runs beside a workflow as long as its session is open, in a scope that no cancellation reaches: a cancellation ends
 * gates by itself, and the timer, the flag and the notices must outlive it.
 */
import { CancellationScope } from '@temporalio/workflow';
import { keepTime } from './deadline-clock.ts';
import { keepNotices } from './notifier.ts';
import { keepPauseFlag } from './pause-flag.ts';
import type { SessionRecord } from './session-record.ts';
import { keepTrust } from './trust-keeper.ts';

export function runBeside(record: SessionRecord): void {
  void CancellationScope.nonCancellable(async () =>
    Promise.all([keepTime(record), keepPauseFlag(record), keepTrust(record), keepNotices(record)]),
  );
}
