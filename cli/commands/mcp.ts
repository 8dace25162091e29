/** mcp: an MCP server on standard input and output, with which a coding agent asks for approval. */
import { once } from 'node:events';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { GatewayApi, type GatewayAddress } from '../mcp/gateway-api.ts';
import { CommandFailure, type Shell } from '../shell.ts';
import { packageVersion } from '../version.ts';

export function addMcpCommand(program: Command, shell: Shell): void {
  program
    .command('mcp')
    .description('an MCP server (stdio) with which a coding agent asks for approval')
    .option('--agent <id>', "which agent asks; left out: the token's subject")
    .action(async ({ agent: agentId }: { readonly agent?: string }) => {
      const api = new GatewayApi(addressOf(shell.environment));
      const { StdioServerTransport } = await import('@modelcontextprotocol/sdk/server/stdio.js');
      const { createApprovalServer } = await import('../mcp/approval-server.ts');
      const server = createApprovalServer({
        api,
        version: packageVersion(),
        ...(agentId === undefined ? {} : { agentId }),
      });
      const ends = ['SIGINT', 'SIGTERM'].map(async (signal) => once(process, signal));
      const left = once(process.stdin, 'end');
      await server.connect(new StdioServerTransport());
      await Promise.race([left, ...ends]);
      await server.close();
    });
}

function addressOf(env: NodeJS.ProcessEnv): GatewayAddress {
  const url = env['HOLDPOINT_GATEWAY_URL'] ?? '';
  const token = env['HOLDPOINT_GATEWAY_TOKEN'] ?? '';
  if (/^https?:\/\/[^/?#\s]+\/?$/.test(url) && token !== '') {
    return { url: url.replace(/\/$/, ''), token };
  }
  throw new CommandFailure(
    [
      'Where is the gateway, and who asks? Set both:',
      '  export HOLDPOINT_GATEWAY_URL=http://127.0.0.1:8234',
      '  export HOLDPOINT_GATEWAY_TOKEN=hp_…   (holdpoint token my-agent)',
    ].join('\n'),
    EXIT.usage,
  );
}
