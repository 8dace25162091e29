/**
 * Who stands behind an account. A person may have several accounts; what counts, in a quorum and for who may not decide,
 * is the person. What is known comes from the policy's `people`, or from a directory that was asked.
 *
 * An account that nobody knows stands for itself: a person of its own, in no group. Names that look alike are one person
 * where that forbids something (H6), and never where it would allow something: see {@link isAccountOf}.
 */

export interface Person {
  readonly id: string;
  readonly accounts: readonly string[];
  readonly groups: readonly string[];
  /** ISO 8601: from then on nothing that this person says counts. */
  readonly revokedSince?: string;
}

/** Ids that look alike to a person are one: upper and lower case, and Unicode's compatibility forms. */
export function foldId(id: string): string {
  // Upper case first: ß and SS, and both forms of sigma, are one.
  return id.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
}

/** The person with this id or account; undefined: nobody knows it. */
export function findPerson(people: readonly Person[], account: string): Person | undefined {
  const folded = foldId(account);
  return people.find((person) => namesOf(person).includes(folded));
}

/** The person behind an account, known or not. */
export function personOf(people: readonly Person[], account: string): Person {
  return findPerson(people, account) ?? { id: account, accounts: [], groups: [] };
}

/** To fold is dear, and a person is asked about many times. Dropped with the person. */
const FOLDED = new WeakMap<Person, readonly string[]>();

/** Every name of a person, folded. */
function namesOf(person: Person): readonly string[] {
  const known = FOLDED.get(person);
  if (known !== undefined) return known;
  const names = [person.id, ...person.accounts].map(foldId);
  FOLDED.set(person, names);
  return names;
}

export function isSamePerson(a: Person, b: Person): boolean {
  const names = namesOf(a);
  return namesOf(b).some((name) => names.includes(name));
}

/** Whether an account is a person's to the letter: `ALICE` may be somebody else's than `alice`. */
export function isAccountOf({ id, accounts }: Person, account: string): boolean {
  return id === account || accounts.includes(account);
}

/** Likewise, known by one account more. */
export function withAccount(person: Person, account: string): Person {
  return isAccountOf(person, account)
    ? person
    : { ...person, accounts: [...person.accounts, account] };
}

/** Whether what this person says counts no longer at `now`, ms. A time that can't be read is one that has come (H10). */
export function isRevoked({ revokedSince }: Person, now: number): boolean {
  return revokedSince !== undefined && !(now < Date.parse(revokedSince));
}

/** The names that two people of a list share, by the index of the later one. To fold is dear: once for each name. */
export function sharedNames(
  people: readonly Person[],
): readonly { readonly index: number; readonly name: string; readonly other: string }[] {
  const owners = new Map<string, string>();
  return people.flatMap((person, index) => {
    const names = [person.id, ...person.accounts];
    const shared = names.find((name) => owners.has(foldId(name)));
    const other = shared === undefined ? '' : (owners.get(foldId(shared)) ?? '');
    for (const name of namesOf(person)) if (!owners.has(name)) owners.set(name, person.id);
    return shared === undefined ? [] : [{ index, name: shared, other }];
  });
}
