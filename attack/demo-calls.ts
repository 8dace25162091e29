/** Every action of the examples and of the starter, with the call that its demo makes of it. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Tool } from '../activities/tool.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { deskTools } from '../examples/customer-desk/tools.ts';
import { DeskDatabase } from '../examples/customer-desk/desk-database.ts';
import { tools as agentTools } from '../examples/sub-agents/agents.ts';
import { tools as trustedTools } from '../examples/trusted-desk/desk.ts';
import { openMcpTools } from '../workers/mcp.ts';

export interface DemoCall {
  /** Where it is from. */
  readonly of: string;
  readonly actionType: string;
  readonly args: JsonObject;
  /** Left out: an activity of a team's own, which no tool declares. */
  readonly tool?: Tool;
}

export interface DemoCalls {
  readonly calls: readonly DemoCall[];
  /** Tools of the demos for which there is no call here: there should be none. */
  readonly missing: readonly string[];
  close(): Promise<void>;
}

const CALLS: Readonly<Record<string, Readonly<Record<string, JsonObject>>>> = {
  'customer-desk': {
    search_customers: { query: 'Ada' },
    list_orders: { customerId: 'cus-17' },
    create_draft: { customerId: 'cus-17', body: 'Dear Ada, we looked into it.' },
    refund_order: { orderId: 'ord-1042', amount: 240 },
    delete_record: { customerId: 'cus-42' },
    send_email: { to: 'ada@customer.example', subject: 'Your order', body: 'It is paid back.' },
  },
  'trusted-desk': {
    refund: { order: 'o-1', amount: 240 },
    delete_record: { id: 'c-1' },
  },
  'sub-agents': {
    clean_up: { goal: 'Remove the duplicates of Ada.' },
    find_duplicates: { customer: 'Ada' },
    delete_record: { id: 'cus-55' },
  },
  'mcp-tools': {
    notes__read_notes: {},
    notes__remove_note: { id: 'n-2' },
  },
};

/** Activities that workflows of the examples call: the plugin's, the agent frameworks', and those behind `guard`. */
const ACTIVITIES: Readonly<Record<string, Readonly<Record<string, JsonObject>>>> = {
  plugin: {
    reserveStock: { order: 'o-7', item: 'lamp' },
    releaseStock: { order: 'o-7', item: 'lamp' },
    chargeCard: { order: 'o-7', amount: 1_200 },
    refundCard: { order: 'o-7', amount: 1_200 },
    ship: { order: 'o-7', address: 'Harbour Road 1' },
  },
  'order-desk': {
    findOrders: { customer: 'ada' },
    refundOrder: { order: 'o-7', amount: 120 },
  },
  'own-workflow': {
    readAccount: { arg0: 'acc-1' },
    closeAccount: { arg0: 'acc-1', arg1: 'balance 0' },
    reserveFunds: { arg0: 900 },
    wire: { to: 'acme', amount: 900 },
    importRow: { arg0: 7 },
  },
};

export async function openDemoCalls(): Promise<DemoCalls> {
  const database = await DeskDatabase.open();
  const mcp = await openMcpTools({
    servers: [
      { name: 'notes', command: 'node', args: ['dist/examples/mcp-tools/notes-server.js'] },
    ],
    lockFile: 'examples/mcp-tools/holdpoint.mcp-lock.json',
  });
  const toolsOf: Readonly<Record<string, readonly Tool[]>> = {
    'customer-desk': deskTools(database, await freePort()),
    'trusted-desk': trustedTools,
    'sub-agents': agentTools,
    'mcp-tools': mcp.tools,
  };
  const found = Object.entries(toolsOf).flatMap(([of, tools]) =>
    tools.map((tool) => ({ of, tool, args: CALLS[of]?.[tool.name] })),
  );
  const declared = found.flatMap(({ of, tool, args }) =>
    args === undefined ? [] : [{ of, tool, args, actionType: tool.name }],
  );
  const undeclared = Object.entries(ACTIVITIES).flatMap(([of, calls]) =>
    Object.entries(calls).map(([actionType, args]) => ({ of, actionType, args })),
  );
  return {
    calls: [...declared, ...undeclared],
    missing: found.flatMap(({ of, tool, args }) =>
      args === undefined ? [`${of}/${tool.name}`] : [],
    ),
    close: async () => {
      await Promise.all([mcp.close(), database.close()]);
    },
  };
}

/** Nobody answers there: a message that is sent all the same fails, and shows. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}
