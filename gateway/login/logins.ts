/**
 * Who is logged in, and how they come in and go out. What a browser has to send for it is checked here, so that nothing
 * else of the gateway ever looks at a cookie.
 */
import type { Context } from 'hono';
import { MINUTE_MS } from '../../domain/limits.ts';
import { expectOwnPage, expectOwnSite } from '../browser-guard.ts';
import { Problem } from '../problem.ts';
import { Cookies } from './cookies.ts';
import { EndedLogins } from './ended-logins.ts';
import {
  type Identity,
  type Login,
  type LoginLifetime,
  LoginTooLarge,
  newLogin,
  openLogin,
  sealLogin,
  seenAgain,
  type Vault,
} from './login-session.ts';
import { ATTEMPT_MS, type OidcLogin, readAttempt } from './oidc.ts';

export interface LoginOptions {
  /** Left out: the development login, which lets anybody be anyone. */
  readonly oidc?: OidcLogin;
  readonly vault: Vault;
  readonly lifetime: LoginLifetime;
  /** Those that browsers know the inbox by; the first is where a login comes back to. */
  readonly origins: () => readonly string[];
}

export const DEVELOPMENT_WARNING =
  'Development login: anybody who reaches this page may be anyone. Never for real decisions.';

const ATTEMPT = 'attempt';
const CALLBACK = '/auth/callback';

export class Logins {
  readonly #options: LoginOptions;
  readonly #ended = new EndedLogins();

  constructor(options: LoginOptions) {
    this.#options = options;
  }

  get kind(): 'oidc' | 'development' {
    return this.#options.oidc === undefined ? 'development' : 'oidc';
  }

  get idleMs(): number {
    return this.#options.lifetime.idleMs;
  }

  /** Who sends this request, by their cookie; undefined: nobody is logged in. Throws CROSS_SITE. */
  async read(
    context: Context,
    { renews }: { readonly renews: boolean },
  ): Promise<Login | undefined> {
    const { vault, lifetime } = this.#options;
    const sealed = this.#cookies().read(context, 'login');
    if (sealed === undefined || sealed === '') return undefined;
    const now = Date.now();
    const login = await openLogin(vault, sealed, { ...lifetime, now });
    if (login === undefined || this.#ended.has(login.id) || login.kind !== this.kind) {
      return undefined;
    }
    expectOwnPage(context, this.#options.origins(), login);
    const again = renews ? seenAgain(login, now) : undefined;
    if (again !== undefined) await this.#write(context, again, now);
    return again ?? login;
  }

  /** The development login. */
  async beAnyone(context: Context, identity: Pick<Identity, 'account' | 'groups'>): Promise<Login> {
    if (this.kind !== 'development') throw noSuchLogin();
    return this.#logIn(context, { kind: 'development', ...identity });
  }

  /** A request of a browser that is about to log in: from a page of the inbox itself. */
  expectOwnSite(context: Context): void {
    expectOwnSite(context, this.#options.origins());
  }

  /** The address of the provider's login. */
  async begin(
    context: Context,
    { returnTo, isStepUp }: { readonly returnTo: string | undefined; readonly isStepUp: boolean },
  ): Promise<string> {
    const { oidc, vault } = this.#options;
    if (oidc === undefined) throw noSuchLogin();
    const { attempt, url } = await oidc.begin({
      redirectUri: `${this.#origin()}${CALLBACK}`,
      returnTo: this.#ownPath(returnTo),
      isStepUp,
    });
    const value = await vault.seal(attempt, {
      audience: ATTEMPT,
      expiresAt: Date.now() + ATTEMPT_MS,
    });
    this.#cookies().write(context, 'attempt', { value, maxAgeMs: ATTEMPT_MS });
    return url;
  }

  /** The provider has sent the browser back. Answers where on the inbox to go on. */
  async finish(context: Context): Promise<string> {
    const { oidc, vault } = this.#options;
    if (oidc === undefined) throw noSuchLogin();
    const cookies = this.#cookies();
    const sealed = cookies.read(context, 'attempt') ?? '';
    const attempt = readAttempt(await vault.open(sealed, ATTEMPT));
    // Used or not, it is used up.
    cookies.forget(context, 'attempt');
    if (attempt === undefined) {
      throw new Problem(
        'LOGIN_FAILED',
        `No login of this browser is under way, or it took longer than ${ATTEMPT_MS / MINUTE_MS} minutes. Begin anew.`,
      );
    }
    const { search } = new URL(context.req.url);
    const url = new URL(`${CALLBACK}${search}`, this.#origin());
    await this.#logIn(context, await oidc.finish(url, attempt));
    return attempt.returnTo;
  }

  /** Ends the login here. Answers where it may be ended at the provider too. */
  async end(context: Context, login: Login | undefined): Promise<string | undefined> {
    if (login !== undefined) this.#ended.end(login, Date.now());
    this.#cookies().forget(context, 'login');
    return login?.kind === 'oidc' ? this.#options.oidc?.logoutUrl(`${this.#origin()}/`) : undefined;
  }

  /** A login of its own, whatever the browser had before. */
  async #logIn(context: Context, identity: Identity): Promise<Login> {
    const now = Date.now();
    const login = newLogin(identity, this.#options.lifetime, now);
    try {
      await this.#write(context, login, now);
    } catch (error) {
      if (!(error instanceof LoginTooLarge)) throw error;
      throw new Problem(
        'LOGIN_FAILED',
        'What the provider says of you fits into no cookie: your groups are too many. Whoever runs the gateway names those that count: HOLDPOINT_OIDC_GROUPS.',
      );
    }
    return login;
  }

  async #write(context: Context, login: Login, now: number): Promise<void> {
    const value = await sealLogin(this.#options.vault, login);
    this.#cookies().write(context, 'login', { value, maxAgeMs: login.expiresAt - now });
  }

  #origin(): string {
    const [origin] = this.#options.origins();
    if (origin === undefined) throw new Error('A gateway with a login knows its origin');
    return origin;
  }

  #cookies(): Cookies {
    return new Cookies({ isSecure: this.#origin().startsWith('https:') });
  }

  /** A path of the inbox; whatever else is said leads to its first page. */
  #ownPath(returnTo = '/'): string {
    const origin = this.#origin();
    if (!returnTo.startsWith('/') || !URL.canParse(returnTo, origin)) return '/';
    const url = new URL(returnTo, origin);
    const isOwn = url.origin === origin && !url.pathname.startsWith('/auth/');
    return isOwn ? `${url.pathname}${url.search}${url.hash}` : '/';
  }
}

export function noSuchLogin(): Problem {
  return new Problem(
    'NO_SUCH_LOGIN',
    'This gateway has no login of that kind. /v1/me says how to log in.',
  );
}
