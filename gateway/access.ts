/** Who may come in: a token where one is sent, else the login of the browser; and whether they may do what they ask for. */
import type { Permission } from './api/me.ts';
import { type Caller, loginCaller, tokenCaller } from './caller.ts';
import type { GatewayContext } from './endpoint.ts';
import type { Logins } from './login/logins.ts';
import { Problem } from './problem.ts';
import { type Roles, rolesWith } from './roles.ts';
import { entryOf, SCOPE_OF, type TokenEntry } from './tokens.ts';

export interface AccessOptions {
  readonly tokens: readonly TokenEntry[];
  /** Left out: tokens alone come in. */
  readonly logins?: Logins;
  readonly roles: Roles;
}

/** `renews`: that it was asked for keeps an idle login alive. A stream, which asks by itself, does not. */
export interface Asking {
  readonly renews: boolean;
}

/** Undefined: nobody says who they are. Throws where what they say is wrong, or another page says it for them. */
export async function callerOf(
  { tokens, logins, roles }: AccessOptions,
  context: GatewayContext,
  { renews }: Asking,
): Promise<Caller | undefined> {
  const authorization = context.req.header('authorization');
  if (authorization !== undefined) {
    const entry = entryOf(tokens, authorization);
    if (entry === undefined) throw unauthenticated();
    return tokenCaller(entry);
  }
  const login = await logins?.read(context, { renews });
  return login === undefined ? undefined : loginCaller(login, roles);
}

export async function expectCaller(
  options: AccessOptions,
  context: GatewayContext,
  asked: Asking & { readonly permission: Permission },
): Promise<Caller> {
  const { permission } = asked;
  const caller = await callerOf(options, context, asked);
  if (caller === undefined) throw unauthenticated();
  if (caller.may.includes(permission)) return caller;
  throw caller.as === 'token' ? scopeMissing(permission) : roleMissing(permission);
}

function unauthenticated(): Problem {
  return new Problem(
    'UNAUTHENTICATED',
    'Log in (/v1/me says how), or send the header Authorization: Bearer and your token.',
    { headers: { 'www-authenticate': 'Bearer realm="holdpoint"' } },
  );
}

function scopeMissing(permission: Permission): Problem {
  return new Problem('SCOPE_MISSING', `This token has no scope ${SCOPE_OF[permission]}.`);
}

function roleMissing(permission: Permission): Problem {
  const roles = rolesWith(permission);
  return new Problem(
    'ROLE_MISSING',
    roles.length === 0
      ? `No login may do this: it takes a token with the scope ${SCOPE_OF[permission]}.`
      : `Your login has none of the roles that may: ${roles.join(', ')}.`,
  );
}
