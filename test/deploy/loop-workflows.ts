/** An agent that does not stop: one payment after the other, and on after each that fails. */
import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { Policy } from 'holdpoint/policy';
import { createHoldpoint } from 'holdpoint/workflow';

const payments = proxyActivities<{ pay(to: string): Promise<void> }>({
  startToCloseTimeout: '20 seconds',
});
const { loadPolicy } = proxyLocalActivities<{ loadPolicy(): Promise<Policy> }>({
  scheduleToCloseTimeout: '4 seconds',
});

export async function looping(): Promise<void> {
  const hold = createHoldpoint({ agentId: 'looping' });
  await hold.run(async () => {
    hold.pinPolicy(await loadPolicy());
    const { pay } = hold.guard(payments);
    for (let turn = 1; ; turn += 1) {
      await hold.checkpoint();
      await pay(`bob ${turn}`).catch(() => undefined);
    }
  });
}
