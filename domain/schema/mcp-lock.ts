/** The lock file of MCP tools, as it stands in a project: read strictly, since what is in it loosens gates. */
import { z } from 'zod';
import { approvedTool, type McpLock } from '../mcp/approval.ts';
import { mcpToolDigest } from '../mcp/tool-definition.ts';
import { isDigest } from '../text/digest.ts';
import { isJsonObject, type JsonObject } from '../text/json.ts';

const json = z.custom<JsonObject>(isJsonObject, 'must be a JSON object');

const lockSchema = z.strictObject({
  version: z.literal(1),
  servers: z.record(
    z.string(),
    z.record(
      z.string(),
      z.strictObject({
        digest: z.custom<string>(isDigest, 'must be a SHA-256 in hexadecimal'),
        description: z.string(),
        inputSchema: json,
        annotations: json,
      }),
    ),
  ),
});

/** Throws an error that names the place: a lock that was changed by hand approves nothing. */
export function readMcpLock(raw: unknown): McpLock {
  const parsed = lockSchema.safeParse(raw);
  if (!parsed.success) throw new TypeError(z.prettifyError(parsed.error));
  const lock = parsed.data;
  for (const [server, tools] of Object.entries(lock.servers)) {
    for (const name of Object.keys(tools)) {
      const approved = approvedTool(lock, { server, name });
      if (approved === undefined || approved.digest === digestOf(server, name, approved)) continue;
      throw new TypeError(
        `${server}: ${name}: its digest is not that of its definition. Take it out of the file, and approve it again: holdpoint tools --approve`,
      );
    }
  }
  return lock;
}

function digestOf(
  server: string,
  name: string,
  approved: NonNullable<ReturnType<typeof approvedTool>>,
): string {
  const { digest: _digest, ...definition } = approved;
  return mcpToolDigest({ server, name, ...definition });
}
