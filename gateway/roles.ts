/**
 * Roles of those who log in: what they may read and operate. Who may decide a gate is no role's business: the gate itself
 * judges that, by its policy. A role is given to people by name, by their groups, or to anyone who is logged in.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { identifierSchema } from '../domain/schema/messages.ts';
import type { Permission } from './api/me.ts';
import type { Login } from './login/login-session.ts';

/** What each may beside seeing what there is. */
const ROLES = {
  viewer: ['view'],
  reviewer: ['view', 'decide'],
  operator: ['view', 'operate'],
  auditor: ['view', 'audit'],
  killer: ['view', 'kill'],
} as const satisfies Record<string, readonly Permission[]>;
export type Role = keyof typeof ROLES;

const holdersSchema = z.union([
  z.literal('anyone'),
  z.strictObject({
    groups: z.array(identifierSchema).optional(),
    people: z.array(identifierSchema).optional(),
  }),
]);
type Holders = Readonly<z.output<typeof holdersSchema>>;
export type Roles = Readonly<Record<Role, Holders>>;

const rolesSchema = z.partialRecord(z.enum(Object.keys(ROLES) as [Role, ...Role[]]), holdersSchema);

/** Whoever logs in may look and decide; what else there is goes by groups of these names. */
export const DEFAULT_ROLES: Roles = {
  viewer: 'anyone',
  reviewer: 'anyone',
  operator: { groups: ['holdpoint-operators'] },
  auditor: { groups: ['holdpoint-auditors'] },
  killer: { groups: ['holdpoint-killers'] },
};

/** For development: everyone may do everything. */
export const EVERYONE: Roles = {
  viewer: 'anyone',
  reviewer: 'anyone',
  operator: 'anyone',
  auditor: 'anyone',
  killer: 'anyone',
};

export function permissionsOf(
  login: Pick<Login, 'account' | 'person' | 'groups'>,
  roles: Roles,
): { readonly roles: readonly Role[]; readonly may: readonly Permission[] } {
  const held = (Object.keys(ROLES) as Role[]).filter((role) => holds(login, roles[role]));
  const may = new Set<Permission>(held.flatMap((role) => ROLES[role]));
  return { roles: held, may: [...may] };
}

function holds(
  { account, person, groups }: Pick<Login, 'account' | 'person' | 'groups'>,
  holders: Holders,
): boolean {
  if (holders === 'anyone') return true;
  const isNamed = holders.people?.some((name) => name === account || name === person) === true;
  return isNamed || holders.groups?.some((group) => groups.includes(group)) === true;
}

/** Which roles give a permission, for who has none of them. */
export function rolesWith(permission: Permission): readonly Role[] {
  return (Object.keys(ROLES) as Role[]).filter((role) =>
    (ROLES[role] as readonly Permission[]).includes(permission),
  );
}

/**
 * HOLDPOINT_ROLES: a file, or the JSON itself. A role that it does not name is given as by default. Throws a TypeError
 * that names what is wrong.
 */
export async function readRoles(named: string | undefined, defaults: Roles): Promise<Roles> {
  if (named === undefined || named === '') return defaults;
  const text = named.trimStart().startsWith('{') ? named : await readFile(named, 'utf8');
  const parsed = rolesSchema.safeParse(jsonOf(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    throw new TypeError(
      `HOLDPOINT_ROLES: ${where}${issue?.message ?? 'is wrong'}. Write { "operator": { "groups": ["ops"], "people": ["olga"] }, "auditor": "anyone" }`,
    );
  }
  const said = Object.entries(parsed.data).filter(([, holders]) => holders !== undefined);
  return { ...defaults, ...Object.fromEntries(said) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('HOLDPOINT_ROLES is no JSON, and no file of JSON.');
  }
}
