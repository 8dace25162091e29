/** Replays under the plugin: of what ran just now, and of saved histories. */
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { holdpoint } from '../../workers/plugin.ts';
import type { History } from '../workflows/saved-histories.ts';
import { runsOf } from '../workflows/session-runs.ts';
import { bundled, plainPolicy, WORKFLOWS } from './plugin-world.ts';

export const HISTORIES = fileURLToPath(new URL('histories/', import.meta.url));

export interface RunHistory {
  readonly workflowId: string;
  readonly history: History;
}

/** Of all runs of a workflow and of its children, oldest first. */
export async function historiesOf(
  client: Client,
  workflowId: string,
): Promise<readonly RunHistory[]> {
  const runs = await runsOf(client, workflowId);
  const started = runs
    .flatMap(({ events }) => events)
    .map((event) => event.childWorkflowExecutionStartedEventAttributes?.workflowExecution);
  const children = new Set(started.flatMap((child) => child?.workflowId ?? []));
  const below = await Promise.all([...children].map((child) => historiesOf(client, child)));
  return [
    ...runs.map(({ events }) => ({ workflowId, history: { events: [...events] } })),
    ...below.flat(),
  ];
}

/** Throws where one does not fit the workflow code of today with the plugin. */
export async function replayAll(histories: readonly RunHistory[]): Promise<void> {
  const workflowBundle = await bundled(WORKFLOWS, {});
  const options = { workflowBundle, plugins: [holdpoint({ policy: plainPolicy() })] };
  for (const { history, workflowId } of histories) {
    await Worker.runReplayHistory(options, history, workflowId);
  }
}
