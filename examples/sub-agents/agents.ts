/** An agent that hands work to another one: what a team writes. */
import { definePolicy } from 'holdpoint/policy';
import { defineAgentTool, defineTool, scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { z } from 'zod';

// region: agents

export const tools = [
  defineAgentTool({
    name: 'clean_up',
    description: 'Finds the duplicates of a customer and removes them. Say which customer.',
    agentId: 'cleaner',
  }),
  defineTool({
    name: 'find_duplicates',
    description: 'Lists the duplicates of a customer.',
    input: z.object({ customer: z.string() }),
    readOnly: true,
    execute: () => ['cus-55'],
  }),
  defineTool({
    name: 'delete_record',
    description: 'Deletes a record for good.',
    input: z.object({ id: z.string() }),
    execute: ({ id }) => `deleted ${id}`,
  }),
];

export const policy = definePolicy({
  name: 'desk',
  version: '1',
  tools: {
    // It may start by itself: whatever it then does is looked at one by one.
    clean_up: { reversibility: 'reversible' },
    find_duplicates: { readOnly: true },
  },
});
// endregion

export const GOAL = 'Put the records of Ada in order.';

const clerk = scriptedModel([
  { calls: [{ name: 'clean_up', arguments: { goal: 'Remove the duplicates of Ada.' } }] },
  { text: 'The records of Ada are in order.' },
]);
const cleaner = scriptedModel([
  { calls: [{ name: 'find_duplicates', arguments: { customer: 'Ada' } }] },
  { calls: [{ name: 'delete_record', arguments: { id: 'cus-55' } }] },
  { text: 'Removed cus-55.' },
]);

/** Scripted, so that the example runs without a provider. Both agents have the worker's one model. */
export const model = {
  name: 'scripted model',
  respond: (request: Parameters<typeof clerk.respond>[0]) =>
    (request.goal === GOAL ? clerk : cleaner).respond(request),
};

export const confidenceModel = scriptedConfidence([{ score: 0.9 }]);
