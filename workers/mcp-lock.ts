/** The lock file of MCP tools: what a team has approved, beside its configuration, to be reviewed and committed. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { EMPTY_LOCK, type McpLock } from '../domain/mcp/approval.ts';
import { readMcpLock } from '../domain/schema/mcp-lock.ts';

export const MCP_LOCK_FILE = 'holdpoint.mcp-lock.json';

/** No file: nothing is approved. Throws an error that names the file and what is wrong in it. */
export async function readMcpLockFile(path: string): Promise<McpLock> {
  try {
    return readMcpLock(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return EMPTY_LOCK;
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`MCP lock file ${path}: ${reason}`, { cause: error });
  }
}

/** Whole or not at all. In the order of names, so that a difference shows what changed and nothing else. */
export async function writeMcpLockFile(path: string, lock: McpLock): Promise<void> {
  const partial = `${path}.partial`;
  const servers = sorted(lock.servers, (tools) => sorted(tools, (tool) => tool));
  await writeFile(partial, `${JSON.stringify({ version: lock.version, servers }, null, 2)}\n`);
  await rename(partial, path);
}

function sorted<T, U>(record: Readonly<Record<string, T>>, inner: (value: T) => U): object {
  const members = Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, value]) => [name, inner(value)]));
}
