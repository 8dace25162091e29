/** What the MCP servers of a configuration offer now, against what the team has approved; and approving it. */
import type { McpServerConfig } from '../activities/adapters/mcp-server-config.ts';
import type { McpEntry } from '../activities/adapters/mcp-tools.ts';
import { declaredReversibility } from '../activities/tool.ts';
import { approve, type McpLock, type Standing } from '../domain/mcp/approval.ts';
import { mcpToolDigest, mcpToolName } from '../domain/mcp/tool-definition.ts';
import { evaluateAction, type Policy } from '../domain/policy/policy.ts';
import type { Reversibility } from '../domain/policy/reversibility.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { readMcpLockFile, writeMcpLockFile } from './mcp-lock.ts';
import { openListings } from './mcp.ts';

export interface OfferedTool {
  /** As policies and models know it. */
  readonly name: string;
  readonly server: string;
  /** As its server calls it. */
  readonly serverName: string;
  readonly status: Standing['status'];
  readonly digest: string;
  /** What is another thing since it was approved. */
  readonly changes: readonly string[];
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly annotations: JsonObject;
  /** How a call counts now, by policy and annotations. */
  readonly countsAs: 'read' | Reversibility;
}

export interface Offer {
  readonly tools: readonly OfferedTool[];
  /** Approved, and no longer there. */
  readonly gone: readonly string[];
  readonly leftOut: readonly string[];
  /** Approves these, by the names of `tools`, as they are listed here; others stay as they were. */
  approve(names: readonly string[]): Promise<void>;
}

/** Connects, asks, and ends the connections again. */
export async function mcpOffer(options: {
  readonly servers: readonly McpServerConfig[];
  readonly lockFile: string;
  readonly policy: Policy;
}): Promise<Offer> {
  const { servers, lockFile, policy } = options;
  const lock = await readMcpLockFile(lockFile);
  const opened = await openListings(servers, lock);
  await opened.close();
  const { listings } = opened;
  const entries = listings.flatMap((listing) => listing.entries);
  return {
    tools: entries.map((entry) => offered(policy, entry)),
    gone: goneOf(lock, entries),
    leftOut: listings.flatMap(({ leftOut }) => leftOut),
    approve: async (names) => {
      const chosen = entries.filter(({ tool }) => names.includes(tool.name));
      const definitions = chosen.map(({ definition }) => definition);
      await writeMcpLockFile(lockFile, approve(await readMcpLockFile(lockFile), definitions));
    },
  };
}

function offered(policy: Policy, { tool, definition, standing }: McpEntry): OfferedTool {
  const { server, name: serverName, description, inputSchema, annotations } = definition;
  const declared = { readOnly: tool.readOnly === true, ...declaredReversibility(tool) };
  const action = { actionType: tool.name, arguments: {}, ...declared };
  const { readOnly, reversibility } = evaluateAction(policy, action, 'low_stakes');
  return {
    name: tool.name,
    server,
    serverName,
    status: standing.status,
    digest: mcpToolDigest(definition),
    changes: standing.status === 'changed' ? standing.changes : [],
    description,
    inputSchema,
    annotations,
    countsAs: readOnly ? 'read' : reversibility,
  };
}

function goneOf(lock: McpLock, entries: readonly McpEntry[]): readonly string[] {
  const there = new Set(entries.map(({ tool }) => tool.name));
  return Object.entries(lock.servers)
    .flatMap(([server, tools]) => Object.keys(tools).map((name) => mcpToolName({ server, name })))
    .filter((name) => !there.has(name));
}
