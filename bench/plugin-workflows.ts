/** The workflow of the plugin's benchmark: nobody shaped it for Holdpoint. */
import { proxyActivities } from '@temporalio/workflow';
import type { PluginCall } from './plugin-plan.ts';

export interface PluginActivities {
  /** Reads, says the policy. */
  look(text: string): Promise<number>;
  /** Can be undone, says the policy. */
  note(text: string): Promise<number>;
  /** Can't be undone, says the policy: a person is asked. */
  publish(text: string): Promise<number>;
}

const activities = proxyActivities<PluginActivities>({ startToCloseTimeout: '1 minute' });

/** So many calls, one after the other. */
export async function inTurn({ name, calls, bytes }: PluginCall): Promise<number> {
  const text = 'x'.repeat(bytes);
  let sum = 0;
  for (let call = 0; call < calls; call += 1) sum += await activities[name](text);
  return sum;
}

/**
 * So many calls scheduled at once, and none awaited: what is left of it is what scheduling costs. Nobody runs them, since
 * the workflow has ended.
 */
export async function atOnce({ name, calls, bytes }: PluginCall): Promise<void> {
  const text = 'x'.repeat(bytes);
  for (let call = 0; call < calls; call += 1) activities[name](text).catch(() => undefined);
}
