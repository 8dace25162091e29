/** What `holdpoint dev` and `holdpoint worker` run. */
import { scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { defineConfig } from 'holdpoint/worker';
import { tools } from './tools.ts';

export default defineConfig({
  tools,
  policy: 'policy.yaml',
  // Whose signed decisions count, for tiers of the policy that say `proof: signed` (npx holdpoint keys new --as you):
  //   keys: 'trusted-keys.json',
  // Who stands behind accounts, for a policy that says `people: directory`:
  //   directory: 'people.json',
  // A part played without any model, so that this runs at once. A real one, with its key in OPENAI_API_KEY:
  //   model: { provider: 'openai', model: 'gpt-4.1', instructions: 'You work at the order desk.' },
  model: {
    model: scriptedModel([
      { calls: [{ name: 'find_order', arguments: { order: 'o-1' } }] },
      {
        text: 'Order o-1 was charged twice.',
        calls: [{ name: 'refund', arguments: { order: 'o-1', amount: 120 } }],
      },
      { text: 'Ada has her money back.' },
    ]),
    confidenceModel: scriptedConfidence([{ score: 0.9 }]),
  },
});
