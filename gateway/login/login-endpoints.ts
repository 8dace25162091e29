/** Logging in and out over HTTP, and who is logged in. */
import { visibleText } from '../../domain/text/visible-text.ts';
import { developmentLoginBodySchema, type Me } from '../api/me.ts';
import { type Caller, loginCaller } from '../caller.ts';
import type { GatewayContext } from '../endpoint.ts';
import { Problem } from '../problem.ts';
import { readBody } from '../request-body.ts';
import type { Roles } from '../roles.ts';
import type { GatewayKey } from '../signing-key.ts';
import { DEVELOPMENT_WARNING, type Logins, noSuchLogin } from './logins.ts';

export interface LoginParts {
  /** Left out: tokens alone come in. */
  readonly logins?: Logins;
  readonly roles: Roles;
  readonly key?: GatewayKey;
  readonly hasEvidence: boolean;
}

export function meOf({ logins, key, hasEvidence }: LoginParts, caller: Caller | undefined): Me {
  return {
    as: caller?.as ?? 'nobody',
    groups: caller?.login?.groups ?? [],
    roles: caller?.roles ?? [],
    may: caller?.may ?? [],
    ...(caller === undefined ? {} : { subject: caller.subject }),
    ...loginFields(caller, logins),
    login: waysIn(logins),
    ...(logins?.kind === 'development' ? { warning: DEVELOPMENT_WARNING } : {}),
    signs: key !== undefined,
    ...(key === undefined ? {} : { kid: key.publicKey.kid }),
    evidence: hasEvidence,
    at: Date.now(),
  };
}

function loginFields(caller: Caller | undefined, logins: Logins | undefined): Partial<Me> {
  const login = caller?.login;
  if (login === undefined || logins === undefined) return {};
  const { name, person, csrfToken, loggedInAt, expiresAt, seenAt, acr } = login;
  return {
    csrfToken,
    loggedInAt,
    expiresAt,
    idleUntil: Math.min(expiresAt, seenAt + logins.idleMs),
    ...(name === undefined ? {} : { name }),
    ...(person === undefined ? {} : { person }),
    ...(acr === undefined ? {} : { acr }),
  };
}

function waysIn(logins: Logins | undefined): Me['login'] {
  switch (logins?.kind) {
    case 'oidc':
      return { kind: 'oidc', url: '/auth/login' };
    case 'development':
      return { kind: 'development', url: '/auth/development' };
    case undefined:
      return { kind: 'none' };
  }
}

export async function beginLogin(parts: LoginParts, context: GatewayContext): Promise<Response> {
  const logins = expectLogins(parts);
  return orPage(context, async () => {
    const isStepUp = context.req.query('stepUp') === '1';
    const returnTo = context.req.query('returnTo');
    return context.redirect(await logins.begin(context, { returnTo, isStepUp }), 302);
  });
}

/**
 * The cookie of a login is Strict, and this request comes from the provider's site: so a page of our own goes on, and is
 * the one that sends it first.
 */
export async function finishLogin(parts: LoginParts, context: GatewayContext): Promise<Response> {
  const logins = expectLogins(parts);
  return orPage(context, async () => {
    const path = escaped(await logins.finish(context));
    return context.html(
      page(
        `<meta http-equiv="refresh" content="0; url=${path}"><title>Logged in</title>`,
        `<p>You are logged in. <a href="${path}">Go on</a></p>`,
      ),
    );
  });
}

export async function developmentLogin(
  parts: LoginParts,
  context: GatewayContext,
): Promise<Response> {
  const logins = expectLogins(parts);
  if (logins.kind !== 'development') throw noSuchLogin();
  logins.expectOwnSite(context);
  const { name, groups = [] } = await readBody(context, developmentLoginBodySchema);
  const login = await logins.beAnyone(context, { account: name, groups });
  return context.json(meOf(parts, loginCaller(login, parts.roles)));
}

export async function logOut(
  { logins }: LoginParts,
  context: GatewayContext,
  caller: Caller | undefined,
): Promise<Response> {
  if (logins === undefined) return context.json({});
  logins.expectOwnSite(context);
  const url = await logins.end(context, caller?.login);
  return context.json(url === undefined ? {} : { url });
}

function expectLogins({ logins }: LoginParts): Logins {
  if (logins === undefined) throw noSuchLogin();
  return logins;
}

/** What goes wrong on the way is told to a person, on a page, where a browser asks for one. */
async function orPage(context: GatewayContext, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    const isPage = context.req.header('accept')?.includes('text/html') === true;
    if (!(error instanceof Problem) || !isPage) throw error;
    const { status } = error.toResponse();
    const body = page(
      '<title>Not logged in</title>',
      `<h1>Not logged in</h1><p>${escaped(visibleText(error.message))}</p><p><a href="/auth/login">Begin anew</a></p>`,
    );
    return context.html(body, status as 400);
  }
}

function page(head: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">${head}</head><body>${body}</body></html>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter] ?? letter);
}
