/** Who may decide a gate, and what it takes, in words: for a page, and for a terminal. */
import type { PendingApproval } from '../messages.ts';
import type { Policy } from '../policy/policy.ts';
import {
  type Gate,
  groupsOf,
  isRationaleRequired,
  proofOf,
  quorumOf,
  reviewersOf,
} from './gate.ts';

/** What is said of a gate beside its request. */
export type Facts = Pick<
  PendingApproval,
  | 'reviewers'
  | 'groups'
  | 'decisionsNeeded'
  | 'votes'
  | 'proof'
  | 'rationaleRequired'
  | 'claim'
  | 'barred'
>;

export function factsOf(policy: Policy, gate: Gate): Facts {
  const { votes = [], claim, barred } = gate;
  return {
    reviewers: reviewersOf(policy, gate),
    groups: groupsOf(policy, gate),
    decisionsNeeded: quorumOf(policy, gate),
    votes: votes.map(({ decision, at, proof }) => ({ reviewerId: decision.reviewerId, at, proof })),
    proof: proofOf(policy, gate),
    rationaleRequired: isRationaleRequired(policy, gate),
    ...(claim === undefined ? {} : { claim: { reviewerId: claim.reviewerId, until: claim.until } }),
    ...(barred === undefined ? {} : { barred }),
  };
}

export function whoText({ reviewers, groups }: Pick<Facts, 'reviewers' | 'groups'>): string {
  if (reviewers === 'anyone') return 'anyone but the requester, the agents and their owners';
  return [...reviewers, ...groups.map((group) => `those in ${group}`)].join(', ');
}

type Row = readonly [name: string, text: string];

/** One row for each thing that is not as it mostly is; the proof always, since without one a name is only a word. */
export function factRows(facts: Facts): readonly Row[] {
  const { decisionsNeeded, votes, proof, rationaleRequired, claim, barred } = facts;
  const by = votes.map(({ reviewerId }) => reviewerId).join(', ');
  const rows: readonly (Row | false)[] = [
    decisionsNeeded > 1 && [
      'approved',
      `${votes.length} of ${decisionsNeeded} people${by === '' ? '' : `: ${by}`}`,
    ],
    [
      'proof',
      proof === 'signed'
        ? 'signed: counts with the signature of a trusted key'
        : 'CLAIMED: nothing proves who decides',
    ],
    rationaleRequired && ['reason', 'each decision has to say why'],
    claim !== undefined && [
      'claimed',
      `by ${claim.reviewerId} until ${new Date(claim.until).toISOString()}`,
    ],
    barred !== undefined && ['not by', `${barred.join(', ')}: changed this payload`],
  ];
  return rows.filter((row) => row !== false);
}
