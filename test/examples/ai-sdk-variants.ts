/** Agents on the AI SDK as other teams write them. None has a line about Holdpoint. */
// oxlint-disable-next-line import/no-unassigned-import -- It gives names to globalThis.
import '../../examples/ai-sdk-agent/web-names.ts';
import { proxyActivities } from '@temporalio/workflow';
import { generateText, type ModelMessage, tool } from 'ai';
import { z } from 'zod';
import { activityModel } from '../../examples/ai-sdk-agent/activity-model.ts';
import type { OrderActivities, Task } from '../../examples/order-desk/orders.ts';

const orders = proxyActivities<OrderActivities>({ startToCloseTimeout: '1 minute' });

/** The SDK's own approval, which this workflow gives itself. */
export async function ownApproval({ task, model }: Task): Promise<readonly string[]> {
  const messages: ModelMessage[] = [{ role: 'user', content: task }];
  const asked = {
    model: activityModel(model),
    maxRetries: 0,
    tools: {
      refundOrder: tool({
        description: 'Pays money back for an order.',
        inputSchema: z.object({ order: z.string(), amount: z.number() }),
        needsApproval: true,
        execute: (input) => orders.refundOrder(input),
      }),
    },
  };
  const first = await generateText({ ...asked, messages });
  const requests = first.content.filter((part) => part.type === 'tool-approval-request');
  messages.push(...first.response.messages, {
    role: 'tool',
    content: requests.map(({ approvalId }) => ({
      type: 'tool-approval-response',
      approvalId,
      approved: true,
    })),
  });
  const second = await generateText({ ...asked, messages });
  return [`${requests.length} interrupted`, second.text];
}
