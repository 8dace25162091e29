/** A gateway for development: on loopback, where anybody may be anyone, with a key and a secret of its own in a folder. */
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownSecret } from './login-settings.ts';
import { gatewaySettings, type GatewaySettings } from './settings.ts';
import { type GatewayKey, ownGatewayKey } from './signing-key.ts';

export interface DevelopmentSettings extends GatewaySettings {
  readonly key: GatewayKey;
}

const LOOPBACK_HOST = '127.0.0.1';

/** What the environment names goes before it: an OpenID provider, a key, roles. `folder` is kept across restarts. */
export async function developmentSettings(
  env: NodeJS.ProcessEnv,
  { folder, port }: { readonly folder: string; readonly port: string },
): Promise<DevelopmentSettings> {
  await mkdir(folder, { recursive: true });
  const hasProvider = Boolean(env['HOLDPOINT_OIDC_ISSUER']);
  const settings = await gatewaySettings(
    {
      ...env,
      HOLDPOINT_DEV_LOGIN: hasProvider ? '' : '1',
      HOLDPOINT_SESSION_SECRET:
        env['HOLDPOINT_SESSION_SECRET'] || (await keptSecret(join(folder, 'gateway-secret'))),
      // The evidence is this process's own.
      HOLDPOINT_EVIDENCE_URL: '',
    },
    { host: LOOPBACK_HOST, port },
  );
  return {
    ...settings,
    key: settings.key ?? (await ownGatewayKey(join(folder, 'gateway-key.json'))),
  };
}

async function keptSecret(path: string): Promise<string> {
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept.trim() !== '') return kept.trim();
  const secret = ownSecret();
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(`${secret}\n`);
  } finally {
    await file.close();
  }
  return secret;
}
