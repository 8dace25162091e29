/** The policy of the plugin's benchmark. */
import { definePolicy } from 'holdpoint/policy';

export const pluginPolicy = definePolicy({
  name: 'bench',
  version: '1',
  tools: {
    look: { readOnly: true },
    note: { reversibility: 'reversible' },
    publish: { reversibility: 'irreversible' },
  },
});
