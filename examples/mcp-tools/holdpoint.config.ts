/** A configuration with an MCP server: what `holdpoint dev`, `worker` and `tools` run. From the project's root. */
import { definePolicy } from 'holdpoint/policy';
import { scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { defineConfig } from 'holdpoint/worker';

const model = scriptedModel([
  { calls: [{ name: 'notes__read_notes', arguments: {} }] },
  {
    text: 'n-2 says the same as n-1.',
    calls: [{ name: 'notes__remove_note', arguments: { id: 'n-2' } }],
  },
  { text: 'The duplicate is gone.' },
]);

// region: config
// oxlint-disable-next-line import/no-default-export -- what the command line loads
export default defineConfig({
  tools: [],
  mcpServers: [
    { name: 'notes', command: 'node', args: ['dist/examples/mcp-tools/notes-server.js'] },
    // { name: 'shop', url: 'https://shop.example/mcp', headers: { authorization: `Bearer ${key}` } },
  ],
  policy: definePolicy({
    name: 'notes',
    version: '1',
    tools: {
      notes__read_notes: { readOnly: true },
      // Its server says that it destroys, so that it counts as irreversible all the same.
      notes__remove_note: { reversibility: 'partially_reversible' },
    },
  }),
  model: { model, confidenceModel: scriptedConfidence([{ score: 0.9 }]) },
});
// endregion
