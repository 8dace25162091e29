/** The configuration beside this one, with an MCP server: the folder of its world comes from the environment. */
import { defineConfig } from 'holdpoint/worker';
import { wikiCommand } from '../support/mcp-wiki.ts';
import config from './holdpoint.config.ts';

const { WIKI_FOLDER = '', WIKI_COMMAND } = process.env;
const { command, args } = wikiCommand({ path: WIKI_FOLDER });

// oxlint-disable-next-line import/no-default-export -- what the command line loads
export default defineConfig({
  ...config,
  mcpServers: [{ name: 'wiki', command: WIKI_COMMAND ?? command, args }],
});
