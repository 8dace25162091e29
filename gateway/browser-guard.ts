/**
 * What a browser may send on behalf of who is logged in. A cookie goes with whatever request a page makes, so by itself it
 * says nothing of who meant it:
 *
 * 1. Nothing changes but by POST with a body of `application/json`, which no form can send.
 * 2. Its Origin is the inbox's own, and `Sec-Fetch-Site`, where the browser sends it, says so too.
 * 3. It carries the token of this very login in a header.
 * 4. What only reads is not answered to a page of another site either.
 *
 * A token in a header is sent by a program that meant it: none of this is asked of it.
 */
import type { Context } from 'hono';
import { CSRF_HEADER } from './api/me.ts';
import { isSameToken, type Login } from './login/login-session.ts';
import { Problem } from './problem.ts';
import { expectJson } from './request-body.ts';

const SAFE: readonly string[] = ['GET', 'HEAD'];

/** Throws CROSS_SITE. `origins`: those that browsers know the inbox by. */
export function expectOwnPage(context: Context, origins: readonly string[], login: Login): void {
  expectOwnSite(context, origins);
  if (SAFE.includes(context.req.method)) return;
  if (isSameToken(login.csrfToken, context.req.header(CSRF_HEADER))) return;
  throw new Problem(
    'CROSS_SITE',
    `Send the header ${CSRF_HEADER} with the csrfToken of /v1/me: this login's own.`,
  );
}

/** The same without a login: where one begins. */
export function expectOwnSite(context: Context, origins: readonly string[]): void {
  const site = context.req.header('sec-fetch-site');
  const isReading = SAFE.includes(context.req.method);
  const sitesAllowed = isReading ? ['same-origin', 'none'] : ['same-origin'];
  const isOwnSite = site === undefined || sitesAllowed.includes(site);
  const origin = context.req.header('origin');
  const isOwnOrigin = origin === undefined ? isReading : origins.includes(origin);
  if (isOwnSite && isOwnOrigin) {
    if (!isReading) expectJson(context);
    return;
  }
  throw new Problem(
    'CROSS_SITE',
    'This request comes from another page than the inbox. A program sends a token, and no cookie.',
  );
}
