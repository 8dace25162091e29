/**
 * The two cookies: who is logged in (SameSite=Strict), and, for the minutes of a login, what to compare the provider's
 * answer with (Lax, since the provider's redirect comes from another site). Over TLS both have the prefix `__Host-`: no
 * other host and no plain page can set them. Over plain HTTP, which is for loopback alone, browsers take no such prefix.
 */
import { getCookie, setCookie } from 'hono/cookie';
import type { Context } from 'hono';

const NAMES = { login: 'holdpoint', attempt: 'holdpoint-attempt' } as const;
type CookieKind = keyof typeof NAMES;

const SAME_SITE = { login: 'Strict', attempt: 'Lax' } as const;

export class Cookies {
  readonly #isSecure: boolean;

  constructor({ isSecure }: { readonly isSecure: boolean }) {
    this.#isSecure = isSecure;
  }

  read(context: Context, kind: CookieKind): string | undefined {
    return getCookie(context, this.#name(kind));
  }

  /** `maxAgeMs` 0: the browser forgets it. */
  write(
    context: Context,
    kind: CookieKind,
    { value, maxAgeMs }: { readonly value: string; readonly maxAgeMs: number },
  ): void {
    setCookie(context, this.#name(kind), value, {
      path: '/',
      httpOnly: true,
      secure: this.#isSecure,
      sameSite: SAME_SITE[kind],
      maxAge: Math.ceil(maxAgeMs / 1_000),
    });
  }

  forget(context: Context, kind: CookieKind): void {
    this.write(context, kind, { value: '', maxAgeMs: 0 });
  }

  #name(kind: CookieKind): string {
    return this.#isSecure ? `__Host-${NAMES[kind]}` : NAMES[kind];
  }
}
