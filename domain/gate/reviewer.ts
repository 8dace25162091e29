/**
 * Who stands behind a decision, and behind a vote that was counted before: whom the policy or a directory knows, else whom
 * the issuer of a signature names, else the account by itself.
 *
 * H1 a yes counts as long as its person may still give it · H6 two accounts of one person are one person
 */
import {
  type AuthorityContext,
  type Place,
  type Reviewer,
  whyNotReviewer,
} from '../authority/authority.ts';
import {
  findPerson,
  isAccountOf,
  isSamePerson,
  type Person,
  withAccount,
} from '../authority/person.ts';
import type { Policy } from '../policy/policy.ts';
import { type DecisionProof, readProof } from '../proof/decision-proof.ts';
import { type TrustedKey, whyKeyNot } from '../proof/trusted-key.ts';
import { refusal, type Refusal } from '../refusal.ts';
import type { Decision } from './decision.ts';
import { type Gate, proofOf, type Vote } from './gate.ts';
import { SECOND_MS } from '../limits.ts';

/** A signature that was found good. */
export interface Proof {
  readonly proof: DecisionProof;
  readonly key: TrustedKey;
}

/** What an issuer says of an account. */
interface Vouched {
  readonly person?: string;
  readonly groups?: readonly string[];
}

/** The part of a proof that says who it is: also what a login would say, before it has signed. */
export interface Vouching {
  readonly proof: { readonly claims: Vouched };
}

export function reviewerOf(
  { reviewerId }: Pick<Decision, 'reviewerId'>,
  people: readonly Person[],
  signed: Vouching | undefined,
): Reviewer {
  return behind(reviewerId, people, signed?.proof.claims ?? {});
}

/** Who gave a vote, by what is known of them now. Groups that only a directory knew count as long as it knows them. */
export function voterOf({ decision, personId, proof }: Vote, people: readonly Person[]): Reviewer {
  const reading = proof === 'signed' ? readProof(decision.signature ?? '') : undefined;
  const { groups = [] } = reading?.ok === true ? reading.value.claims : {};
  return behind(decision.reviewerId, people, { person: personId, groups });
}

function behind(account: string, people: readonly Person[], vouched: Vouched): Reviewer {
  const known = findPerson(people, account);
  if (known !== undefined) return { account, person: known };
  const { person: id = account, groups = [] } = vouched;
  const named = findPerson(people, id);
  if (named !== undefined) {
    return { account, person: isAccountOf(named, id) ? withAccount(named, account) : named };
  }
  return { account, person: { id, accounts: id === account ? [] : [account], groups } };
}

/** Whom a decision names, for who has to find out who they are: the account, and who is behind it by its login. */
export function accountsBehind({
  reviewerId,
  signature,
}: Pick<Decision, 'reviewerId' | 'signature'>): readonly string[] {
  const reading = signature === undefined ? undefined : readProof(signature);
  const named = reading?.ok === true ? reading.value.claims.person : undefined;
  return named === undefined ? [reviewerId] : [reviewerId, named];
}

/** One account, two people: what is known of it says one, the login that signed another. Nobody is believed then. */
export function whyNotOnePerson(
  { account, person }: Reviewer,
  people: readonly Person[],
  signed: Vouching | undefined,
): Refusal | undefined {
  const named = signed?.proof.claims.person;
  const other = named === undefined ? undefined : findPerson(people, named);
  if (other === undefined || isSamePerson(other, person)) return undefined;
  return refusal(
    'NOT_AUTHORIZED',
    `${account} is ${person.id} here, and ${other.id} by its login.`,
  );
}

export interface Counting {
  readonly policy: Policy;
  readonly people: readonly Person[];
  readonly keys: readonly TrustedKey[];
  readonly authority: AuthorityContext;
}

/** The votes that still count: by people who may decide as it stands now, proven as it is asked for now. */
export function standingVotes(gate: Gate, counting: Counting): readonly Vote[] {
  return (gate.votes ?? []).filter((vote) => isStanding(gate, vote, counting));
}

/** Whether a yes counts at this place. */
export function isStanding(
  place: Place,
  vote: Vote,
  { policy, people, keys, authority }: Counting,
): boolean {
  if (!isProvenEnough(policy, place, vote)) return false;
  if (vote.proof === 'signed' && !isKeyGood(vote, keys, authority.now)) return false;
  return whyNotReviewer(place, voterOf(vote, people), authority) === undefined;
}

export function isProvenEnough(policy: Policy, place: Place, { proof }: Vote): boolean {
  return proof === 'signed' || proofOf(policy, place) === 'claimed';
}

/** The signature was verified when it came. Its key may have been revoked since. */
function isKeyGood({ decision }: Vote, keys: readonly TrustedKey[], now: number): boolean {
  const reading = readProof(decision.signature ?? '');
  if (!reading.ok) return false;
  const { kid, claims } = reading.value;
  const key = keys.find((one) => one.kid === kid);
  return (
    key !== undefined && whyKeyNot(key, { signedAt: claims.iat * SECOND_MS, now }) === undefined
  );
}
