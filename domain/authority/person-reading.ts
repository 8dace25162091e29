/** People as a directory lists them, read from wherever they came. An account of two people is nobody's: refused. */
import { PEOPLE_MAX } from '../limits.ts';
import { isPlainObject } from '../text/json.ts';
import {
  type FieldReader,
  identifier,
  instant,
  readFields,
  type Reading,
} from '../text/reading.ts';
import { findPerson, type Person } from './person.ts';

const identifiers: FieldReader = (value) =>
  Array.isArray(value)
    ? value.map(identifier).find((problem) => problem !== undefined)
    : 'must be a list of names';

const FIELDS = {
  accounts: { read: identifiers, optional: true },
  groups: { read: identifiers, optional: true },
  revokedSince: { read: instant, optional: true },
} as const;

/** `{ "people": { "alice": { "accounts": […], "groups": […], "revokedSince": "…" } } }` */
export function readPeople(raw: unknown): Reading<readonly Person[]> {
  const listed = isPlainObject(raw) ? raw['people'] : undefined;
  if (!isPlainObject(listed)) return { ok: false, problem: 'must be { "people": { … } }' };
  const entries = Object.entries(listed);
  if (entries.length > PEOPLE_MAX) {
    return { ok: false, problem: `people must be at most ${PEOPLE_MAX}` };
  }
  const people: Person[] = [];
  for (const [id, entry] of entries) {
    const reading = readFields<Partial<Person>>(entry, FIELDS);
    const problem = identifier(id) ?? (reading.ok ? undefined : reading.problem);
    if (problem !== undefined || !reading.ok)
      return { ok: false, problem: `people.${id} ${problem}` };
    const { accounts = [], groups = [], revokedSince } = reading.value;
    const shared = [id, ...accounts].find((name) => findPerson(people, name) !== undefined);
    if (shared !== undefined)
      return { ok: false, problem: `people.${id}: ${shared} is somebody else` };
    const since = revokedSince === undefined ? {} : { revokedSince };
    people.push({ id, accounts, groups, ...since });
  }
  return { ok: true, value: people };
}
