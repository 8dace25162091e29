/**
 * What may be done to a gate or a session, in which state, by whom: one table of data. A button asks here, and where the
 * answer is no it says which of these words stands in the way. The gateway and the gate judge anew whatever is sent.
 */
import type { GateView } from '../../gateway/api/gates.ts';
import type { Me } from '../../gateway/api/me.ts';
import type { SessionView } from '../../gateway/api/sessions.ts';
import { STATUS_WORDS, type Kind } from './words.ts';

export interface GateSituation {
  readonly gate: GateView;
  readonly me: Me;
  /** The page's own comparison of payload, canonical text and digest. */
  readonly isWhatRuns: boolean;
}

/** Undefined: nothing stands in the way. */
type Check<Situation> = (situation: Situation) => string | undefined;

const waits: Check<GateSituation> = ({ gate: { status, outcome, open } }) => {
  if (status === 'pending')
    return open === undefined ? 'The session does not answer right now.' : undefined;
  const by = outcome?.reviewerId === undefined ? '' : ` by ${outcome.reviewerId}`;
  return `It is over: ${STATUS_WORDS[status].toLowerCase()}${by}.`;
};

const mayDecideHere: Check<{ readonly me: Me }> = ({ me }) =>
  me.may.includes('decide')
    ? undefined
    : 'Your login may look, not decide. It takes the role reviewer.';

const mayDecideThis: Check<GateSituation> = ({ gate: { you } }) =>
  you.may === 'no' ? (you.message ?? 'You may not decide this one.') : undefined;

const isIntact: Check<GateSituation> = ({ isWhatRuns }) =>
  isWhatRuns ? undefined : 'The payload shown is not what the digest names. Decide nothing here.';

const mayBeModified: Check<GateSituation> = ({ gate }) =>
  gate.payload === undefined ? 'The payload is out of reach, so it can not be changed.' : undefined;

const somethingMayChange: Check<GateSituation> = ({ gate: { open } }) =>
  open?.allowedModifications?.length === 0
    ? 'The policy lets nobody change this action. Reject it with a reason instead.'
    : undefined;

const isGrantable: Check<GateSituation> = ({ gate: { open } }) =>
  open?.grant === undefined ? 'The policy allows no standing grant for this action.' : undefined;

const nobodyElseHolds: Check<GateSituation> = ({ gate: { open }, me }) => {
  const claim = open?.claim;
  if (claim === undefined) return undefined;
  return claim.reviewerId === me.subject
    ? 'You have claimed it.'
    : `${claim.reviewerId} has claimed it. You may decide it all the same.`;
};

const iHold: Check<GateSituation> = ({ gate: { open }, me }) =>
  open?.claim !== undefined && open.claim.reviewerId === me.subject
    ? undefined
    : 'You have not claimed it.';

export interface Action<Situation> {
  readonly label: string;
  /** The key that opens it. */
  readonly key?: string;
  readonly needs: readonly Check<Situation>[];
}

const DECIDING = [waits, mayDecideHere, isIntact, mayDecideThis] as const;

export const GATE_ACTIONS = {
  approve: { label: 'Approve', key: 'a', needs: DECIDING },
  reject: { label: 'Reject', key: 'r', needs: [waits, mayDecideHere, mayDecideThis] },
  modify: {
    label: 'Modify',
    key: 'm',
    needs: [...DECIDING, mayBeModified, somethingMayChange],
  },
  grant: { label: 'Approve similar', key: 'g', needs: [...DECIDING, isGrantable] },
  deliver: { label: 'Deliver', key: 'a', needs: DECIDING },
  correct: { label: 'Correct', key: 'm', needs: [...DECIDING, mayBeModified] },
  sendBack: { label: 'Send back', key: 'r', needs: [waits, mayDecideHere, mayDecideThis] },
  answer: { label: 'Answer', key: 'a', needs: DECIDING },
  decline: { label: 'Give no answer', key: 'r', needs: [waits, mayDecideHere, mayDecideThis] },
  happened: { label: 'It happened', key: 'a', needs: DECIDING },
  happenedWith: { label: 'It happened, with a result', key: 'm', needs: DECIDING },
  didNot: { label: 'It did not happen', key: 'r', needs: [waits, mayDecideHere, mayDecideThis] },
  claim: { label: 'Claim', key: 'c', needs: [waits, mayDecideHere, nobodyElseHolds] },
  release: { label: 'Release', key: 'c', needs: [waits, mayDecideHere, iHold] },
} as const satisfies Record<string, Action<GateSituation>>;

export type GateAction = keyof typeof GATE_ACTIONS;

/** What a gate of each kind is answered with, the weightiest first. */
export const ACTIONS_OF: Readonly<Record<Kind, readonly GateAction[]>> = {
  action: ['approve', 'reject', 'modify', 'grant'],
  answer: ['deliver', 'sendBack', 'correct'],
  question: ['answer', 'decline'],
  effect: ['happened', 'didNot', 'happenedWith'],
};

/** Why it may not be done, or undefined. */
export function whyNotGate(action: GateAction, situation: GateSituation): string | undefined {
  return firstReason(GATE_ACTIONS[action].needs, situation);
}

export interface SessionSituation {
  readonly session: SessionView;
  readonly me: Me;
}

const mayOperate: Check<SessionSituation> = ({ me }) =>
  me.may.includes('operate')
    ? undefined
    : 'Your login may not steer sessions. It takes the role operator.';

const runs: Check<SessionSituation> = ({ session }) =>
  session.state === 'running' && session.phase !== 'closed' ? undefined : 'The session is over.';

const isNotCancelling: Check<SessionSituation> = ({ session }) =>
  session.phase === 'cancelling' ? 'It is being cancelled already.' : undefined;

const isNotPaused: Check<SessionSituation> = ({ session }) =>
  session.phase === 'paused' ? 'It is paused already.' : undefined;

const isPaused: Check<SessionSituation> = ({ session }) =>
  session.phase === 'paused' ? undefined : 'It is not paused.';

const isAgentSession: Check<SessionSituation> = ({ session }) =>
  session.workflowType === 'agentSession'
    ? undefined
    : 'There is no agent in it that could be told something.';

const mayAudit: Check<SessionSituation> = ({ me }) =>
  me.may.includes('audit')
    ? undefined
    : 'Your login may not read trails. It takes the role auditor.';

/** Why the kill switch may not be used, or undefined. */
export function whyNotKill({ may }: Pick<Me, 'may'>): string | undefined {
  return may.includes('kill')
    ? undefined
    : 'Your login may not use the kill switch. It takes the role killer.';
}

export const SESSION_ACTIONS = {
  pause: { label: 'Pause', needs: [mayOperate, runs, isNotCancelling, isNotPaused] },
  resume: { label: 'Resume', needs: [mayOperate, runs, isNotCancelling, isPaused] },
  instruct: { label: 'Instruct', needs: [mayOperate, runs, isNotCancelling, isAgentSession] },
  cancel: { label: 'Cancel session', needs: [mayOperate, runs, isNotCancelling] },
  revoke: { label: 'Revoke', needs: [mayOperate, runs] },
  audit: { label: 'Audit trail', needs: [mayAudit] },
} as const satisfies Record<string, Action<SessionSituation>>;

export type SessionAction = keyof typeof SESSION_ACTIONS;

export function whyNotSession(
  action: SessionAction,
  situation: SessionSituation,
): string | undefined {
  return firstReason(SESSION_ACTIONS[action].needs, situation);
}

function firstReason<Situation>(
  needs: readonly Check<Situation>[],
  situation: Situation,
): string | undefined {
  for (const check of needs) {
    const reason = check(situation);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

/** What the page says of who may decide. */
export function whoMayDecide({ open, facts }: GateView): string {
  if (open === undefined) return 'Nobody any more.';
  const { reviewers, groups, decisionsNeeded, barred = [] } = open;
  const named =
    reviewers === 'anyone'
      ? `anyone but who asked for it${facts.requesterId === undefined ? '' : ` (${facts.requesterId})`} and the agent`
      : [...reviewers, ...groups.map((group) => `members of ${group}`)].join(', ');
  const who = named === '' ? 'nobody by name' : named;
  const many = decisionsNeeded > 1 ? `${decisionsNeeded} different people of: ${who}` : who;
  const not = barred.length === 0 ? '' : `; not ${barred.join(', ')}, who changed it`;
  return `${many}${not}.`;
}
