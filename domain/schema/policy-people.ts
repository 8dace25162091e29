/** The parts of a policy that are about people: who is who, who owns what, what one of them may let pass for later. */
import { z } from 'zod';
import { findPerson, type Person } from '../authority/person.ts';
import { peopleOf } from '../authority/authority.ts';
import { DAY_MS, GRANT_TIMES_MAX, HOUR_MS, RESPOND_WITHIN_MIN_MS, SECOND_MS } from '../limits.ts';
import type { Policy } from '../policy/policy.ts';
import { isInstant } from '../text/reading.ts';
import { identifierSchema } from './messages.ts';
import type { PathProblem } from './policy-checks.ts';

const personSchema = z.strictObject({
  accounts: z.array(identifierSchema).optional(),
  groups: z.array(identifierSchema).optional(),
  revokedSince: z
    .string()
    .refine(isInstant, 'must be an ISO 8601 instant such as 2026-11-23T09:30:00Z')
    .optional(),
});

export const peopleSchema = z.union(
  [z.literal('directory'), z.record(identifierSchema, personSchema)],
  {
    error: "must be 'directory', or people by id, as in { alice: { accounts: […], groups: […] } }",
  },
);

export const agentsSchema = z.record(identifierSchema, z.strictObject({ owner: identifierSchema }));

export const authoritySchema = z.strictObject({ cascading: z.boolean() });

export const afterRejectionSchema = z.strictObject({
  samePayload: z.enum(['refuse', 'ask']).default('refuse'),
  pauseAfter: z.int().min(1).max(1_000).optional(),
});

export const grantsSchema = z.strictObject({
  timesMax: z.int().min(1).max(GRANT_TIMES_MAX).default(20),
  withinMs: z
    .int()
    .min(RESPOND_WITHIN_MIN_MS)
    .max(30 * DAY_MS)
    .default(DAY_MS),
});

export const overloadSchema = z.strictObject({
  gatesPerHour: z.int().min(1).max(100_000).default(500),
  readingMs: z
    .strictObject({
      atLeast: z
        .int()
        .min(0)
        .max(HOUR_MS)
        .default(2 * SECOND_MS),
      perKiB: z.int().min(0).max(HOUR_MS).default(SECOND_MS),
    })
    .prefault({}),
});

type Peopled = Pick<Policy, 'people' | 'agents' | 'tiers'>;

/** An account of two people is nobody's, and a group without members lets nobody in. */
export function peopleProblems(policy: Peopled): readonly PathProblem[] {
  const people = peopleOf(policy as Policy);
  return [...sharedNames(people), ...emptyGroups(policy, people), ...unknownOwners(policy, people)];
}

function sharedNames(people: readonly Person[]): readonly PathProblem[] {
  return people.flatMap(({ id, accounts }, index) => {
    const others = people.slice(0, index);
    const shared = [id, ...accounts].find((name) => findPerson(others, name) !== undefined);
    if (shared === undefined) return [];
    const other = findPerson(others, shared)?.id ?? '';
    const path = ['people', id];
    return [{ path, message: `${shared} is also ${other}: an account stands for one person` }];
  });
}

function emptyGroups(
  { people: listed, tiers }: Peopled,
  people: readonly Person[],
): readonly PathProblem[] {
  // A directory, or the issuer of signatures, knows who is in them.
  if (listed === undefined || listed === 'directory') return [];
  return tiers.flatMap(({ groups = [] }, index) =>
    groups
      .filter((group) => people.every((person) => !person.groups.includes(group)))
      .map((group) => ({
        path: ['tiers', index, 'groups'],
        message: `nobody in people is in group ${group}: add somebody, or correct the name`,
      })),
  );
}

function unknownOwners(
  { people: listed, agents = {} }: Peopled,
  people: readonly Person[],
): readonly PathProblem[] {
  if (listed === undefined || listed === 'directory') return [];
  return Object.entries(agents)
    .filter(([, { owner }]) => findPerson(people, owner) === undefined)
    .map(([agent, { owner }]) => ({
      path: ['agents', agent, 'owner'],
      message: `${owner} is not in people: add them, with every account they have`,
    }));
}
