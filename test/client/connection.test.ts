/** Connecting as Temporal's own tools do: a profile of a file, the environment, and what is said, in that order. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { Connection, WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from 'vitest';
import { HoldpointClient, TemporalUnreachable } from '../../client/index.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { describeWith } from '../support/skip.ts';
import { makeCertificates, startTemporalFront } from '../support/temporal-front.ts';
import { until } from '../support/until.ts';

const ownFolder = await mkdtemp(join(tmpdir(), 'holdpoint-front-'));
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
afterAll(async () => {
  for (const path of [folder, ownFolder]) await rm(path, { recursive: true });
});
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

describeWith('a Temporal that asks who calls', makeCertificates(ownFolder), (certificates) => {
  const address = inject('temporalAddress');
  const namespace = inject('temporalNamespace');
  const withProfile = async (profile: string, tls: string): Promise<void> => {
    const file = join(ownFolder, 'temporal.toml');
    await writeFile(file, `${profile}\n${tls}server_ca_cert_path = "${ownFolder}/server.pem"\n`);
    vi.stubEnv('TEMPORAL_CONFIG_FILE', file);
    vi.stubEnv('TEMPORAL_ADDRESS', undefined);
    vi.stubEnv('TEMPORAL_NAMESPACE', undefined);
  };

  test('is given the API key of the profile with each call', async () => {
    const front = await startTemporalFront(certificates, { address, asks: { key: 'a-key' } });
    const profile = filledIn(pageFence('docs/guides/temporal-cloud.md#key'), {
      'your-region.region.example:7233': front.address,
      'agents.your-account': namespace,
      'api_key = "…"': 'api_key = "a-key"',
    });
    await withProfile(profile, '[profile.cloud.tls]\n');
    expect(await answers(await HoldpointClient.connect({ profile: 'cloud' }))).toBe(true);
    const keys = front.callers().map(({ authorization }) => authorization);
    expect(new Set(keys)).toEqual(new Set(['Bearer a-key']));
    await withProfile(profile.replace('a-key', 'another'), '[profile.cloud.tls]\n');
    await expect(HoldpointClient.connect({ profile: 'cloud' })).rejects.toThrow(
      TemporalUnreachable,
    );
    await front.close();
  });

  test('is shown the client certificate of the profile', async () => {
    const front = await startTemporalFront(certificates, { address, asks: 'certificate' });
    const profile = filledIn(pageFence('docs/guides/temporal-cloud.md#certificate'), {
      'agents.your-account.tmprl.cloud:7233': front.address,
      'namespace = "agents.your-account"': `namespace = "${namespace}"`,
      '/run/secrets': ownFolder,
    });
    await withProfile(profile, '');
    expect(await answers(await HoldpointClient.connect({ profile: 'cloud' }))).toBe(true);
    const subjects = front.callers().map(({ subject }) => subject);
    expect(new Set(subjects)).toEqual(new Set(['agents']));
    await front.close();
  });
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
