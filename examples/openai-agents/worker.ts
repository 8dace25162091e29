/** A worker for the agent on the OpenAI Agents SDK: Temporal's plugin for it, and Holdpoint's. */
import { fileURLToPath } from 'node:url';
import { OpenAIProvider } from '@openai/agents-openai';
import { OpenAIAgentsPlugin } from '@temporalio/openai-agents';
import { type BundleOptions, Worker } from '@temporalio/worker';
import { holdpoint } from 'holdpoint/worker';
import type { AgentWorkerOptions } from '../order-desk/agent-worker.ts';
import { orderPolicy } from '../order-desk/policy.ts';

/** @openai/agents-core imports a part of itself later: of a workflow bundle that has to be in it from the start. */
export const inOnePiece: NonNullable<BundleOptions['webpackConfigHook']> = (config) => ({
  ...config,
  module: {
    ...config.module,
    parser: { ...config.module?.parser, javascript: { dynamicImportMode: 'eager' } },
  },
});

const WORKFLOWS = fileURLToPath(new URL('./workflows', import.meta.url));

export async function createAgentWorker(options: AgentWorkerOptions): Promise<Worker> {
  const { orders, endpoint, evidence, ...common } = options;
  const modelProvider = new OpenAIProvider({ ...endpoint, useResponses: false });
  return Worker.create({
    workflowsPath: WORKFLOWS,
    ...common,
    // region: worker
    activities: { ...orders },
    bundlerOptions: { webpackConfigHook: inOnePiece },
    plugins: [
      new OpenAIAgentsPlugin({ modelProvider }),
      holdpoint({ policy: orderPolicy, evidence }),
    ],
    // endregion
  });
}
