/** What a gateway process takes from its environment. Temporal's own variables are read by client/connection.ts. */
import { readFile } from 'node:fs/promises';
import { type CallbackOrigins, readCallbackOrigins } from '../domain/gate/callback.ts';
import { loginSettings, type LoginSettings } from './login-settings.ts';
import type { Rate } from './rate-limit.ts';
import { DEFAULT_ROLES, EVERYONE, readRoles, type Roles } from './roles.ts';
import { type GatewayKey, readGatewayKey } from './signing-key.ts';
import { readTokens, type TokenEntry } from './tokens.ts';

export interface GatewaySettings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** https://host, as browsers know it, where a proxy stands before it. */
  readonly origin?: string;
  readonly tokens: readonly TokenEntry[];
  /** Left out: tokens alone come in. */
  readonly login?: LoginSettings;
  readonly roles: Roles;
  /** Left out: decisions are not signed. */
  readonly key?: GatewayKey;
  /** PostgreSQL, of which it reads. */
  readonly evidenceUrl?: string;
  readonly decideRate?: Rate;
  readonly callbackOrigins: CallbackOrigins;
}

/** As on a command line: what is said there goes before the environment. */
export interface GatewayFlags {
  readonly host?: string;
  readonly port?: string;
  readonly tokens?: string;
}

const LOOPBACK_HOST = '127.0.0.1';
const GATEWAY_PORT = '8234';
const PORT_MAX = 65_535;
const PER_MINUTE_MAX = 100_000;

/** Rejects with an error that names the variable and what to write. */
export async function gatewaySettings(
  env: NodeJS.ProcessEnv,
  flags: GatewayFlags = {},
): Promise<GatewaySettings> {
  const port = flags.port || env['HOLDPOINT_GATEWAY_PORT'] || GATEWAY_PORT;
  if (!/^\d+$/.test(port) || Number(port) > PORT_MAX) {
    throw new TypeError(
      `HOLDPOINT_GATEWAY_PORT (--port) is a whole number from 0 to ${PORT_MAX}, not ${port}.`,
    );
  }
  const origins = readCallbackOrigins(env['HOLDPOINT_CALLBACK_ORIGINS'] ?? '');
  if (!origins.ok) throw new TypeError(`HOLDPOINT_CALLBACK_ORIGINS: ${origins.problem}.`);
  const login = loginSettings(env);
  const origin = originOf(env['HOLDPOINT_GATEWAY_ORIGIN']);
  const keyPath = env['HOLDPOINT_GATEWAY_KEY'] || undefined;
  const evidenceUrl = env['HOLDPOINT_EVIDENCE_URL'] || undefined;
  const decideRate = rateOf(env['HOLDPOINT_DECISIONS_PER_MINUTE']);
  const isDevelopment = login !== undefined && login.oidc === undefined;
  return {
    host: flags.host || env['HOLDPOINT_GATEWAY_HOST'] || LOOPBACK_HOST,
    port: Number(port),
    tokens: await tokensOf(flags.tokens || env['HOLDPOINT_TOKENS_FILE'], login),
    roles: await readRoles(env['HOLDPOINT_ROLES'], isDevelopment ? EVERYONE : DEFAULT_ROLES),
    callbackOrigins: origins.value,
    ...(origin === undefined ? {} : { origin }),
    ...(login === undefined ? {} : { login }),
    ...(keyPath === undefined ? {} : { key: await readGatewayKey(keyPath) }),
    ...(evidenceUrl === undefined ? {} : { evidenceUrl }),
    ...(decideRate === undefined ? {} : { decideRate }),
  };
}

/** What browsers send as `Origin`: scheme, host and port, and nothing after it. */
function originOf(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const isOrigin = URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, '');
  if (isOrigin && text.startsWith('https:')) return new URL(text).origin;
  throw new TypeError(
    `HOLDPOINT_GATEWAY_ORIGIN is how browsers know the gateway: https://host, without a path, not ${text}. TLS is for the proxy before it.`,
  );
}

function rateOf(text: string | undefined): Rate | undefined {
  if (text === undefined || text === '') return undefined;
  const perMinute = Number(text);
  if (/^\d+$/.test(text) && perMinute >= 1 && perMinute <= PER_MINUTE_MAX) {
    return { burst: Math.max(1, Math.ceil(perMinute / 2)), perMinute };
  }
  throw new TypeError(
    `HOLDPOINT_DECISIONS_PER_MINUTE is a whole number from 1 to ${PER_MINUTE_MAX}, not ${text}.`,
  );
}

async function tokensOf(
  path: string | undefined,
  login: LoginSettings | undefined,
): Promise<readonly TokenEntry[]> {
  if (path === undefined || path === '') {
    if (login !== undefined) return [];
    throw new TypeError(
      [
        'Who may come in? People log in at an OpenID provider: HOLDPOINT_OIDC_ISSUER and HOLDPOINT_OIDC_CLIENT_ID;',
        'programs have tokens, in a file: HOLDPOINT_TOKENS_FILE=tokens.json (--tokens). One of the two, or both.',
        'Make the first token: holdpoint token my-agent',
      ].join('\n'),
    );
  }
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new TypeError(`HOLDPOINT_TOKENS_FILE (--tokens) can't be read: ${reason}`, {
      cause: error,
    });
  }
  return readTokens(text);
}
