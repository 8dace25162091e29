/** What reviewers are told of who may decide a gate, and with what proof: in the same words on every surface. */
import type { PendingApproval } from '../messages.ts';
import type { Policy } from '../policy/policy.ts';
import type { ProofLevel } from '../policy/tier.ts';
import {
  type Gate,
  groupsOf,
  isRationaleRequired,
  proofOf,
  quorumOf,
  reviewersOf,
} from './gate.ts';

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

export function whoText({ reviewers, groups, barred = [] }: Facts): string {
  const shutOut = barred.length === 0 ? '' : `; not ${barred.join(', ')}, who changed it`;
  if (reviewers === 'anyone') return `anyone but the requester${shutOut}`;
  const members = groups.map((group) => `group ${group}`);
  return `${[...reviewers, ...members].join(', ')}${shutOut}`;
}

/** `claimed` is said loudly: nothing proves who decides. */
const PROOF_TEXT: Readonly<Record<ProofLevel, string>> = {
  claimed: 'CLAIMED, NOT PROVEN: who decides is what the sender says',
  signed: 'signed: only a decision that a trusted key has signed counts',
};

/** Name and value of each, beside who may decide; what goes without saying is left out. */
export function factRows(facts: Facts): readonly (readonly [string, string])[] {
  const { votes, decisionsNeeded: needed, proof, claim } = facts;
  const by = votes.length === 0 ? '' : ` (${votes.map(({ reviewerId }) => reviewerId).join(', ')})`;
  const until = claim === undefined ? '' : new Date(claim.until).toISOString();
  return [
    ...(needed === 1 ? [] : [['Approvals', `${votes.length} of ${needed} people${by}`] as const]),
    ['Proof', PROOF_TEXT[proof]],
    ...(facts.rationaleRequired ? [['Reason', 'has to be given'] as const] : []),
    ...(claim === undefined
      ? []
      : [
          [
            'Claimed by',
            `${claim.reviewerId}, until ${until}; others may decide all the same`,
          ] as const,
        ]),
  ];
}
