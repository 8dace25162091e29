/** A workflow of somebody else's worker, which knows nothing of Holdpoint. */
import { proxyActivities } from '@temporalio/workflow';

const { hit } = proxyActivities<{ hit(): Promise<string> }>({
  startToCloseTimeout: '5 seconds',
  retry: { maximumAttempts: 1 },
});

export async function hitting(): Promise<string> {
  return hit();
}
