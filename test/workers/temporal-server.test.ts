import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { startTemporalServer } from '../../workers/temporal-server.ts';
import type { TemporalServer } from '../../workers/temporal-server.ts';

const DEADLINE = { timeout: 20_000 };
const progress = (): void => {};

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdpoint-server-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

interface Reachable {
  readonly address: string;
  readonly namespace: string;
}

async function withClient<T>(
  { address, namespace }: Reachable,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}

async function withServer<T>(
  options: Omit<Parameters<typeof startTemporalServer>[0], 'progress'>,
  use: (server: TemporalServer) => Promise<T>,
): Promise<T> {
  const server = await startTemporalServer({ ...options, progress });
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

async function listedIds(client: Client): Promise<string[]> {
  const ids: string[] = [];
  // Other tests leave workflows on the shared server, some with a memo that takes a codec to read.
  const list = client.workflow.list({ query: "WorkflowType = 'nobodyRunsThis'" });
  for await (const { workflowId } of list) ids.push(workflowId);
  return ids;
}

async function startUnworked(client: Client, workflowId: string): Promise<void> {
  await client.workflow.start('nobodyRunsThis', { workflowId, taskQueue: workflowId });
}

test('the server of the test run answers', async () => {
  const shared = {
    address: inject('temporalAddress'),
    namespace: inject('temporalNamespace'),
  };
  const workflowId = `temporal-server-${Date.now()}`;
  await withClient(shared, async (client) => {
    await startUnworked(client, workflowId);
    await vi.waitUntil(async () => (await listedIds(client)).includes(workflowId), DEADLINE);
    await client.workflow.getHandle(workflowId).terminate();
  });
});

test('the UI and the search attributes are there when it says that it has started', async () => {
  const options = { ui: true, searchAttributes: { HoldpointTest: 'KEYWORD_LIST' } } as const;
  await withServer(options, async (server) => {
    expect((await fetch(server.uiUrl ?? '')).status).toBe(200);
    const { namespace } = server;
    const { customAttributes } = await withClient(server, (client) =>
      client.connection.operatorService.listSearchAttributes({ namespace }),
    );
    expect(customAttributes).toHaveProperty('HoldpointTest');
  });
});

test('without a UI there is no address for one', async () => {
  await withServer({}, async (server) => expect(server).not.toHaveProperty('uiUrl'));
});

test('a database file keeps workflows across restarts, and its folder is made', async () => {
  const databaseFile = join(root, 'new/folder/temporal.db');
  await withServer({ databaseFile }, (server) =>
    withClient(server, (client) => startUnworked(client, 'kept')),
  );
  await withServer({ databaseFile }, (server) =>
    withClient(server, async (client) => {
      await vi.waitUntil(async () => (await listedIds(client)).includes('kept'), DEADLINE);
      const { status } = await client.workflow.getHandle('kept').describe();
      expect(status.name).toBe('RUNNING');
    }),
  );
});

test('close ends it, and may be called twice', async () => {
  const server = await startTemporalServer({ progress });
  await server.close();
  await server.close();
  await expect(
    Connection.connect({ address: server.address, connectTimeout: '1s' }),
  ).rejects.toThrow();
});

test('a port that is taken is refused, though a Temporal server answers there', async () => {
  const [host, port] = inject('temporalAddress').split(':');
  await expect(startTemporalServer({ progress, port: Number(port) })).rejects.toThrow(
    `port ${port} is taken. Choose another, or, where it is a Temporal server, use it: TEMPORAL_ADDRESS=${host}:${port}`,
  );
});

test('a binary that ends at once is quoted', async () => {
  const binary = join(root, 'temporal');
  await writeFile(binary, '#!/bin/sh\necho "cannot go on" >&2\nexit 9\n');
  await chmod(binary, 0o755);
  const env = { PATH: root, HOME: root };
  await expect(startTemporalServer({ progress, env })).rejects.toThrow(
    "Temporal's dev server ended with code 9 while starting. The last it printed:\n  cannot go on",
  );
});

test('a server named by TEMPORAL_ADDRESS is used as it is and never stopped', async () => {
  const address = inject('temporalAddress');
  const env = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: 'somewhere' };
  const server = await startTemporalServer({ progress, env });
  expect(server).toMatchObject({ address, namespace: 'somewhere', owned: false });
  await server.close();
  await withClient({ address, namespace: inject('temporalNamespace') }, listedIds);
});
