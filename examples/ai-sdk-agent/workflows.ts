/** An agent on the AI SDK, as a workflow: its model and its tools are activities, and no line is about Holdpoint. */
// oxlint-disable-next-line import/no-unassigned-import -- It gives names to globalThis.
import './web-names.ts';
import { proxyActivities } from '@temporalio/workflow';
import { generateText, stepCountIs, tool } from 'ai';
import { z } from 'zod';
import type { OrderActivities, Task } from '../order-desk/orders.ts';
import { activityModel } from './activity-model.ts';

// region: agent
const orders = proxyActivities<OrderActivities>({ startToCloseTimeout: '1 minute' });

export async function supportAgent({ task, model }: Task): Promise<string> {
  const { text } = await generateText({
    model: activityModel(model),
    // Temporal tries again, and a workflow can end with a failure of Temporal's only.
    maxRetries: 0,
    stopWhen: stepCountIs(10),
    prompt: task,
    tools: {
      findOrders: tool({
        description: 'Lists the orders of a customer.',
        inputSchema: z.object({ customer: z.string() }),
        execute: (input) => orders.findOrders(input),
      }),
      refundOrder: tool({
        description: 'Pays money back for an order.',
        inputSchema: z.object({ order: z.string(), amount: z.number() }),
        execute: (input) => orders.refundOrder(input),
      }),
    },
  });
  return text;
}
// endregion
