/** Agents on the OpenAI Agents SDK as other teams write them. None has a line about Holdpoint. */
import { Agent, type Tool, tool } from '@openai/agents-core';
import { activityAsTool, TemporalOpenAIRunner } from '@temporalio/openai-agents/workflow';
import { proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import type { OrderActivities, Task } from '../../examples/order-desk/orders.ts';

const orders = proxyActivities<OrderActivities>({ startToCloseTimeout: '1 minute' });

const REFUND = {
  name: 'refundOrder',
  description: 'Pays money back for an order.',
  parameters: z.object({ order: z.string(), amount: z.number() }),
  execute: (input: { order: string; amount: number }) => orders.refundOrder(input),
} as const;

function agentWith(refund: Tool, model: string): Agent {
  return new Agent({ name: 'support', instructions: 'You pay back.', model, tools: [refund] });
}

/** The SDK's own approval, which this workflow gives itself. */
export async function ownApproval({ task, model }: Task): Promise<readonly string[]> {
  const agent = agentWith(tool({ ...REFUND, needsApproval: true }), model);
  const runner = new TemporalOpenAIRunner();
  const { interruptions, state } = await runner.run(agent, task);
  for (const interruption of interruptions) state.approve(interruption);
  const { finalOutput } = await runner.run(agent, state);
  return [`${interruptions.length} interrupted`, finalOutput ?? ''];
}

/** Without words of its own for a call that failed. */
export async function defaultWords({ task, model }: Task): Promise<string> {
  const { finalOutput } = await new TemporalOpenAIRunner().run(
    agentWith(tool(REFUND), model),
    task,
  );
  return finalOutput ?? '';
}

/** By the tools of Temporal's package, which pass a failure on. */
export async function activityTools({ task, model }: Task): Promise<string> {
  const refund = activityAsTool<OrderActivities['refundOrder']>({
    name: 'refundOrder',
    description: 'Pays money back for an order.',
    parameters: {
      type: 'object',
      properties: { order: { type: 'string' }, amount: { type: 'number' } },
      required: ['order', 'amount'],
      additionalProperties: false,
    },
  });
  const { finalOutput } = await new TemporalOpenAIRunner().run(agentWith(refund, model), task);
  return finalOutput ?? '';
}
