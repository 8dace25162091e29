/** An agent on the OpenAI Agents SDK, as a workflow: its tools are activities, and no line is about Holdpoint. */
import { Agent, tool } from '@openai/agents-core';
import { rootCause } from '@temporalio/common';
import { TemporalOpenAIRunner } from '@temporalio/openai-agents/workflow';
import { proxyActivities } from '@temporalio/workflow';
import { z } from 'zod';
import type { OrderActivities, Task } from '../order-desk/orders.ts';

// region: agent
const orders = proxyActivities<OrderActivities>({ startToCloseTimeout: '1 minute' });

/** What the agent is told of a call that failed: why. The SDK's own words would ask it to try again. */
const errorFunction = (_context: unknown, error: unknown): string =>
  rootCause(error) ?? 'It failed';

// Without a limit, a model's call that fails would be tried again for ever.
const defaultModelParams = {
  startToCloseTimeout: '5 minutes',
  retry: { maximumAttempts: 3 },
} as const;

export async function supportAgent({ task, model }: Task): Promise<string> {
  const agent = new Agent({
    name: 'support',
    instructions: 'You look after the orders of a shop.',
    model,
    tools: [
      tool({
        name: 'findOrders',
        description: 'Lists the orders of a customer.',
        parameters: z.object({ customer: z.string() }),
        execute: (input) => orders.findOrders(input),
        errorFunction,
      }),
      tool({
        name: 'refundOrder',
        description: 'Pays money back for an order.',
        parameters: z.object({ order: z.string(), amount: z.number() }),
        execute: (input) => orders.refundOrder(input),
        errorFunction,
      }),
    ],
  });
  const runner = new TemporalOpenAIRunner({ defaultModelParams });
  const { finalOutput } = await runner.run(agent, task);
  return finalOutput ?? '';
}
// endregion
