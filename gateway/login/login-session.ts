/**
 * A login, kept by the browser alone: an encrypted cookie (JWE, A256GCM), so that it survives a restart of the gateway and
 * needs no store. It ends at a stated moment whatever happens, and earlier where nothing is asked for in between.
 *
 * What a stateless login can't do: be ended from outside. A logout makes the cookie void in this process (ended-logins.ts)
 * and in the browser; a copy of it works elsewhere until it is over.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt } from 'jose';
import { z } from 'zod';
import { PROOF_GROUPS_MAX, SECOND_MS } from '../../domain/limits.ts';
import { identifierSchema } from '../../domain/schema/messages.ts';

const claimsSchema = z.object({
  id: z.string(),
  kind: z.enum(['oidc', 'development']),
  account: identifierSchema,
  person: identifierSchema.optional(),
  name: z.string().max(200).optional(),
  groups: z.array(identifierSchema).max(PROOF_GROUPS_MAX),
  csrfToken: z.string(),
  /** ms since 1970. */
  loggedInAt: z.number(),
  expiresAt: z.number(),
  /** When something was asked for last. */
  seenAt: z.number(),
  /** As the provider says: when, in seconds since 1970, and how strongly they proved who they are. */
  authTime: z.int().optional(),
  acr: identifierSchema.optional(),
});

/** Who is logged in. */
export type Login = Readonly<Omit<z.output<typeof claimsSchema>, 'groups'>> & {
  readonly groups: readonly string[];
};

/** Who somebody is, as a login finds it out. */
export type Identity = Pick<Login, 'kind' | 'account' | 'groups'> & {
  readonly person?: string;
  readonly name?: string;
  readonly authTime?: number;
  readonly acr?: string;
};

export interface LoginLifetime {
  /** A login is over after this, whatever happens. */
  readonly atMostMs: number;
  /** Or after so long in which nothing was asked for. */
  readonly idleMs: number;
}

/** A cookie is written anew when it is older than this: not with every request. */
const SEEN_AGAIN_MS = 60 * SECOND_MS;
/** What every browser takes as one cookie, its name and attributes among them. */
const COOKIE_CHARACTERS_MAX = 3_800;
const SECRET_CHARACTERS_MIN = 32;
const ID_BYTES = 16;

/** Thrown where a login does not fit into a cookie. */
export class LoginTooLarge extends Error {
  override readonly name = 'LoginTooLarge';
}

/** Seals and opens what the browser keeps. The first secret seals; all of them open: so they rotate. */
export class Vault {
  readonly #keys: readonly Uint8Array[];

  /** Throws a TypeError where a secret is too short to be one. */
  constructor(secrets: readonly string[]) {
    if (secrets.length === 0 || secrets.some((one) => one.length < SECRET_CHARACTERS_MIN)) {
      throw new TypeError(
        `HOLDPOINT_SESSION_SECRET has at least ${SECRET_CHARACTERS_MIN} characters, as of: openssl rand -base64 32. Two of them, with a comma between: the first is used, both are accepted.`,
      );
    }
    this.#keys = secrets.map((secret) => createHash('sha256').update(secret).digest());
  }

  /** `audience` keeps one kind of cookie from being taken for another. */
  async seal(
    claims: Readonly<Record<string, unknown>>,
    { audience, expiresAt }: { readonly audience: string; readonly expiresAt: number },
  ): Promise<string> {
    const [key] = this.#keys;
    if (key === undefined) throw new Error('A vault has a key');
    const sealed = await new EncryptJWT(claims)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .setAudience(audience)
      .setExpirationTime(Math.ceil(expiresAt / SECOND_MS))
      .encrypt(key);
    if (sealed.length > COOKIE_CHARACTERS_MAX) throw new LoginTooLarge('It fits into no cookie');
    return sealed;
  }

  /** Undefined: it is none of ours, was changed, is of another kind, or is over. */
  async open(sealed: string, audience: string): Promise<unknown> {
    for (const key of this.#keys) {
      try {
        const { payload } = await jwtDecrypt(sealed, key, {
          audience,
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['exp'],
        });
        return payload;
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error;
      }
    }
    return undefined;
  }
}

const LOGIN = 'login';

/** A new login. Nothing of what the browser had before is in it. */
export function newLogin(identity: Identity, { atMostMs }: LoginLifetime, now: number): Login {
  return {
    ...identity,
    id: randomBytes(ID_BYTES).toString('base64url'),
    csrfToken: randomBytes(ID_BYTES).toString('base64url'),
    loggedInAt: now,
    expiresAt: now + atMostMs,
    seenAt: now,
  };
}

export async function sealLogin(vault: Vault, login: Login): Promise<string> {
  return vault.seal({ ...login }, { audience: LOGIN, expiresAt: login.expiresAt });
}

/** Undefined: nobody is logged in by it. */
export async function openLogin(
  vault: Vault,
  sealed: string,
  { idleMs, now }: Pick<LoginLifetime, 'idleMs'> & { readonly now: number },
): Promise<Login | undefined> {
  const reading = claimsSchema.safeParse(await vault.open(sealed, LOGIN));
  if (!reading.success) return undefined;
  const login = JSON.parse(JSON.stringify(reading.data)) as Login;
  return now < login.expiresAt && now < login.seenAt + idleMs ? login : undefined;
}

/** The login as seen now, where that is worth a new cookie. */
export function seenAgain(login: Login, now: number): Login | undefined {
  return now - login.seenAt < SEEN_AGAIN_MS ? undefined : { ...login, seenAt: now };
}

export function isSameToken(expected: string, said: string | undefined): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(said ?? '')];
  return a.length === b.length && timingSafeEqual(a, b);
}
