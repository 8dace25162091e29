/**
 * Whether a worker can believe anybody, by its policy, keys and directory: what it lacks altogether, and how what it has
 * stands now.
 */
import type { Directory, KeySource } from '../activities/trust.ts';
import { DAY_MS } from '../domain/limits.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { standingOf } from '../domain/proof/trusted-key-list.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';
import type { Finding } from './diagnosis.ts';

export interface Trusting {
  readonly policy: Policy;
  readonly keys?: KeySource;
  readonly directory?: Directory;
}

const KEYS_MEND =
  'holdpoint keys new --as YOU, holdpoint keys trust trusted-keys.json KID, and name that file: keys in holdpoint.config, or HOLDPOINT_TRUSTED_KEYS';
const DIRECTORY_MEND =
  'name it: directory in holdpoint.config, or HOLDPOINT_DIRECTORY; or list people in the policy';

/**
 * What the policy asks for, and this worker does not have: no restart of anything else mends it, so it does not start.
 * Undefined: there is nothing.
 */
export function whyNotTrusting({ policy, keys, directory }: Trusting): string | undefined {
  const signed = tiersThatTake('signed', policy);
  if (keys === undefined && signed.length > 0) {
    return `The policy takes only signed decisions in ${signed.join(', ')}, and this worker trusts no keys, so that nobody could decide there. ${KEYS_MEND}.`;
  }
  return directory === undefined && policy.people === 'directory'
    ? `The policy says people: directory, and this worker has none, so that nobody could decide. ${DIRECTORY_MEND}.`
    : undefined;
}

function tiersThatTake(level: 'signed' | 'claimed', { tiers }: Policy): readonly string[] {
  return tiers.filter(({ proof = 'claimed' }) => proof === level).map(({ name }) => name);
}

export async function trustFindings(trusting: Trusting): Promise<readonly Finding[]> {
  const [keys, directory] = await Promise.all([keysFinding(trusting), directoryFinding(trusting)]);
  return [keys, ...directory];
}

async function keysFinding({ policy, keys }: Trusting): Promise<Finding> {
  const name = 'trusted keys';
  const signed = tiersThatTake('signed', policy);
  const claimed = tiersThatTake('claimed', policy);
  const mend = KEYS_MEND;
  if (keys === undefined) {
    return signed.length > 0
      ? {
          name,
          status: 'missing',
          found: `none, and signed decisions alone count in ${signed.join(', ')}`,
          mend,
        }
      : {
          name,
          status: 'warning',
          found:
            'none: decisions are claimed, so whoever may signal a workflow decides in any name',
          mend: 'proof: signed, for each tier of the policy that should take proof',
        };
  }
  try {
    const found = await keys.keys();
    const problem = nobodyCounts(found) && signed.length > 0;
    const text = keysText(found);
    if (problem)
      return {
        name,
        status: 'missing',
        found: `${text}, and ${signed.join(', ')} takes signed decisions`,
        mend,
      };
    const open = claimed.length === 0 ? '' : `; claimed decisions count in ${claimed.join(', ')}`;
    return endsSoon(found)
      ? {
          name,
          status: 'warning',
          found: `${text}${open}`,
          mend: 'make and list the next key before that one ends',
        }
      : { name, status: 'ok', found: `${text}${open}` };
  } catch (error) {
    const mendFile = 'holdpoint keys check FILE says everything that is wrong in it';
    return { name, status: 'missing', found: messageOf(error), mend: mendFile };
  }
}

function nobodyCounts(keys: readonly TrustedKey[]): boolean {
  const now = Date.now();
  return keys.every((key) => !['counts', 'ending'].includes(standingOf(key, now)));
}

function keysText(keys: readonly TrustedKey[]): string {
  const now = Date.now();
  const count = (...standings: readonly string[]): number =>
    keys.filter((key) => standings.includes(standingOf(key, now))).length;
  const [next] = endings(keys, now);
  const parts = [
    `${count('counts', 'ending')} count`,
    ...(count('revoked') > 0 ? [`${count('revoked')} revoked`] : []),
    ...(count('waiting') > 0 ? [`${count('waiting')} not yet valid`] : []),
    ...(next === undefined ? [] : [`${next.kid} until ${next.revokedAt ?? ''}`]),
  ];
  return parts.join(', ');
}

function endings(keys: readonly TrustedKey[], now: number): readonly TrustedKey[] {
  return keys
    .filter((key) => standingOf(key, now) === 'ending')
    .toSorted((a, b) => Date.parse(a.revokedAt ?? '') - Date.parse(b.revokedAt ?? ''));
}

const SOON_MS = 7 * DAY_MS;

function endsSoon(keys: readonly TrustedKey[]): boolean {
  const now = Date.now();
  const [next] = endings(keys, now);
  return next?.revokedAt !== undefined && Date.parse(next.revokedAt) - now < SOON_MS;
}

async function directoryFinding({ policy, directory }: Trusting): Promise<readonly Finding[]> {
  const name = 'directory';
  const isAsked = policy.people === 'directory';
  const mend = DIRECTORY_MEND;
  if (directory === undefined) {
    return isAsked
      ? [{ name, status: 'missing', found: 'none, and the policy says people: directory', mend }]
      : [];
  }
  try {
    await directory.find([]);
    return isAsked
      ? [{ name, status: 'ok', found: 'answers' }]
      : [
          {
            name,
            status: 'warning',
            found: 'answers, and is never asked: the policy does not say people: directory',
            mend: 'people: directory in the policy, or name no directory',
          },
        ];
  } catch (error) {
    return [{ name, status: 'missing', found: messageOf(error), mend }];
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
