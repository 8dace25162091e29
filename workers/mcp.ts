/** MCP servers of a worker: connected when it starts, closed when it ends, their tools beside the team's own. */
import type { McpConnection } from '../activities/adapters/mcp-connection.ts';
import { checkMcpServers, type McpServerConfig } from '../activities/adapters/mcp-server-config.ts';
import type { McpListing } from '../activities/adapters/mcp-tools.ts';
import type { Tool } from '../activities/tool.ts';
import type { McpLock } from '../domain/mcp/approval.ts';
import { readMcpLockFile } from './mcp-lock.ts';

export interface McpOptions {
  readonly servers: readonly McpServerConfig[];
  /** What is approved; no such file: nothing. `holdpoint tools --approve` writes it. */
  readonly lockFile: string;
  /** Hears of tools that no session gets, and of those that nobody approved. Left out: nothing is said. */
  readonly warn?: (line: string) => void;
}

export interface McpTools {
  readonly tools: readonly Tool[];
  close(): Promise<void>;
}

/** Throws an error that names the server that can't be reached, or the lock that can't be read. */
export async function openMcpTools({
  servers,
  lockFile,
  warn = () => {},
}: McpOptions): Promise<McpTools> {
  if (servers.length === 0) return { tools: [], close: async () => {} };
  const opened = await openListings(servers, await readMcpLockFile(lockFile));
  for (const { leftOut, entries } of opened.listings) {
    for (const line of leftOut) warn(line);
    const unknown = entries.filter(({ standing }) => standing.status !== 'approved');
    if (unknown.length === 0) continue;
    const names = unknown.map(({ tool, standing }) => `${tool.name} (${standing.status})`);
    warn(`not approved, so that each call waits for a person: ${names.join(', ')}`);
    warn('see what they are with: holdpoint tools');
  }
  return {
    tools: opened.listings.flatMap(({ entries }) => entries.map(({ tool }) => tool)),
    close: async () => opened.close(),
  };
}

export interface OpenListings {
  readonly listings: readonly McpListing[];
  close(): Promise<void>;
}

/**
 * All servers at once; where one can't be had, none stays open. The libraries are loaded where there is a server: they
 * would cost every other worker and command a sixth of a second.
 */
export async function openListings(
  servers: readonly McpServerConfig[],
  lock: McpLock,
): Promise<OpenListings> {
  const { McpConnection: Connection } = await import('../activities/adapters/mcp-connection.ts');
  const boxes = checkMcpServers(servers).map((config) => ({
    config,
    connection: new Connection(config),
  }));
  const close = async (): Promise<void> => {
    await Promise.all(boxes.map(async ({ connection }) => connection.close()));
  };
  try {
    const listings = await Promise.all(boxes.map(async (box) => listed(box, lock)));
    return { listings, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listed(
  { config, connection }: { readonly config: McpServerConfig; readonly connection: McpConnection },
  lock: McpLock,
): Promise<McpListing> {
  const { name: server, timeoutMs } = config;
  const { listMcpTools } = await import('../activities/adapters/mcp-tools.ts');
  try {
    return await listMcpTools({
      server,
      connection,
      lock,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}. ${wayOut(config)}`, { cause: error });
  }
}

function wayOut(config: McpServerConfig): string {
  return 'url' in config
    ? `Does it run, and are url and headers of mcpServers.${config.name} right? ${LEAVE_OUT}`
    : `Does its command run by hand, and has it what it needs in env of mcpServers.${config.name}? It gets nothing else of the worker's environment but PATH. ${LEAVE_OUT}`;
}

const LEAVE_OUT = 'To go on without it, take it out of the configuration.';
