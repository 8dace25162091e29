/** A worker for the agent on the AI SDK. */
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { holdpoint } from 'holdpoint/worker';
import type { AgentWorkerOptions } from '../order-desk/agent-worker.ts';
import { orderPolicy } from '../order-desk/policy.ts';
import { modelActivities } from './model-activities.ts';

const WORKFLOWS = fileURLToPath(new URL('./workflows', import.meta.url));

export async function createAgentWorker(options: AgentWorkerOptions): Promise<Worker> {
  const { orders, endpoint, evidence, ...common } = options;
  return Worker.create({
    workflowsPath: WORKFLOWS,
    ...common,
    // region: worker
    activities: { ...orders, ...modelActivities(endpoint) },
    plugins: [holdpoint({ policy: orderPolicy, evidence })],
    // endregion
  });
}
