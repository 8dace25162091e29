/** How a worker finds Temporal: by a profile, an API key or a client certificate, as Temporal's own tools do. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { temporalTarget } from '../../workers/connection.ts';
import { filledIn, pageFence } from '../support/pages.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('a profile', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-profile-'));
    await writeFile(join(folder, 'client.pem'), 'a certificate');
    await writeFile(join(folder, 'client.key'), 'a key');
    // As the guide has them, under a name each.
    const key = filledIn(pageFence('docs/guides/temporal-cloud.md#key'), {
      'profile.cloud': 'profile.key',
      'api_key = "…"': 'api_key = "a-key"',
    });
    const certificate = filledIn(pageFence('docs/guides/temporal-cloud.md#certificate'), {
      'profile.cloud': 'profile.certificate',
      '/run/secrets': folder,
    });
    await writeFile(join(folder, 'temporal.toml'), `${key}\n${certificate}\n`);
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(async () => rm(folder, { recursive: true }));

  const withFile = (env: Readonly<Record<string, string>> = {}): void => {
    vi.stubEnv('TEMPORAL_CONFIG_FILE', join(folder, 'temporal.toml'));
    vi.stubEnv('TEMPORAL_ADDRESS', undefined);
    vi.stubEnv('TEMPORAL_NAMESPACE', undefined);
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  };

  test('gives address, namespace and API key, with TLS', () => {
    withFile();
    const { address, namespace, options } = temporalTarget({ profile: 'key' });
    expect({ address, namespace }).toEqual({
      address: 'your-region.region.example:7233',
      namespace: 'agents.your-account',
    });
    expect(options).toMatchObject({ apiKey: 'a-key', tls: true });
  });

  test('gives a client certificate', () => {
    withFile();
    const { address, options } = temporalTarget({ profile: 'certificate' });
    expect(address).toBe('agents.your-account.tmprl.cloud:7233');
    expect(options.tls).toMatchObject({
      clientCertPair: { crt: bytes('a certificate'), key: bytes('a key') },
    });
  });

  test('is named by the environment too, whose other variables go before it', () => {
    withFile({ TEMPORAL_PROFILE: 'key', TEMPORAL_NAMESPACE: 'other' });
    const { address, namespace } = temporalTarget({});
    expect({ address, namespace }).toEqual({
      address: 'your-region.region.example:7233',
      namespace: 'other',
    });
  });

  test('comes after what is said on the command line', () => {
    withFile();
    const said = { profile: 'key', address: 'localhost:1', namespace: 'said' };
    expect(temporalTarget(said)).toMatchObject({ address: 'localhost:1', namespace: 'said' });
  });

  test('that is not there is an error', () => {
    withFile();
    expect(() => temporalTarget({ profile: 'none' })).toThrow(/none/);
  });
});
