/** The configuration of workers for agents that do not stop. A payment leaves the moment of its effect in a file. */
import { appendFile } from 'node:fs/promises';
import { definePolicy } from 'holdpoint/policy';
import { scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { defineConfig } from 'holdpoint/worker';

// oxlint-disable-next-line import/no-default-export -- what the command line loads
export default defineConfig({
  tools: [],
  workflows: 'loop-workflows.ts',
  activities: {
    pay: async () => appendFile(process.env['EFFECTS'] ?? '', `${Date.now()}\n`),
  },
  policy: definePolicy({
    name: 'looping',
    version: '1',
    // It runs at most once, and nobody is asked.
    tools: { pay: { reversibility: 'partially_reversible' } },
  }),
  model: {
    model: scriptedModel([{ text: 'Done.' }]),
    confidenceModel: scriptedConfidence([{ score: 0.9 }]),
  },
});
