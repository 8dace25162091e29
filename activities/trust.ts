/**
 * Whom a worker believes: the keys whose signatures count, and a directory of people. Both are asked anew, not
 * remembered: what was revoked a moment ago counts no longer.
 */
import type { HoldpointActivities } from '../domain/activities.ts';
import { peopleOf } from '../domain/authority/authority.ts';
import type { Person } from '../domain/authority/person.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';

/** Where trusted keys are listed. */
export interface KeySource {
  /** All of them, the revoked ones too. Rejects where they can't be had: nothing is believed then. */
  keys(): Promise<readonly TrustedKey[]>;
}

/** Who stands behind accounts: a company's own directory. */
export interface Directory {
  /** The people behind these accounts; an account that it does not know is left out. Rejects where it can't say. */
  find(accounts: readonly string[]): Promise<readonly Person[]>;
}

export interface TrustParts {
  readonly policy: Policy;
  /** Left out: no signature counts. */
  readonly keys?: KeySource;
  /** Left out: nobody is known but by the policy. */
  readonly directory?: Directory;
}

export async function trustedKeys({ keys }: TrustParts): Promise<readonly TrustedKey[]> {
  return keys === undefined ? [] : keys.keys();
}

/** Everyone who is known behind these accounts: by the policy, and where it leaves that to a directory, by that. */
export async function knownPeople(
  { policy, directory }: TrustParts,
  accounts: readonly string[],
): Promise<readonly Person[]> {
  if (policy.people !== 'directory') return peopleOf(policy);
  if (directory === undefined) throw new Error(NO_DIRECTORY);
  return directory.find([...new Set(accounts)]);
}

const NO_DIRECTORY =
  'The policy says people: directory, and this worker has none. Give it one (HOLDPOINT_DIRECTORY, or directory in holdpoint.config), or list people in the policy.';

/** A policy that nobody can fulfil is found when its worker starts, and not by who waits at a gate. */
export function checkTrust(
  { policy, keys, directory }: TrustParts,
  warn: (line: string) => void = () => undefined,
): void {
  if (policy.people === 'directory' && directory === undefined) throw new TypeError(NO_DIRECTORY);
  const signed = policy.tiers.find(({ proof }) => proof === 'signed');
  if (signed !== undefined && keys === undefined) {
    warn(
      `Tier ${signed.name} takes only signed decisions, and this worker trusts no key, so that nobody can decide there. Give it some: HOLDPOINT_TRUSTED_KEYS, or keys in holdpoint.config.`,
    );
  }
}

export function trustActivities(parts: TrustParts): Pick<HoldpointActivities, 'loadTrust'> {
  return {
    loadTrust: async ({ accounts, groups }) => {
      const people = accounts.length === 0 ? [] : await knownPeople(parts, accounts);
      // What is answered stands in a history: no more of anybody than what is looked at.
      const asked = people.map((person) => ({
        ...person,
        groups: person.groups.filter((group) => groups.includes(group)),
      }));
      return { keys: await trustedKeys(parts), people: asked };
    },
  };
}
