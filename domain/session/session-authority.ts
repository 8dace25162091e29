/**
 * Whether somebody may decide a gate, asked before there is a decision: so that a page can say why not in place of a
 * button. The same judgement as of a decision, over the same state. It changes nothing and promises nothing: a decision
 * is judged when it comes.
 */
import { whyNotReviewer } from '../authority/authority.ts';
import { proofOf } from '../gate/gate.ts';
import { authorityContext, whyNotAgain } from '../gate/judgement.ts';
import { LATE_CODES } from '../gate/late-reply.ts';
import { reviewerOf, standingVotes, whyNotOnePerson } from '../gate/reviewer.ts';
import { PROOF_GROUPS_MAX } from '../limits.ts';
import type { MayDecide } from '../messages.ts';
import { refusal, type Refusal } from '../refusal.ts';
import { type FieldReader, identifier, readFields } from '../text/reading.ts';
import { gateOf, type SessionState } from './session.ts';
import { decisionContext } from './session-decisions.ts';
import { isAccountNew } from './session-trust.ts';

/** Who asks, and what a login says of them, where its issuer would sign. */
export interface AuthorityQuestion {
  readonly gateId: string;
  readonly reviewerId: string;
  /** The decision would be signed by an issuer that says who they are. */
  readonly isSigned?: boolean;
  readonly person?: string;
  readonly groups?: readonly string[];
}

const groupList: FieldReader = (value) =>
  Array.isArray(value) && value.length <= PROOF_GROUPS_MAX
    ? value.map(identifier).find((problem) => problem !== undefined)
    : `must be a list of at most ${PROOF_GROUPS_MAX}`;

const FIELDS = {
  gateId: { read: identifier },
  reviewerId: { read: identifier },
  isSigned: {
    read: (value: unknown) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
    optional: true,
  },
  person: { read: identifier, optional: true },
  groups: { read: groupList, optional: true },
} as const;

/** Total: whatever is asked gets an answer. */
export function mayDecide(state: SessionState, raw: unknown, now: number): MayDecide {
  const reading = readFields<AuthorityQuestion>(raw, FIELDS);
  if (!reading.ok) return no(refusal('MALFORMED', `mayDecide: ${reading.problem}.`));
  const { gateId, reviewerId, isSigned = false, person, groups } = reading.value;
  const gate = gateOf(state, gateId);
  const status =
    gate?.status ?? state.endedGates.find((ended) => ended.gateId === gateId)?.outcome.status;
  if (status !== undefined && status !== 'pending') return no(refusal(LATE_CODES[status]));
  const { policy } = state;
  if (gate === undefined || policy === undefined) return no(refusal('UNKNOWN_GATE'));
  if (proofOf(policy, gate) === 'signed' && !isSigned) return no(refusal('SIGNATURE_REQUIRED'));
  const vouched = {
    ...(person === undefined ? {} : { person }),
    ...(groups === undefined ? {} : { groups }),
  };
  const accounts = person === undefined ? [reviewerId] : [reviewerId, person];
  if (isAccountNew(state, policy, accounts)) {
    return { may: 'unknown', message: 'Who you are is looked up when you decide.' };
  }
  const context = decisionContext(state, policy, now);
  const { people = [], keys = [] } = context;
  const authority = authorityContext(gate, context);
  const signed = isSigned ? { proof: { claims: vouched } } : undefined;
  const reviewer = reviewerOf({ reviewerId }, people, signed);
  const refused =
    whyNotOnePerson(reviewer, people, signed) ?? whyNotReviewer(gate, reviewer, authority);
  if (refused !== undefined) return no(refused);
  const standing = standingVotes(gate, { policy, people, keys, authority });
  const again = whyNotAgain(standing, { reviewer, decision: { decision: 'approved' }, people });
  return { may: 'yes', ...(again === undefined ? {} : { butNotApprove: again }) };
}

function no({ code, message }: Refusal): MayDecide {
  return { may: 'no', code, message };
}
