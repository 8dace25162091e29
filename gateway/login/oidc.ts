/**
 * Login by OpenID Connect: authorization code with PKCE, state and nonce; what the provider's discovery document says is
 * all that is known of it. openid-client does the protocol; what a claim means here stands below.
 */
import * as oidc from 'openid-client';
import { z } from 'zod';
import { MINUTE_MS, PROOF_GROUPS_MAX } from '../../domain/limits.ts';
import { identifierSchema } from '../../domain/schema/messages.ts';
import { isPlainObject } from '../../domain/text/json.ts';
import { visibleText } from '../../domain/text/visible-text.ts';
import { Problem } from '../problem.ts';
import type { Identity } from './login-session.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  /** Left out: a public client, which PKCE alone protects. */
  readonly clientSecret?: string;
  readonly scopes: string;
  /** Whose value is the account: `reviewerId` of what they decide. */
  readonly accountClaim: string;
  readonly groupsClaim: string;
  /** Only these groups are kept. Left out: all. */
  readonly groups?: readonly string[];
  /** How long ago they may have proved who they are, s. Left out: as long as the provider takes it. */
  readonly maxAgeS?: number;
  /** What a step-up asks for, `acr_values`: one of them has to come back. */
  readonly stepUpAcr?: readonly string[];
}

/** What the gateway remembers of a login between the two redirects. */
const attemptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.string(),
  isStepUp: z.boolean(),
});
export type Attempt = Readonly<z.output<typeof attemptSchema>>;

export function readAttempt(raw: unknown): Attempt | undefined {
  const reading = attemptSchema.safeParse(raw);
  return reading.success ? reading.data : undefined;
}

export const ATTEMPT_MS = 10 * MINUTE_MS;

interface Begun {
  readonly attempt: Attempt;
  /** Where the browser goes. */
  readonly url: string;
}

export class OidcLogin {
  readonly #settings: OidcSettings;
  /** Asked for when it is first needed, and again after it could not be had. */
  #discovered: Promise<oidc.Configuration> | undefined;

  constructor(settings: OidcSettings) {
    this.#settings = settings;
  }

  async begin({
    redirectUri,
    returnTo,
    isStepUp,
  }: {
    readonly redirectUri: string;
    readonly returnTo: string;
    readonly isStepUp: boolean;
  }): Promise<Begun> {
    const config = await this.#configuration();
    const { scopes, maxAgeS, stepUpAcr } = this.#settings;
    const verifier = oidc.randomPKCECodeVerifier();
    const attempt = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier,
      returnTo,
      isStepUp,
    };
    const maxAge = isStepUp ? 0 : maxAgeS;
    const url = oidc.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: scopes,
      state: attempt.state,
      nonce: attempt.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(maxAge === undefined ? {} : { max_age: String(maxAge) }),
      ...(isStepUp ? { prompt: 'login' } : {}),
      ...(isStepUp && stepUpAcr !== undefined ? { acr_values: stepUpAcr.join(' ') } : {}),
    });
    return { attempt, url: url.href };
  }

  /** `url`: where the provider has sent the browser, as the browser knows it. Throws a {@link Problem}. */
  async finish(url: URL, attempt: Attempt): Promise<Identity> {
    const config = await this.#configuration();
    const { maxAgeS } = this.#settings;
    // What was sent is compared; a step-up has to be of this moment, give or take the time that it takes.
    const maxAge = attempt.isStepUp ? STEP_UP_S : maxAgeS;
    try {
      const tokens = await oidc.authorizationCodeGrant(config, url, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
        ...(maxAge === undefined ? {} : { maxAge }),
      });
      const claims = { ...tokens.claims() };
      return this.#identity(
        { ...(await this.#userInfo(config, tokens, claims)), ...claims },
        attempt,
      );
    } catch (error) {
      throw error instanceof Problem ? error : loginFailed(error);
    }
  }

  /** Where a logout at the provider goes; undefined: it has none, or can't be asked now. */
  async logoutUrl(returnTo: string): Promise<string | undefined> {
    const config = await this.#configuration().catch(() => undefined);
    if (config?.serverMetadata().end_session_endpoint === undefined) return undefined;
    return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href;
  }

  async #configuration(): Promise<oidc.Configuration> {
    this.#discovered ??= discovered(this.#settings);
    try {
      return await this.#discovered;
    } catch (error) {
      this.#discovered = undefined;
      throw new Problem(
        'PROVIDER_FAILED',
        `The OpenID provider ${this.#settings.issuer} does not answer as one: ${reasonOf(error)}. Try again in a moment.`,
      );
    }
  }

  /** Many providers put groups, or the address, into no ID token: then they are asked. */
  async #userInfo(
    config: oidc.Configuration,
    tokens: oidc.TokenEndpointResponse,
    claims: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { accountClaim, groupsClaim } = this.#settings;
    const isWhole = [accountClaim, groupsClaim].every((name) => claims[name] !== undefined);
    const isThere = config.serverMetadata().userinfo_endpoint !== undefined;
    if (isWhole || !isThere) return {};
    return oidc.fetchUserInfo(config, tokens.access_token, String(claims['sub']));
  }

  #identity(claims: Readonly<Record<string, unknown>>, { isStepUp }: Attempt): Identity {
    const { accountClaim, stepUpAcr } = this.#settings;
    const person = identifierOf(claims, 'sub');
    const account = identifierOf(claims, accountClaim);
    if (accountClaim === 'email' && claims['email_verified'] !== true) {
      throw new Problem('LOGIN_FAILED', 'The provider has not verified this e-mail address.');
    }
    const { acr, auth_time: authTime, name } = claims;
    const isStrong = typeof acr === 'string' && stepUpAcr?.includes(acr) === true;
    if (isStepUp && stepUpAcr !== undefined && !isStrong) {
      throw new Problem(
        'LOGIN_FAILED',
        `The provider did not log in as strongly as asked for: ${stepUpAcr.join(', ')}.`,
      );
    }
    return {
      kind: 'oidc',
      account,
      groups: this.#groupsOf(claims),
      ...(person === account ? {} : { person }),
      ...(typeof name === 'string'
        ? { name: visibleText(name).slice(0, NAME_CHARACTERS_MAX) }
        : {}),
      ...(Number.isSafeInteger(authTime) ? { authTime: Number(authTime) } : {}),
      ...(identifierSchema.safeParse(acr).success ? { acr: String(acr) } : {}),
    };
  }

  #groupsOf(claims: Readonly<Record<string, unknown>>): readonly string[] {
    const { groupsClaim, groups: wanted } = this.#settings;
    const listed = groupsAt(claims, groupsClaim);
    const groups = listed.filter((group) => wanted === undefined || wanted.includes(group));
    if (groups.length <= PROOF_GROUPS_MAX) return groups;
    throw new Problem(
      'LOGIN_FAILED',
      `You are in ${groups.length} groups, and a login holds ${PROOF_GROUPS_MAX}. Whoever runs the gateway names those that count: HOLDPOINT_OIDC_GROUPS.`,
    );
  }
}

/** A person needs some time at the provider's page. */
const STEP_UP_S = 300;
const NAME_CHARACTERS_MAX = 200;
const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

async function discovered(settings: OidcSettings): Promise<oidc.Configuration> {
  const { issuer, clientId, clientSecret } = settings;
  const server = new URL(issuer);
  const isLoopback = server.protocol === 'http:' && LOOPBACK.test(server.hostname);
  return oidc.discovery(
    server,
    clientId,
    clientSecret,
    clientSecret === undefined ? oidc.None() : undefined,
    isLoopback ? { execute: [oidc.allowInsecureRequests] } : undefined,
  );
}

function identifierOf(claims: Readonly<Record<string, unknown>>, name: string): string {
  const reading = identifierSchema.safeParse(claims[name]);
  if (reading.success) return reading.data;
  throw new Problem(
    'LOGIN_FAILED',
    `The provider gives no claim ${name} that can be an account: 1 to 200 visible characters. Whoever runs the gateway chooses another one (HOLDPOINT_OIDC_ACCOUNT_CLAIM), or adds its scope.`,
  );
}

/** `groups`, or within objects `realm_access.roles`. What can be no group is left out. */
function groupsAt(claims: Readonly<Record<string, unknown>>, path: string): readonly string[] {
  const steps = Object.hasOwn(claims, path) ? [path] : path.split('.');
  let value: unknown = claims;
  for (const step of steps) value = isPlainObject(value) ? value[step] : undefined;
  const listed: readonly unknown[] = typeof value === 'string' ? [value] : arrayOf(value);
  return [...new Set(listed.flatMap((one) => identifierSchema.safeParse(one).data ?? []))];
}

function arrayOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function loginFailed(error: unknown): Problem {
  return new Problem(
    'LOGIN_FAILED',
    `The login did not come to its end: ${reasonOf(error)}. Begin anew.`,
  );
}

/** What openid-client, or the provider, says: one line of it. Never a token, a code or a secret: it puts none there. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'no reason was given';
  const said: unknown = 'error_description' in error ? error.error_description : undefined;
  const code: unknown = 'error' in error ? error.error : undefined;
  const text = [code, said].filter((one) => typeof one === 'string').join(': ');
  return visibleText(text === '' ? error.message : text).slice(0, 300);
}
