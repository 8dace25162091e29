/** The worker of the order workflow. The plugin is the one line that is new. */
import { type NativeConnection, Worker } from '@temporalio/worker';
import { type EvidenceStore, holdpoint } from 'holdpoint/worker';
import { fileURLToPath } from 'node:url';
import type { Desk } from './desk.ts';
import { policy } from './policy.ts';

export const TASK_QUEUE = 'orders';

export interface OrderWorkerParts {
  readonly connection: NativeConnection;
  readonly evidence: EvidenceStore;
  readonly activities: Desk;
}

export async function orderWorker({
  connection,
  evidence,
  activities,
}: OrderWorkerParts): Promise<Worker> {
  // region: worker
  const worker = await Worker.create({
    connection,
    taskQueue: TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('workflows.js', import.meta.url)),
    activities,
    plugins: [holdpoint({ policy, evidence })],
  });
  // endregion
  return worker;
}
