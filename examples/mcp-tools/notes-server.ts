/** An MCP server as somebody else writes it: notes, over stdio, by the official SDK. It knows nothing of Holdpoint. */
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { z } from 'zod';

const notes = new Map([
  ['n-1', 'Ada moved to Paris.'],
  ['n-2', 'Ada moved to Paris. (twice)'],
]);

const server = new McpServer({ name: 'notes', version: '1.0.0' });

server.registerTool(
  'read_notes',
  { description: 'Lists all notes.', inputSchema: {}, annotations: { readOnlyHint: true } },
  () => said([...notes].map(([id, text]) => `${id}: ${text}`).join('\n')),
);

server.registerTool(
  'remove_note',
  {
    description: 'Removes a note.',
    inputSchema: { id: z.string() },
    annotations: { readOnlyHint: false, destructiveHint: true },
  },
  ({ id }) => said(notes.delete(id) ? `removed ${id}` : `there is no ${id}`),
);

function said(text: string): { content: { type: 'text'; text: string }[] } {
  return { content: [{ type: 'text', text }] };
}

await server.connect(new StdioServerTransport());
