/** Who asks: a program by its token, or a person by their login; and what they may do at the gateway. */
import type { Permission } from './api/me.ts';
import type { Login } from './login/login-session.ts';
import { permissionsOf, type Roles } from './roles.ts';
import { SCOPE_OF, type TokenEntry } from './tokens.ts';

export interface Caller {
  readonly as: 'token' | 'login';
  /** The account: requester, reviewer and operator of whatever it says. No body names another. */
  readonly subject: string;
  /** Role names of a login, scopes of a token. */
  readonly roles: readonly string[];
  readonly may: readonly Permission[];
  readonly login?: Login;
}

export function tokenCaller({ subject, scopes }: TokenEntry): Caller {
  const permissions = Object.keys(SCOPE_OF) as Permission[];
  const may = permissions.filter((permission) => scopes.includes(SCOPE_OF[permission]));
  return { as: 'token', subject, roles: scopes, may };
}

export function loginCaller(login: Login, roles: Roles): Caller {
  return { as: 'login', subject: login.account, ...permissionsOf(login, roles), login };
}
