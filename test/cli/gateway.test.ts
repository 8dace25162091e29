/** `holdpoint gateway`, `token` and `mcp` as processes of their own, on the dev server of the run. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client as McpClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import {
  endAll,
  type HoldpointProcess,
  runHoldpoint,
  startHoldpoint,
} from '../deploy/holdpoint-process.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { perform, performed, PROGRAMS, type RunningProcess } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const DROP = { actionType: 'drop_table', arguments: { table: 'orders' } };

let world: World;
let folder: string;
let environment: Readonly<Record<string, string>>;
let token: string;

beforeAll(async () => {
  world = await openWorld();
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-gateway-'));
  const made = await runHoldpoint(['--json', 'token', 'coder'], {});
  const parsed = JSON.parse(made.output) as { readonly token: string; readonly entry: object };
  ({ token } = parsed);
  const tokens = join(folder, 'tokens.json');
  await writeFile(tokens, JSON.stringify([parsed.entry]));
  environment = {
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    HOLDPOINT_TOKENS_FILE: tokens,
  };
});
afterAll(async () => {
  await endAll();
  await world.close();
  await rm(folder, { recursive: true });
});

interface GatewayProcess extends HoldpointProcess {
  readonly url: string;
}

async function startGateway(port = '0'): Promise<GatewayProcess> {
  const gateway = startHoldpoint(
    ['--task-queue', world.taskQueue, 'gateway', '--port', port],
    environment,
  );
  return { ...gateway, url: await urlOf(gateway) };
}

async function urlOf(gateway: RunningProcess): Promise<string> {
  return until(
    'the gateway',
    () => {
      if (!gateway.isRunning()) throw new Error(`The gateway ended:\n${gateway.output()}`);
      return /Gateway at (\S+)/.exec(gateway.output())?.[1];
    },
    60_000,
  );
}

const headers = () => ({
  authorization: `Bearer ${token}`,
  'content-type': 'application/json',
  'idempotency-key': randomUUID(),
});

interface Gate {
  readonly id: string;
  readonly status: string;
}

async function ask(url: string): Promise<Gate> {
  const body = JSON.stringify(DROP);
  const response = await fetch(`${url}/v1/gates`, { method: 'POST', headers: headers(), body });
  return (await response.json()) as Gate;
}

async function wait(url: string, id: string): Promise<Gate> {
  const response = await fetch(`${url}/v1/gates/${id}?wait=30`, { headers: headers() });
  return (await response.json()) as Gate;
}

describe('holdpoint gateway', () => {
  test('without tokens says what to set, and ends as wrongly called', async () => {
    const { code, output } = await runHoldpoint(['gateway'], {});
    expect(code).toBe(2);
    expect(output).toContain('HOLDPOINT_TOKENS_FILE');
    expect(output).toContain('holdpoint token');
  });

  test.each([
    ['HOLDPOINT_GATEWAY_PORT', 'many'],
    ['HOLDPOINT_CALLBACK_ORIGINS', 'hooks.example.com/path'],
  ])('says what is wrong with %s', async (name, value) => {
    const { code, output } = await runHoldpoint(['gateway'], { ...environment, [name]: value });
    expect(code).toBe(2);
    expect(output).toContain(name);
  });

  test('killed while somebody waits, it loses nothing: the next one has the outcome', async () => {
    const first = await startGateway();
    const { id } = await ask(first.url);
    const gate = await world.oneGate(id);
    const waiting = wait(first.url, id).then(
      () => 'answered',
      () => 'cut off',
    );
    // The request before it is answered by then: this one has been sent.
    await (await fetch(`${first.url}/livez`)).text();
    first.signal('SIGKILL');
    expect(await first.ended).toBeNull();
    expect(await waiting).toBe('cut off');
    await world.decide(id, gate, { decision: 'approved' });
    const second = await startGateway(new URL(first.url).port);
    expect(await wait(second.url, id)).toMatchObject({ id, status: 'approved' });
    second.signal('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  test('asked to end, it answers who waits with what is known, and ends with 0', async () => {
    const gateway = await startGateway();
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
    const { id } = await ask(gateway.url);
    await world.oneGate(id);
    const waiting = wait(gateway.url, id);
    await (await fetch(`${gateway.url}/livez`)).text();
    gateway.signal('SIGTERM');
    expect(await waiting).toMatchObject({ id, status: 'pending' });
    expect(await gateway.ended).toBe(0);
    expect(gateway.output()).not.toContain('orders');
  });
});

test('by the lines of the guide: a token, a gateway, and a coding agent that asks over it', async () => {
  const cwd = await mkdtemp(join(folder, 'guide-'));
  const surroundings = { cwd, env: { ...environment, PATH: PROGRAMS } };
  const made = await performed(
    pageFence('docs/guides/agents-not-on-temporal.md#token'),
    surroundings,
  );
  const [, own = ''] = /shown this once: (hp_\S+)/.exec(made) ?? [];
  await writeFile(join(cwd, 'tokens.json'), `[${made.trim().split('\n').at(-1)}]`);
  const serve = filledIn(pageFence('docs/guides/agents-not-on-temporal.md#gateway'), {
    'holdpoint gateway': `holdpoint --task-queue ${world.taskQueue} gateway --port 0`,
  });
  const gateway = perform(serve, surroundings);
  const url = await urlOf(gateway);
  const config = filledIn(pageFence('docs/guides/agents-not-on-temporal.md#mcp'), {
    'http://127.0.0.1:8234': url,
    'hp_…': own,
  });
  const { mcpServers } = JSON.parse(config) as {
    readonly mcpServers: Readonly<Record<string, { command: string; args: string[]; env: object }>>;
  };
  const { command = '', args = [], env } = mcpServers['holdpoint'] ?? {};
  const agent = new McpClient({ name: 'test', version: '1' });
  const found = { command, args, env: { ...env, PATH: PROGRAMS } };
  await agent.connect(new StdioClientTransport(found));
  const table = randomUUID();
  const asked = agent.callTool({
    name: 'request_approval',
    arguments: { action: 'drop_table', arguments: { table } },
  });
  const session = await sessionOf(table);
  const gate = await world.oneGate(session);
  expect(gate.agentId).toBe('my-coding-agent');
  await world.decide(session, gate, { decision: 'approved' });
  expect((await asked).structuredContent).toMatchObject({ status: 'approved', proceed: true });
  await agent.close();
  gateway.signal('SIGTERM');
  await gateway.ended;
});

async function sessionOf(table: string): Promise<string> {
  return until('the gate in the list', async () => {
    for await (const { sessionId, gates } of world.holdpoint.everyPending()) {
      if (gates.some(({ description }) => description.includes(table))) return sessionId;
    }
    return undefined;
  });
}

describe('holdpoint mcp', () => {
  let gateway: GatewayProcess;
  let client: McpClient;
  beforeAll(async () => {
    gateway = await startGateway();
    client = await connectMcp(gateway.url);
  });
  afterAll(async () => {
    await client.close();
    gateway.signal('SIGTERM');
    await gateway.ended;
  });

  async function connectMcp(url: string): Promise<McpClient> {
    const { PATH = '' } = process.env;
    const mcp = new McpClient({ name: 'test', version: '1' });
    await mcp.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [MAIN, 'mcp', '--agent', 'claude'],
        env: { PATH, HOLDPOINT_GATEWAY_URL: url, HOLDPOINT_GATEWAY_TOKEN: token },
      }),
    );
    return mcp;
  }

  const call = async (name: string, args: Record<string, unknown>) => {
    const result = await client.callTool({ name, arguments: args });
    const [content] = result.content as readonly { readonly text: string }[];
    const gate = (result.structuredContent ?? {}) as Gate & Record<string, unknown>;
    return { gate, text: content?.text ?? '', isError: result.isError === true };
  };

  const drop = (table: string, more: object = {}) =>
    call('request_approval', { action: 'drop_table', arguments: { table }, ...more });

  test('without an address and a token says what to set', async () => {
    const { code, output } = await runHoldpoint(['mcp'], {});
    expect(code).toBe(2);
    expect(output).toContain('HOLDPOINT_GATEWAY_URL');
  });

  test('has the two tools, which ask and look, and none that decides (H6)', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['request_approval', 'check_approval']);
    expect(client.getInstructions()).toContain('request_approval');
  });

  test('a request waits until a person has approved, and says what may be done', async () => {
    const table = randomUUID();
    const asked = drop(table, { reason: 'In the way.' });
    const session = await sessionOf(table);
    const gate = await world.oneGate(session);
    expect(gate).toMatchObject({ agentId: 'claude', agentReason: 'In the way.' });
    await world.decide(session, gate, { decision: 'approved' });
    const { gate: told, text } = await asked;
    expect(told).toMatchObject({ status: 'approved', proceed: true, arguments: { table } });
    expect(text).toContain('It may be done, once');
  });

  test('without an outcome in time it is pending, and looked at by its id', async () => {
    const table = randomUUID();
    const { gate: pending, text } = await drop(table, { waitSeconds: 0 });
    expect(pending).toMatchObject({ status: 'pending', proceed: false });
    expect(text).toContain(`check_approval with id ${pending.id}`);
    const checking = call('check_approval', { id: pending.id, waitSeconds: 30 });
    const shown = await world.oneGate(pending.id);
    await world.decide(pending.id, shown, { decision: 'rejected', rationale: 'not today' });
    const { gate, text: verdict } = await checking;
    expect(gate).toMatchObject({ status: 'rejected', proceed: false, rationale: 'not today' });
    expect(verdict).toContain('must not be done');
  });

  test('asked again while it waits it is the same gate; after its outcome another one (H2)', async () => {
    const table = randomUUID();
    const first = await drop(table, { waitSeconds: 0, reason: 'one' });
    const again = await drop(table, { waitSeconds: 0, reason: 'in other words' });
    expect(again.gate.id).toBe(first.gate.id);
    const { id } = first.gate;
    await world.decide(id, await world.oneGate(id), { decision: 'approved' });
    const settled = await call('check_approval', { id, waitSeconds: 30 });
    expect(settled.gate.status).toBe('approved');
    const anew = await drop(table, { waitSeconds: 0 });
    expect(anew.gate.status).toBe('pending');
    expect(anew.gate.id).not.toBe(id);
  });

  test('what goes wrong is told, and is no approval', async () => {
    const bad = await call('request_approval', { action: 'drop table', arguments: {} });
    expect(bad).toMatchObject({ isError: true, text: expect.stringContaining('MALFORMED') });
    const none = await call('check_approval', { id: 'gate-0', waitSeconds: 0 });
    expect(none).toMatchObject({ isError: true, text: expect.stringContaining('NOT_FOUND') });
    const lost = await connectMcp('http://127.0.0.1:9');
    const result = await lost.callTool({
      name: 'request_approval',
      arguments: { action: 'drop_table', arguments: {} },
    });
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result.content)).toContain('Nothing is approved');
    await lost.close();
  });
});
