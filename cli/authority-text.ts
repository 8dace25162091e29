/** Who may decide a gate, what it takes, and who is at it: in words, for a terminal. */
import type { PendingApproval } from '../domain/messages.ts';
import type { MemoGate, ShownGrant } from '../domain/messages.ts';
import type { GrantBound } from '../domain/gate/grant.ts';
import { visibleText } from '../domain/text/visible-text.ts';

export function whoText({
  reviewers,
  groups,
}: Pick<PendingApproval, 'reviewers' | 'groups'>): string {
  if (reviewers === 'anyone') return 'anyone but the requester, the agents and their owners';
  const ofGroups = groups.map((group) => `those in ${group}`);
  return visibleText([...reviewers, ...ofGroups].join(', '));
}

type Wanted = Pick<
  PendingApproval,
  'decisionsNeeded' | 'votes' | 'proof' | 'rationaleRequired' | 'claim' | 'barred'
>;

/** One row for each thing that is not as it mostly is; the proof always, since without one a name is only a word. */
export function wantedRows({
  decisionsNeeded,
  votes,
  proof,
  rationaleRequired,
  claim,
  barred,
}: Wanted): readonly (readonly [string, string])[] {
  const by = votes.map(({ reviewerId }) => reviewerId).join(', ');
  return [
    ...(decisionsNeeded > 1
      ? [
          [
            'approved',
            `${votes.length} of ${decisionsNeeded} people${by === '' ? '' : `: ${by}`}`,
          ] as const,
        ]
      : []),
    [
      'proof',
      proof === 'signed'
        ? 'signed: counts with the signature of a trusted key'
        : 'CLAIMED: nothing proves who decides',
    ],
    ...(rationaleRequired ? [['reason', 'each decision has to say why'] as const] : []),
    ...(claim === undefined
      ? []
      : [
          [
            'claimed',
            `by ${claim.reviewerId} until ${new Date(claim.until).toISOString()}`,
          ] as const,
        ]),
    ...(barred === undefined
      ? []
      : [['not by', `${barred.join(', ')}: changed this payload`] as const]),
  ];
}

/** Of a gate in a list: ` [1 of 2 approved, signed, claimed by rita]`. */
export function wantedText({
  votesCount = 0,
  votesNeeded,
  proof,
  claimedBy,
}: Pick<MemoGate, 'votesCount' | 'votesNeeded' | 'proof' | 'claimedBy'>): string {
  const parts = [
    ...(votesNeeded === undefined ? [] : [`${votesCount} of ${votesNeeded} approved`]),
    ...(proof === undefined ? [] : [proof]),
    ...(claimedBy === undefined ? [] : [`claimed by ${claimedBy}`]),
  ];
  return parts.length === 0 ? '' : ` [${visibleText(parts.join(', '))}]`;
}

export function grantText({ grantId, actionType, terms, reviewerId, used }: ShownGrant): string {
  const { scope, times, until, bounds = [] } = terms;
  const which = scope === 'exact' ? 'the same call' : bounds.map(boundText).join(', ');
  const uses = `${used} of ${times} used, until ${until}, by ${reviewerId}`;
  return visibleText(`${grantId}  ${actionType}, ${which}: ${uses}`);
}

function boundText({ pointer, equals, oneOf, atMost }: GrantBound): string {
  return [
    ...(equals === undefined ? [] : [`${pointer}=${JSON.stringify(equals)}`]),
    ...(oneOf === undefined ? [] : [`${pointer} in ${JSON.stringify(oneOf)}`]),
    ...(atMost === undefined ? [] : [`${pointer}<=${atMost}`]),
  ].join(', ');
}
