/** The parts of a policy that are about people: who is who, who owns what, what one of them may let pass for later. */
import { z } from 'zod';
import { findPerson, type Person, personOf, sharedNames } from '../authority/person.ts';
import { distinctPeople, peopleOf } from '../authority/authority.ts';
import {
  DAY_MS,
  GATES_PER_HOUR_MAX,
  GRANT_TIMES_MAX,
  HOUR_MS,
  PERSON_ACCOUNTS_MAX,
  PERSON_GROUPS_MAX,
  POLICY_PEOPLE_MAX,
  RESPOND_WITHIN_MIN_MS,
  SECOND_MS,
} from '../limits.ts';
import type { Policy } from '../policy/policy.ts';
import { isInstant } from '../text/reading.ts';
import { identifierSchema } from './messages.ts';
import type { PathProblem } from './path-problem.ts';

const personSchema = z.strictObject({
  accounts: z.array(identifierSchema).max(PERSON_ACCOUNTS_MAX).optional(),
  groups: z.array(identifierSchema).max(PERSON_GROUPS_MAX).optional(),
  revokedSince: z
    .string()
    .refine(isInstant, 'must be an ISO 8601 instant such as 2026-11-23T09:30:00Z')
    .optional(),
});

export const peopleSchema = z
  .union([z.literal('directory'), z.record(identifierSchema, personSchema)], {
    error: "must be 'directory', or people by id, as in { alice: { accounts: […], groups: […] } }",
  })
  .refine((people) => people === 'directory' || Object.keys(people).length <= POLICY_PEOPLE_MAX, {
    error: `lists more than ${POLICY_PEOPLE_MAX} people, which every session would carry: use people: directory`,
  });

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
  gatesPerHour: z.int().min(1).max(GATES_PER_HOUR_MAX).default(500),
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

type Peopled = Pick<Policy, 'people' | 'agents' | 'tiers' | 'tools' | 'grants'>;

/** An account of two people is nobody's, and what asks for more people than there are lets nothing pass. */
export function peopleProblems(policy: Peopled): readonly PathProblem[] {
  const people = peopleOf(policy);
  return [
    ...namesShared(people),
    ...emptyGroups(policy, people),
    ...tooFew(policy, people),
    ...unknownOwners(policy, people),
    ...ungranted(policy),
  ];
}

function namesShared(people: readonly Person[]): readonly PathProblem[] {
  return sharedNames(people).map(({ index, name, other }) => ({
    path: ['people', people[index]?.id ?? ''],
    message: `${name} is also ${other}: an account stands for one person`,
  }));
}

/** Where all who may decide are named: how many people that are. */
function tooFew({ tiers }: Peopled, people: readonly Person[]): readonly PathProblem[] {
  return tiers.flatMap(({ reviewers, groups, quorum = 1 }, index) => {
    if (reviewers === 'anyone' || groups !== undefined || quorum === 1) return [];
    const named = distinctPeople(reviewers.map((name) => personOf(people, name))).length;
    if (named >= quorum) return [];
    const path = ['tiers', index, 'quorum'];
    const message = `takes ${quorum} people, and reviewers names ${named}: name more of them, or ask for fewer`;
    return [{ path, message }];
  });
}

function ungranted({ tools, grants }: Peopled): readonly PathProblem[] {
  if (grants !== undefined) return [];
  return Object.entries(tools)
    .filter(([, { grantable }]) => grantable === true)
    .map(([tool]) => ({
      path: ['tools', tool, 'grantable'],
      message: 'grants nothing, since grants is false: allow grants, or leave it out',
    }));
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
