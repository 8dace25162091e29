/** What the agent can do. `execute` is where your systems come in. */
import { defineTool } from 'holdpoint/tools';
import { z } from 'zod';

/** Orders by their number. Yours are in a database. */
export const orders = new Map([
  ['o-1', { customer: 'Ada', total: 240, refunded: 0 }],
  ['o-2', { customer: 'Grace', total: 80, refunded: 0 }],
]);

/** Changes nothing, so it never waits for anybody. */
const findOrder = defineTool({
  name: 'find_order',
  description: 'Looks up an order by its number.',
  input: z.object({ order: z.string() }),
  readOnly: true,
  quick: true,
  execute: ({ order }) => orders.get(order) ?? 'There is no such order.',
});

/** Moves money. What waits for a person, and for whom, stands in policy.yaml. */
const refund = defineTool({
  name: 'refund',
  description: 'Pays money back for an order.',
  input: z.object({ order: z.string(), amount: z.number().positive() }),
  execute: ({ order, amount }) => {
    const found = orders.get(order);
    if (found === undefined) throw new Error(`There is no order ${order}`);
    found.refunded += amount;
    return `paid ${amount} back for ${order}`;
  },
});

export const tools = [findOrder, refund] as const;
