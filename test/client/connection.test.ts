/** Connecting as Temporal's own tools do: a profile of a file, the environment, and what is said, in that order. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Connection, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { until } from '../support/until.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-profiles-'));
  const file = join(folder, 'temporal.toml');
  const profile = (name: string, address: string): string =>
    `[profile.${name}]\naddress = "${address}"\nnamespace = "${inject('temporalNamespace')}"\n`;
  await writeFile(
    file,
    profile('right', inject('temporalAddress')) + profile('wrong', '127.0.0.1:1'),
  );
});
afterAll(async () => rm(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

function withFile(): void {
  vi.stubEnv('TEMPORAL_CONFIG_FILE', join(folder, 'temporal.toml'));
  vi.stubEnv('TEMPORAL_ADDRESS', undefined);
  vi.stubEnv('TEMPORAL_NAMESPACE', undefined);
}

async function answers(holdpoint: HoldpointClient): Promise<boolean> {
  try {
    const error: unknown = await holdpoint.status('no-such-session').catch((one: unknown) => one);
    return error instanceof WorkflowNotFoundError;
  } finally {
    await holdpoint.close();
  }
}

test('a profile of the file says where Temporal is', async () => {
  withFile();
  expect(await answers(await HoldpointClient.connect({ profile: 'right' }))).toBe(true);
});

test('the environment goes before the file, and what is said before both', async () => {
  withFile();
  vi.stubEnv('TEMPORAL_ADDRESS', inject('temporalAddress'));
  expect(await answers(await HoldpointClient.connect({ profile: 'wrong' }))).toBe(true);
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  const address = inject('temporalAddress');
  expect(await answers(await HoldpointClient.connect({ profile: 'wrong', address }))).toBe(true);
});

test('a profile that is not there is refused', async () => {
  withFile();
  await expect(HoldpointClient.connect({ profile: 'nobody' })).rejects.toThrow(/nobody/);
});

test('a namespace without the search attribute says what to run', async () => {
  const address = inject('temporalAddress');
  const connection = await Connection.connect({ address });
  const namespace = `bare-${randomUUID()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 24 * 3_600 } as never,
  });
  const holdpoint = await HoldpointClient.connect({ address, namespace });
  try {
    await expect(
      until('the namespace', async () => {
        try {
          return await holdpoint.pending();
        } catch (error) {
          // A new namespace is known everywhere after a moment.
          if (/not found/i.test(String(error))) return undefined;
          throw error;
        }
      }),
    ).rejects.toThrow('npx holdpoint setup');
  } finally {
    await holdpoint.close();
    await connection.close();
  }
});
