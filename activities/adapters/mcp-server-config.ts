/** MCP servers as a team names them in `holdpoint.config.ts`. */
import { z } from 'zod';
import { DAY_MS } from '../../domain/limits.ts';
import { MCP_SERVER_NAME } from '../../domain/mcp/tool-definition.ts';

const common = {
  name: z
    .string()
    .regex(
      MCP_SERVER_NAME,
      'use 1 to 24 letters, digits and -, a letter first: it begins the names of its tools',
    ),
  /** A call of one of its tools that takes longer is given up, ms. */
  timeoutMs: z.number().positive().max(DAY_MS).optional(),
};

const texts = z.record(z.string(), z.string());

const serverSchema = z.union(
  [
    z.strictObject({
      ...common,
      command: z.string().min(1),
      args: z.array(z.string()).readonly().optional(),
      env: texts.optional(),
      cwd: z.string().min(1).optional(),
    }),
    z.strictObject({
      ...common,
      url: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }),
      headers: texts.optional(),
    }),
  ],
  { error: 'must be { name, command, args?, env?, cwd? } or { name, url, headers? }' },
);

/** A server in `holdpoint.config.ts`: a program that is started, or an address. */
export type McpServerConfig = Readonly<z.input<typeof serverSchema>>;

/** Throws a TypeError that names the server and the field. */
export function checkMcpServers(servers: unknown): readonly McpServerConfig[] {
  if (!Array.isArray(servers)) throw new TypeError('mcpServers has to be a list of servers');
  const names = new Set<string>();
  return servers.map((raw: unknown, index) => {
    const parsed = serverSchema.safeParse(raw);
    if (!parsed.success) {
      throw new TypeError(`mcpServers[${index}]: ${z.prettifyError(parsed.error)}`);
    }
    const name = parsed.data.name.toLowerCase();
    if (names.has(name)) {
      throw new TypeError(`mcpServers[${index}]: the name ${parsed.data.name} is taken`);
    }
    names.add(name);
    return parsed.data;
  });
}
