/** A team's configuration as the command line loads it. The goal of a session says what its agent does. */
import { trace } from '@opentelemetry/api';
import { defineTool, scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { definePolicy } from 'holdpoint/policy';
import { defineConfig } from 'holdpoint/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

const pay = defineTool({
  name: 'pay',
  description: 'Pays money.',
  input: z.object({ to: z.string(), amount: z.number().positive() }),
  // The team traces what it does itself, with the API that OpenTelemetry gives to libraries.
  execute: ({ to, amount }) =>
    trace.getTracer('team').startActiveSpan('charge the card', (span) => {
      span.end();
      return `paid ${amount} to ${to}`;
    }),
});

/** Reports on its standard output when it begins and ends, as a tool does that is at work for a while. */
const slow = defineTool({
  name: 'slow',
  description: 'Works for a while.',
  input: z.object({ ms: z.number() }),
  execute: async ({ ms }) => {
    console.log('slow began');
    await delay(ms);
    console.log('slow ended');
    return 'done';
  },
});

const broken = defineTool({
  name: 'broken',
  description: 'Says in its error what it was given.',
  input: z.object({ secret: z.string() }),
  execute: ({ secret }) => {
    throw new Error(`can't use ${secret}`);
  },
});

/** `{"name": "pay", "arguments": {…}}` as a goal makes that one call. */
const model = scriptedModel([
  ({ goal }) => ({ text: 'As asked.', calls: [JSON.parse(goal) as Call] }),
  { text: 'Done.' },
]);

interface Call {
  readonly name: string;
  readonly arguments: Record<string, string | number>;
}

// oxlint-disable-next-line import/no-default-export -- what the command line loads
export default defineConfig({
  tools: [pay, slow, broken],
  policy: definePolicy({
    name: 'deployed',
    version: '1',
    tools: {
      pay: { reversibility: 'partially_reversible', value: '/amount', highValueLimit: 100 },
      slow: { reversibility: 'reversible' },
      broken: { reversibility: 'reversible' },
    },
  }),
  model: { model, confidenceModel: scriptedConfidence([{ score: 0.9 }]) },
});
