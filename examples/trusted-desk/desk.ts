/** What the agent of this desk can do, and the part that its scripted model plays. */
import { defineTool, scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { z } from 'zod';

export const tools = [
  defineTool({
    name: 'refund',
    description: 'Pays money back for an order.',
    input: z.object({ order: z.string(), amount: z.number().positive() }),
    execute: ({ order, amount }) => `paid ${amount} back for ${order}`,
  }),
  defineTool({
    name: 'delete_record',
    description: 'Deletes a record for good.',
    input: z.object({ id: z.string() }),
    execute: ({ id }) => `deleted ${id}`,
  }),
];

export const GOAL = 'Pay Ada back what she was charged twice, and remove her duplicates.';

const refund = (amount: number) => ({ name: 'refund', arguments: { order: 'o-1', amount } });
const remove = (id: string) => ({ name: 'delete_record', arguments: { id } });

export const model = scriptedModel([
  { calls: [refund(240)] },
  { calls: [refund(120)] },
  { calls: [remove('c-1')] },
  { calls: [remove('c-2')] },
  { calls: [remove('c-3')] },
  { calls: [remove('c-3')] },
  { text: 'Ada has her money, and one record.' },
]);

export const confidenceModel = scriptedConfidence([{ score: 0.9 }]);
