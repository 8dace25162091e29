/** docs/guides/inbox.md, performed: a gateway behind a real OpenID provider, with a key of its own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { readTrustedKeys } from '../../domain/proof/trusted-key.ts';
import { CLIENT, type OpenIdProcess, startOpenIdProvider } from '../support/openid-process.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { endAll, perform, PROGRAMS } from '../support/processes.ts';
import { until } from '../support/until.ts';

let provider: OpenIdProcess;
let cwd: string;
beforeAll(async () => {
  provider = await startOpenIdProvider();
  cwd = await mkdtemp(join(tmpdir(), 'holdpoint-inbox-'));
});
afterAll(async () => {
  await endAll();
  await provider.close();
  await rm(cwd, { recursive: true });
});

test('by the lines of the guide: a key, and a gateway that sends people to the provider and signs for them', async () => {
  const lines = filledIn(pageFence('docs/guides/inbox.md#login'), {
    'https://login.example.com': provider.issuer,
    'CLIENT_ID=holdpoint': `CLIENT_ID=${CLIENT.clientId}`,
    '…': `'${CLIENT.clientSecret}'`,
    'holdpoint gateway': 'holdpoint gateway --port 0',
  });
  const env = { TEMPORAL_ADDRESS: inject('temporalAddress'), PATH: PROGRAMS };
  const gateway = perform(lines, { cwd, env });
  const url = await until('the gateway', () => /Gateway at (\S+)/.exec(gateway.output())?.[1]);
  const read = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
  expect(await read('/v1/me')).toMatchObject({
    as: 'nobody',
    login: { kind: 'oidc' },
    signs: true,
    kid: 'gateway-1',
  });
  const { status, headers } = await fetch(`${url}/auth/login`, { redirect: 'manual' });
  const login = new URL(headers.get('location') ?? '');
  expect([status, login.origin]).toEqual([302, provider.issuer]);
  expect(login.searchParams.get('redirect_uri')).toBe(
    'https://holdpoint.example.com/auth/callback',
  );
  // What workers are to trust: printed, served, and without the private part.
  const { d, ...own } = JSON.parse(await readFile(join(cwd, 'gateway-key.json'), 'utf8')) as {
    readonly d: string;
    readonly kid: string;
    readonly x: string;
  };
  const served = await read('/.well-known/holdpoint-keys.json');
  expect(readTrustedKeys(served)).toMatchObject({
    ok: true,
    value: [{ kid: own.kid, x: own.x }],
  });
  expect(gateway.output()).toContain(own.x);
  expect(gateway.output() + JSON.stringify(served)).not.toContain(d);
  gateway.signal('SIGTERM');
  await gateway.ended;
});
