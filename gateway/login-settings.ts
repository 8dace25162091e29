/** How people log in at a gateway process, from its environment. */
import { randomBytes } from 'node:crypto';
import { HOUR_MS, MINUTE_MS } from '../domain/limits.ts';
import type { LoginLifetime } from './login/login-session.ts';
import type { OidcSettings } from './login/oidc.ts';

export interface LoginSettings {
  /** Left out: the development login. */
  readonly oidc?: OidcSettings;
  /** The first seals what browsers keep, all of them open it. */
  readonly secrets: readonly string[];
  /** The secret is of this process alone: its end logs everybody out. */
  readonly isSecretOwn: boolean;
  readonly lifetime: LoginLifetime;
}

const LIFETIME: LoginLifetime = { atMostMs: 12 * HOUR_MS, idleMs: HOUR_MS };
const SECRET_BYTES = 32;
const HOURS_MAX = 24 * 7;
const MINUTES_MAX = 60 * 24 * 7;

/** Undefined: nobody logs in. Throws a TypeError that names the variable and what to write. */
export function loginSettings(env: NodeJS.ProcessEnv): LoginSettings | undefined {
  const oidc = oidcSettings(env);
  const isDevelopment = env['HOLDPOINT_DEV_LOGIN'] === '1';
  if (oidc === undefined && !isDevelopment) return undefined;
  if (oidc !== undefined && isDevelopment) {
    throw new TypeError(
      'HOLDPOINT_DEV_LOGIN=1 lets anybody be anyone: not beside HOLDPOINT_OIDC_ISSUER. Take one of them away.',
    );
  }
  const named = env['HOLDPOINT_SESSION_SECRET'] || undefined;
  return {
    ...(oidc === undefined ? {} : { oidc }),
    secrets: named?.split(',').map((one) => one.trim()) ?? [ownSecret()],
    isSecretOwn: named === undefined,
    lifetime: {
      atMostMs:
        numberOf(env['HOLDPOINT_LOGIN_HOURS'], 'HOLDPOINT_LOGIN_HOURS', HOURS_MAX, HOUR_MS) ??
        LIFETIME.atMostMs,
      idleMs:
        numberOf(
          env['HOLDPOINT_LOGIN_IDLE_MINUTES'],
          'HOLDPOINT_LOGIN_IDLE_MINUTES',
          MINUTES_MAX,
          MINUTE_MS,
        ) ?? LIFETIME.idleMs,
    },
  };
}

export function ownSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64');
}

function oidcSettings(env: NodeJS.ProcessEnv): OidcSettings | undefined {
  const issuer = env['HOLDPOINT_OIDC_ISSUER'] || undefined;
  if (issuer === undefined) return undefined;
  const clientId = env['HOLDPOINT_OIDC_CLIENT_ID'] || undefined;
  if (!isIssuer(issuer)) {
    throw new TypeError(
      `HOLDPOINT_OIDC_ISSUER is the https address of an OpenID provider, as its discovery document says (on loopback http as well), not ${issuer}.`,
    );
  }
  if (clientId === undefined) {
    throw new TypeError(
      'HOLDPOINT_OIDC_CLIENT_ID: which client is this gateway to the provider? Register one there, with the redirect address …/auth/callback.',
    );
  }
  const clientSecret = env['HOLDPOINT_OIDC_CLIENT_SECRET'] || undefined;
  const groups = listOf(env['HOLDPOINT_OIDC_GROUPS'], ',');
  const stepUpAcr = listOf(env['HOLDPOINT_OIDC_STEP_UP_ACR'], ' ');
  const maxAgeS = numberOf(
    env['HOLDPOINT_OIDC_MAX_AGE_SECONDS'],
    'HOLDPOINT_OIDC_MAX_AGE_SECONDS',
    HOURS_MAX * 3_600,
    1,
  );
  return {
    issuer,
    clientId,
    scopes: env['HOLDPOINT_OIDC_SCOPES'] || 'openid profile email',
    accountClaim: env['HOLDPOINT_OIDC_ACCOUNT_CLAIM'] || 'sub',
    groupsClaim: env['HOLDPOINT_OIDC_GROUPS_CLAIM'] || 'groups',
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(groups === undefined ? {} : { groups }),
    ...(stepUpAcr === undefined ? {} : { stepUpAcr }),
    ...(maxAgeS === undefined ? {} : { maxAgeS }),
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

function isIssuer(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

function listOf(text: string | undefined, between: string): readonly string[] | undefined {
  const listed = text?.split(between).map((one) => one.trim()) ?? [];
  const named = listed.filter((one) => one !== '');
  return named.length === 0 ? undefined : named;
}

function numberOf(
  text: string | undefined,
  name: string,
  max: number,
  unit: number,
): number | undefined {
  if (text === undefined || text === '') return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= max) return number * unit;
  throw new TypeError(`${name} is a whole number from 1 to ${max}, not ${text}.`);
}
