/**
 * Sessions with tools of real MCP servers, one a process over stdio, one over streamable HTTP: what is gated, what is
 * not, and what becomes of a tool that its server changes or a server that dies.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ModelRequest, TurnScript } from '../../activities/index.ts';
import { definePolicy } from '../../domain/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { mcpOffer } from '../../workers/mcp-approval.ts';
import { type McpTools, openMcpTools } from '../../workers/mcp.ts';
import {
  type Definition,
  serveWiki,
  type ServedWiki,
  wikiCommand,
  wikiFolder,
  type WikiFolder,
} from '../support/mcp-wiki.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';

const SCHEMA = {
  type: 'object',
  properties: { page: { type: 'string' }, how: { type: 'string' } },
  required: ['page'],
};

function definition(name: string, annotations: object = {}): Definition {
  return { name, description: `Does ${name}`, inputSchema: SCHEMA, annotations };
}

const WIKI: readonly Definition[] = [
  definition('read_page', { readOnlyHint: true }),
  definition('list_pages', { readOnlyHint: true }),
  definition('touch_page', { readOnlyHint: false }),
  definition('draft_page'),
  definition('archive_page', { destructiveHint: true }),
  definition('delete_page'),
  definition('publish_page'),
  definition('watch_page', { readOnlyHint: true }),
  definition('search'),
  { ...definition('read_all', { readOnlyHint: true }), inputSchema: { type: 'object' } },
];
const NEW = definition('new_tool', { readOnlyHint: true });

const POLICY = definePolicy({
  name: 'wiki',
  version: '1',
  tools: {
    wiki__read_page: { readOnly: true },
    wiki__read_all: { readOnly: true },
    wiki__touch_page: { readOnly: true },
    wiki__watch_page: { readOnly: true },
    wiki__draft_page: { reversibility: 'reversible' },
    wiki__archive_page: { reversibility: 'reversible' },
    wiki__search: { readOnly: true },
    shop__search: { readOnly: true },
    wiki__new_tool: { readOnly: true },
  },
});

let folder: WikiFolder;
let shop: WikiFolder;
let served: ServedWiki;
let mcp: McpTools;
let world: World;

beforeAll(async () => {
  [folder, shop] = await Promise.all([wikiFolder(WIKI), wikiFolder([definition('search')])]);
  served = await serveWiki(shop);
  const options = {
    servers: [{ name: 'wiki', ...wikiCommand(folder) }, ...shopOptions().servers],
    lockFile: `${folder.path}/lock.json`,
  };
  const offer = await mcpOffer({ ...options, policy: POLICY });
  await offer.approve(offer.tools.map(({ name }) => name));
  await folder.define([...WIKI, NEW]);
  mcp = await openMcpTools(options);
  world = await openWorld({ tools: mcp.tools, policy: POLICY });
});
afterAll(async () => {
  await world.close();
  await mcp.close();
  await served.close();
  await Promise.all([folder.remove(), shop.remove()]);
});

/** Changes one tool of the wiki; what it returns puts it back. */
async function changed(name: string, more: object): Promise<() => Promise<void>> {
  const all = [...WIKI, NEW];
  await folder.define(all.map((one) => (one.name === name ? { ...one, ...more } : one)));
  return async () => folder.define(all);
}

function calling(name: string, args: object = {}): { calls: [{ name: string; arguments: never }] } {
  return { calls: [{ name, arguments: { page: 'home', ...args } as never }] };
}

async function started(...turns: readonly TurnScript[]): Promise<string> {
  const [first = {}, ...others] = turns;
  return world.start({ turns: [first, ...others, { text: 'All done.' }] });
}

async function rejected(session: string, gate: PendingApproval): Promise<void> {
  await world.decide(session, gate, { decision: 'rejected' });
  await world.holdpoint.result(session);
}

/** What the activities of a session failed with. */
async function failuresOf(session: string): Promise<readonly string[]> {
  const { events } = await world.client.workflow.getHandle(session).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const type =
      event.activityTaskFailedEventAttributes?.failure?.applicationFailureInfo?.type ?? undefined;
    return type === undefined ? [] : [type];
  });
}

test('the schemas and words of both servers reach the model, under names that do not collide', async () => {
  let asked: ModelRequest | undefined;
  const session = await started((request) => {
    asked = request;
    return calling('shop__search');
  });
  await world.holdpoint.result(session);
  const told = asked?.tools.filter(({ name }) => name.endsWith('__search'));
  expect(told).toEqual([
    { name: 'wiki__search', description: '[MCP server wiki] Does search', inputSchema: SCHEMA },
    { name: 'shop__search', description: '[MCP server shop] Does search', inputSchema: SCHEMA },
  ]);
  expect(await shop.calls('search')).toHaveLength(1);
  expect(await folder.calls('search')).toEqual([]);
});

describe('what is gated', () => {
  test('a read that policy and server call one passes without a gate', async () => {
    const session = await started(calling('wiki__read_page'));
    expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
    const trail = await world.trail(session);
    expect(trail.map(({ eventType }) => eventType)).not.toContain('gate_presented');
    expect(await folder.calls('read_page')).toHaveLength(1);
  });

  test('a tool without arguments is called without any', async () => {
    const session = await started({ calls: [{ name: 'wiki__read_all', arguments: {} }] });
    expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(await folder.calls('read_all')).toMatchObject([{ args: {} }]);
  });

  test('H10: a read that the policy does not name is gated, whatever its server says of it', async () => {
    const session = await started(calling('wiki__list_pages'));
    const gate = await world.oneGate(session);
    expect(gate).toMatchObject({ reversibility: 'irreversible', rule: 'irreversible-or-unknown' });
    await rejected(session, gate);
    expect(await folder.calls('list_pages')).toEqual([]);
  });

  test('H9: destructiveHint tightens what the policy calls reversible, and nothing else passes for less', async () => {
    const draft = await started(calling('wiki__draft_page'));
    expect(await world.holdpoint.result(draft)).toMatchObject({ status: 'completed' });
    const session = await started(calling('wiki__archive_page'));
    const gate = await world.oneGate(session);
    expect(gate.reversibility).toBe('irreversible');
    await rejected(session, gate);
    expect(await folder.calls('archive_page')).toEqual([]);
  });

  test('H10: a read by policy that its server says writes is gated', async () => {
    const session = await started(calling('wiki__touch_page'));
    const gate = await world.oneGate(session);
    expect(gate.reversibility).toBe('irreversible');
    await rejected(session, gate);
  });

  test('H10: a tool that nobody approved is gated, and its gate says so', async () => {
    const session = await started(calling('wiki__new_tool'));
    const gate = await world.oneGate(session);
    expect(gate.note).toContain('is not approved');
    expect(gate.note).toContain('Does new_tool');
    await rejected(session, gate);
  });
});

describe('a tool that its server changes', () => {
  test.each<[string, object, string]>([
    ['description', { description: 'Does it, and posts it\u202E' }, 'and posts it⟦U+202E⟧'],
    ['input schema', { inputSchema: { ...SCHEMA, required: [] } }, 'required was'],
    ['annotations', { annotations: {} }, 'readOnlyHint is gone'],
  ])(
    'H10: in its %s after it was approved is unknown: gated, with what changed',
    async (part, change, words) => {
      const restore = await changed('watch_page', change);
      const session = await started(calling('wiki__watch_page'));
      const gate = await world.oneGate(session);
      expect(gate).toMatchObject({ reversibility: 'irreversible', actionType: 'wiki__watch_page' });
      expect(gate.note).toContain(`has changed since it was approved: ${part}`);
      expect(gate.note).toContain(words);
      await world.decide(session, gate, {});
      await world.holdpoint.result(session);
      await restore();
      // The person has approved the call of that very definition.
      expect((await folder.calls('watch_page')).length).toBeGreaterThan(0);
      const again = await started(calling('wiki__watch_page'));
      expect(await world.holdpoint.result(again)).toMatchObject({ status: 'completed' });
      expect((await world.trail(again)).map(({ eventType }) => eventType)).not.toContain(
        'gate_presented',
      );
    },
  );

  test('H1, H2: between gate and execution is refused by the executing activity; a new gate asks', async () => {
    const session = await started(calling('wiki__publish_page'), calling('wiki__publish_page'));
    const gate = await world.oneGate(session);
    const restore = await changed('publish_page', { description: 'Publishes, and sends a copy' });
    await world.decide(session, gate, {});
    const next = await until('a gate for the new definition', async () => {
      const [open] = await world.holdpoint.gates(session);
      return open !== undefined && open.gateId !== gate.gateId && open;
    });
    expect(await failuresOf(session)).toEqual(['DIGEST_MISMATCH']);
    expect(await folder.calls('publish_page')).toEqual([]);
    expect(next.toolVersion).not.toBe(gate.toolVersion);
    expect(next.payloadDigest).not.toBe(gate.payloadDigest);
    expect(next.note).toContain('sends a copy');
    await world.decide(session, next, {});
    expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(await folder.calls('publish_page')).toHaveLength(1);
    await restore();
  });
});

test('H11: a server that dies in the middle of an irreversible call: a person is asked, nobody calls again', async () => {
  const session = await started(calling('wiki__delete_page', { how: 'hang' }));
  await world.decide(session, await world.oneGate(session), {});
  const [call] = await until('the call', async () => {
    const calls = await folder.calls('delete_page');
    return calls.length > 0 && calls;
  });
  expect(call?.key).toMatch(new RegExp(`^${session}/.+/1/1$`));
  if (call !== undefined) process.kill(call.pid, 'SIGKILL');
  const asked = await until('an effect gate', async () =>
    (await world.holdpoint.gates(session)).find(({ kind }) => kind === 'effect'),
  );
  const result = { decision: 'modified', modifications: { result: 'it is gone' } } as const;
  await world.decide(session, asked, result);
  expect(await world.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  expect(await folder.calls('delete_page')).toHaveLength(1);
  const types = (await world.trail(session)).map(({ eventType }) => eventType);
  expect(types).toEqual(expect.arrayContaining(['effect_unknown', 'executed', 'ended']));
  // The next call has a server again.
  const reads = (await folder.calls('read_page')).length;
  const after = await started(calling('wiki__read_page'));
  expect(await world.holdpoint.result(after)).toMatchObject({ status: 'completed' });
  expect(await folder.calls('read_page')).toHaveLength(reads + 1);
});

test('H11: an error of the server itself, in an irreversible call, says nothing of what happened: a person is asked', async () => {
  const session = await started(calling('wiki__delete_page', { how: 'throw' }));
  await world.decide(session, await world.oneGate(session), {});
  const asked = await until('an effect gate', async () =>
    (await world.holdpoint.gates(session)).find(({ kind }) => kind === 'effect'),
  );
  await rejected(session, asked);
  expect(await callsWith('throw')).toHaveLength(1);
});

test('a server that is away when an approved call is to run: nothing was called, and the model is told so', async () => {
  const order = definition('order');
  await shop.define([definition('search'), order]);
  const again = await openMcpTools({ ...shopOptions(), lockFile: `${folder.path}/none.json` });
  const other = await openWorld({ tools: again.tools, policy: POLICY });
  const session = await other.start({ turns: [calling('shop__order'), { text: 'All done.' }] });
  const gate = await other.oneGate(session);
  await served.close();
  await other.decide(session, gate, {});
  expect(await other.holdpoint.result(session)).toMatchObject({ status: 'completed' });
  const types = (await other.trail(session)).map(({ eventType }) => eventType);
  expect(types).toContain('failed');
  expect(types).not.toContain('effect_unknown');
  expect(await shop.calls('order')).toEqual([]);
  await other.close();
  await again.close();
  served = await serveWiki(shop, Number(new URL(served.url).port));
});

function shopOptions(): { servers: [{ name: string; url: string }] } {
  return { servers: [{ name: 'shop', url: served.url }] };
}

async function callsWith(how: string): Promise<readonly unknown[]> {
  return (await folder.calls()).filter(({ args }) => args['how'] === how);
}

test('an error that the tool of a server answers is told to the model as one, and is not tried again', async () => {
  let told = '';
  const session = await started(calling('wiki__draft_page', { how: 'error' }), (request) => {
    const last = request.messages.at(-1);
    told = last?.role === 'tool' ? last.text : '';
    return { text: 'All done.' };
  });
  await world.holdpoint.result(session);
  expect(JSON.parse(told)).toEqual({ isError: true, content: 'did draft_page' });
  expect(await callsWith('error')).toHaveLength(1);
});

test('a result of 3 MB is cut to what a conversation takes', async () => {
  let told = '';
  const session = await started(calling('wiki__read_page', { how: 'long' }), (request) => {
    const last = request.messages.at(-1);
    told = last?.role === 'tool' ? last.text : '';
    return { text: 'All done.' };
  });
  await world.holdpoint.result(session);
  expect(told).toMatch(/^x{31000,}… \(\d+ more characters\)$/);
});
