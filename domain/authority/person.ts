/**
 * Who stands behind an account. A person may have several accounts; what counts, in a quorum and for who may not decide,
 * is the person. What is known comes from the policy's `people`, or from a directory that was asked.
 *
 * An account that nobody knows stands for itself: a person of its own, in no group.
 */

export interface Person {
  readonly id: string;
  readonly accounts: readonly string[];
  readonly groups: readonly string[];
  /** ISO 8601: from then on nothing that this person says counts. */
  readonly revokedSince?: string;
}

/** Ids that look alike to a person are one: upper and lower case, and Unicode's compatibility forms. */
function foldId(id: string): string {
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

/** Every name of a person, folded. */
function namesOf({ id, accounts }: Person): readonly string[] {
  return [id, ...accounts].map(foldId);
}

export function isSamePerson(a: Person, b: Person): boolean {
  const names = namesOf(a);
  return namesOf(b).some((name) => names.includes(name));
}

/** Whether what this person says counts no longer at `now`, ms. A time that can't be read is one that has come (H10). */
export function isRevoked({ revokedSince }: Person, now: number): boolean {
  return revokedSince !== undefined && !(now < Date.parse(revokedSince));
}
