/** H11: how an activity or a child workflow that can't be undone is scheduled, whatever its workflow wrote. */
import { ActivityCancellationType, type ActivityOptions } from '@temporalio/workflow';

/** One attempt. */
export function atMostOnce(
  options: Pick<ActivityOptions, 'retry'>,
): Pick<ActivityOptions, 'retry'> {
  return { retry: { ...options.retry, maximumAttempts: 1 } };
}

/** Its real end is awaited, also where its workflow is cancelled. */
export const AWAITED: Pick<ActivityOptions, 'cancellationType'> = {
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
};
