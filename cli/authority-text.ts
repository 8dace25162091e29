/** What it takes to decide a gate, and standing grants, each in a line of a list. */
import type { MemoGate, ShownGrant } from '../domain/messages.ts';
import type { GrantBound } from '../domain/gate/grant.ts';
import { shownText } from '../domain/text/shown-text.ts';

/** Of a gate in a list: ` [1 of 2 approved, signed, claimed by rita]`. */
export function wantedText({
  votesCount = 0,
  decisionsNeeded,
  proof,
  claimedBy,
}: Pick<MemoGate, 'votesCount' | 'decisionsNeeded' | 'proof' | 'claimedBy'>): string {
  const parts = [
    ...(decisionsNeeded === undefined ? [] : [`${votesCount} of ${decisionsNeeded} approved`]),
    ...(proof === undefined ? [] : [proof]),
    ...(claimedBy === undefined ? [] : [`claimed by ${claimedBy}`]),
  ];
  return parts.length === 0 ? '' : ` [${shownText(parts.join(', '))}]`;
}

export function grantText({ grantId, actionType, terms, reviewerId, used }: ShownGrant): string {
  const { scope, times, until, bounds = [] } = terms;
  const which = scope === 'exact' ? 'the same call' : bounds.map(boundText).join(', ');
  const uses = `${used} of ${times} used, until ${until}, by ${reviewerId}`;
  return shownText(`${grantId}  ${actionType}, ${which}: ${uses}`);
}

function boundText({ pointer, equals, oneOf, atMost }: GrantBound): string {
  return [
    ...(equals === undefined ? [] : [`${pointer}=${JSON.stringify(equals)}`]),
    ...(oneOf === undefined ? [] : [`${pointer} in ${JSON.stringify(oneOf)}`]),
    ...(atMost === undefined ? [] : [`${pointer}<=${atMost}`]),
  ].join(', ');
}
