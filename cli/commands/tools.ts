/** tools: what the MCP servers of a configuration offer, what changed since it was approved, and approving it. */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { cutText } from '../../domain/text/visible-text.ts';
import { loadConfig } from '../config-file.ts';
import type { HoldpointConfig, OfferedTool } from '../embedded.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, type Shell } from '../shell.ts';

interface ToolsFlags {
  readonly config?: string;
  readonly approve?: readonly string[];
}

const ALL = 'all';

export function addToolsCommand(program: Command, shell: Shell): void {
  program
    .command('tools')
    .description(
      'the tools of your MCP servers, and what changed since you approved them; exit code 1 where some are not approved',
    )
    .option('--config <file>', 'left out: holdpoint.config.ts, .mts, .js or .mjs in this folder')
    .option('--approve <names...>', `approve these as they are now, or ${ALL} of them`)
    .action(async ({ config: named, approve }: ToolsFlags) => {
      const { mcpOffer, workerParts } = await import('../embedded.ts');
      const { path, config } = await loadConfig(named);
      const { mcp, policy } = await workerParts(config as HoldpointConfig, path);
      if (mcp === undefined) {
        throw new CommandFailure(`${path} names no MCP servers (mcpServers).`, EXIT.usage);
      }
      const offer = await mcpOffer({ ...mcp, policy });
      const names = offer.tools.map(({ name }) => name);
      const chosen = approve?.includes(ALL) === true ? names : (approve ?? []);
      const unknown = chosen.filter((name) => !names.includes(name));
      if (unknown.length > 0) {
        throw new CommandFailure(`No tool ${unknown.join(', ')}. There are: ${names.join(', ')}`);
      }
      for (const tool of offer.tools) shell.show(tool, () => toolText(tool));
      for (const line of offer.leftOut) shell.progress(line);
      for (const name of offer.gone) shell.progress(`${name}: approved, and no longer there`);
      if (chosen.length > 0) {
        await offer.approve(chosen);
        shell.progress(`approved in ${basename(mcp.lockFile)}: ${chosen.join(', ')}`);
        shell.progress('Commit it. A worker reads it when it starts.');
      }
      const open = offer.tools.filter(
        ({ name, status }) => status !== 'approved' && !chosen.includes(name),
      );
      if (open.length === 0) return;
      const left = open.map(({ name }) => name).join(' ');
      throw new CommandFailure(
        `Not approved, so that each call waits for a person. If they are right: holdpoint tools --approve ${left}`,
      );
    });
}

/** Of one line; `--json` has everything. */
const SHOWN_CHARACTERS = 2_000;

function toolText(tool: OfferedTool): string {
  const { name, status, countsAs, digest, changes, description, inputSchema, annotations } = tool;
  const heading = `${name}  ${status}, counts as ${countsAs}, ${digest.slice(0, 12)}`;
  if (status === 'approved') return heading;
  const what =
    status === 'changed'
      ? changes
      : [
          `says: ${JSON.stringify(description)}`,
          `takes: ${JSON.stringify(inputSchema)}`,
          `calls itself: ${JSON.stringify(annotations)}`,
        ];
  return [heading, ...what.map((line) => `    ${cutText(line, SHOWN_CHARACTERS)}`)].join('\n');
}
