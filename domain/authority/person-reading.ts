/** People as a directory lists them, read from wherever they came. An account of two people is nobody's: refused. */
import { PEOPLE_MAX, PERSON_ACCOUNTS_MAX, PERSON_GROUPS_MAX } from '../limits.ts';
import { isPlainObject } from '../text/json.ts';
import {
  type FieldReader,
  identifier,
  instant,
  readFields,
  type Reading,
} from '../text/reading.ts';
import { type Person, sharedNames } from './person.ts';

function names(max: number): FieldReader {
  return (value) =>
    Array.isArray(value) && value.length <= max
      ? value.map(identifier).find((problem) => problem !== undefined)
      : `must be a list of at most ${max} names`;
}

const FIELDS = {
  accounts: { read: names(PERSON_ACCOUNTS_MAX), optional: true },
  groups: { read: names(PERSON_GROUPS_MAX), optional: true },
  revokedSince: { read: instant, optional: true },
} as const;

/** `{ "people": { "alice": { "accounts": […], "groups": […], "revokedSince": "…" } } }` */
export function readPeople(raw: unknown): Reading<readonly Person[]> {
  const no = (problem: string): Reading<readonly Person[]> => ({ ok: false, problem });
  const listed = isPlainObject(raw) ? raw['people'] : undefined;
  if (!isPlainObject(listed)) return no('must be { "people": { … } }');
  const entries = Object.entries(listed);
  if (entries.length > PEOPLE_MAX) return no(`people must be at most ${PEOPLE_MAX}`);
  const people: Person[] = [];
  for (const [id, entry] of entries) {
    const reading = readFields<Partial<Person>>(entry, FIELDS);
    const problem = identifier(id) ?? (reading.ok ? undefined : reading.problem);
    if (problem !== undefined || !reading.ok) return no(`people.${id} ${problem}`);
    const { accounts = [], groups = [], revokedSince } = reading.value;
    const since = revokedSince === undefined ? {} : { revokedSince };
    people.push({ id, accounts, groups, ...since });
  }
  const [shared] = sharedNames(people);
  return shared === undefined
    ? { ok: true, value: people }
    : no(`people.${people[shared.index]?.id ?? ''}: ${shared.name} is also ${shared.other}`);
}
