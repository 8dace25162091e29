/** Workflows that end while calls of theirs wait, and that start things which could run again by themselves. */
import {
  ApplicationFailure,
  condition,
  continueAsNew,
  defineSignal,
  executeChild,
  proxyActivities,
  setDefaultSignalHandler,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlainActivities } from './plain-workflows.ts';

const { publish } = proxyActivities<PlainActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { maximumAttempts: 3, initialInterval: '50 milliseconds' },
});

export const go = defineSignal<[string]>('go');

async function untilTold(): Promise<string> {
  let told: string | undefined;
  setHandler(go, (word) => {
    told = word;
  });
  await condition(() => told !== undefined);
  return told ?? '';
}

/** Its call waits, and nobody waits for its call. */
export async function leaving(how: string, run = 1): Promise<string> {
  publish(`${how} ${run}`).catch(() => undefined);
  await untilTold();
  if (how === 'fail') throw ApplicationFailure.nonRetryable('broke', 'Own');
  if (how === 'continue' && run === 1) return continueAsNew<typeof leaving>(how, 2);
  return `ended ${run}`;
}

/** Its child is started once, it says, and tried again when it fails, or every second. */
export async function recurring(
  taskQueue: string,
  how: 'retry' | 'cron',
): Promise<string | undefined> {
  const again =
    how === 'retry'
      ? { retry: { maximumAttempts: 3, initialInterval: 100 } }
      : { cronSchedule: '@every 1s' };
  const { workflowId } = workflowInfo();
  return executeChild<() => Promise<string>>('hitting', {
    args: [],
    workflowId: `${workflowId}/child`,
    taskQueue,
    ...again,
  }).catch((error: unknown) => {
    const cause = error instanceof Error ? error.cause : undefined;
    return cause instanceof ApplicationFailure ? (cause.type ?? cause.message) : String(error);
  });
}

/** Its handlers carry the names of ours. */
export async function clashing(): Promise<readonly string[]> {
  const taken: string[] = [];
  for (const name of ['holdpoint_decide', 'holdpoint_pause'])
    setHandler(defineSignal<[unknown]>(name), () => void taken.push(name));
  return [await publish('clash'), ...taken];
}

/** Takes what was sent before there was a handler for it. */
export async function early(): Promise<readonly string[]> {
  const taken: string[] = [];
  const published = await publish('early');
  setHandler(defineSignal<[string]>('late'), (word) => void taken.push(word));
  await condition(() => taken.length > 0);
  return [published, ...taken];
}

/** Takes whatever nobody else takes. */
export async function catchAll(): Promise<readonly string[]> {
  const taken: string[] = [];
  setDefaultSignalHandler((name) => void taken.push(name));
  const published = await publish('defaults');
  await condition(() => taken.length > 0);
  return [published, ...taken];
}

/** A gate at every level, and below each. */
export async function gatedNest(depth: number): Promise<readonly string[]> {
  const { workflowId } = workflowInfo();
  const here = await publish(`level ${depth}`);
  if (depth === 0) return [here];
  const below = await executeChild(gatedNest, {
    args: [depth - 1],
    workflowId: `${workflowId}/${depth - 1}`,
  });
  return [here, ...below];
}
