/**
 * The wire: names of signals, updates, queries, memo and search attribute, and what they carry. Names stand in
 * histories for good: declared once, here, never renamed. Documented in docs/reference/messages.md.
 */
import type { AuditEvent } from './audit/audit-event.ts';
import type { ApprovalRequest, Gate } from './gate/gate.ts';
import type { GrantTerms } from './gate/grant.ts';
import type { Refusal, RefusalCode } from './refusal.ts';
import type { Conversation } from './session/conversation.ts';
import type { Phase } from './session/phase.ts';
import type { WorkInFlight } from './session/session.ts';
import type { TreePlace } from './session/lineage.ts';
import type { NoResponse, ProofLevel } from './policy/tier.ts';

export const SIGNALS = {
  decide: 'decide',
  pause: 'pause',
  resume: 'resume',
  cancel: 'cancel',
  instruct: 'instruct',
  claim: 'claim',
  release: 'release',
  revokeGrant: 'revokeGrant',
} as const;

/** `submitDecision` answers with what became of the decision; the others are the acknowledged twins of the signals. */
export const UPDATES = {
  submitDecision: 'submitDecision',
  pause: 'pause',
  resume: 'resume',
  cancel: 'cancel',
  instruct: 'instruct',
  claim: 'claim',
  release: 'release',
  revokeGrant: 'revokeGrant',
} as const;

/** `conversation` is answered by agent sessions alone. */
export const QUERIES = {
  status: 'status',
  pendingApprovals: 'pendingApprovals',
  auditTrail: 'auditTrail',
  mayDecide: 'mayDecide',
  conversation: 'conversation',
} as const;

/** How a query fails that came between two tasks, and can't be answered there: see workflows/task-order.ts. */
export const ASK_AGAIN = 'Holdpoint: asked between two tasks of the workflow; ask again';

/**
 * The same messages in every workflow that Holdpoint is in, also in one that knows nothing of it and has a `cancel` or
 * a `status` of its own: `holdpoint_cancel`. Clients use these; the short names are for people who type.
 */
export const WIRE_PREFIX = 'holdpoint_';

export function wireName(name: string): string {
  return `${WIRE_PREFIX}${name}`;
}

/** What takes a signal that only its prefix makes ours. */
export const UNKNOWN_SIGNAL = wireName('unknown');

/** The memo key under which a run keeps its open gates, and writes audit events that nothing else carries. */
export const MEMO_KEY = 'holdpoint';

/** The memo key under which an external gate keeps who asked for it, and the digest of what was asked. */
export const REQUEST_MEMO_KEY = 'holdpointRequest';

/** Keyword search attribute: whether a session has open gates. It changes only when that changes. */
export const GATES_ATTRIBUTE = 'HoldpointGates';
export const GATES_OPEN = 'open';
export const GATES_NONE = 'none';

/** What the memo says of its list of open gates, in the words of a visibility query. */
export const PENDING_WHILE = `${GATES_ATTRIBUTE} = '${GATES_OPEN}'`;

/**
 * The patch of a run that does without the search attribute. A worker's `patchActivationCallback` answers true for it
 * exactly where the attribute can't be used.
 */
export const UNINDEXED_PATCH = 'holdpoint-unindexed';

/**
 * The patch of a run under the plugin that began to be held: `holdpoint-1/<n>`, at its n-th call. A run from before
 * the plugin has none, and replays as it was.
 */
export const HELD_PATCH = 'holdpoint-1';

/** From here on, a child workflow with a cron schedule is refused where it would be held. */
export const CRON_PATCH = 'holdpoint-cron';

/** From here on, a run that continues as new says which approved calls it leaves unscheduled. */
export const LEFT_PATCH = 'holdpoint-left';

/** A header of a Nexus operation that was let go: its key in the ledger, the same at every attempt of the server's. */
export const NEXUS_KEY_HEADER = 'holdpoint-idempotency-key';

/** What a run under the plugin hands to the one that continues it; and who asked for it, from the plugin's client. */
export const CARRIED_HEADER = 'holdpoint-carried';
export const REQUESTER_HEADER = 'holdpoint-requester';

/** The task queue of sessions, unless a worker says otherwise. */
export const DEFAULT_TASK_QUEUE = 'holdpoint';

/** Workflows of Holdpoint that are no sessions: each does one thing of its own, and ends. */
export const ERRANDS = {
  deliverOutcome: 'deliverOutcome',
  killSwitch: 'killSwitch',
  lateDecision: 'lateDecision',
  standingKills: 'standingKills',
} as const;

/** Workflows that are sessions whatever else is known of them. */
export const SESSION_TYPES: readonly string[] = ['agentSession', 'externalGate'];

/** A gate as it stands: the request, where it is on the ladder and who may decide. */
export interface PendingApproval extends ApprovalRequest, TreePlace {
  readonly runId: string;
  readonly tier: string;
  readonly respondBy: number | null;
  readonly noResponse: NoResponse;
  readonly reviewers: 'anyone' | readonly string[];
  readonly groups: readonly string[];
  /** How many distinct people have to approve. */
  readonly decisionsNeeded: number;
  /** Who has approved it so far. */
  readonly votes: readonly ShownVote[];
  /** What a decision has to prove. `claimed`: nothing, `reviewerId` is what the caller says. */
  readonly proof: ProofLevel;
  readonly rationaleRequired: boolean;
  /** Who looks at it, where somebody has said so. */
  readonly claim?: ShownClaim;
  /** Who may not decide it though they else may: they changed its payload. */
  readonly barred?: readonly string[];
  /** Whether an approval may carry a standing grant. */
  readonly grantable: boolean;
  /** The bounds of such a grant, where it may. */
  readonly grantBounds?: { readonly timesMax: number; readonly withinMs: number };
  /** Of the payload, for people who compare two surfaces: twenty digits of its digest. */
  readonly fingerprint: string;
  /** Top-level arguments that a reviewer may change. Left out: all. */
  readonly allowedModifications?: readonly string[];
  /** Who asked for the work. */
  readonly requesterId?: string;
  /** Gates that are open after this one and did not fit into the answer: the query tells of them when given this `gateId`. */
  readonly gatesMore?: number;
}

/** Whether somebody may decide a gate, by the gate's own judgement. `unknown`: who they are has not been looked up. */
export type MayDecide =
  /** `butNotApprove`: they have approved it already, and may still reject or change it. */
  | { readonly may: 'yes'; readonly butNotApprove?: Refusal }
  | { readonly may: 'no'; readonly code: RefusalCode; readonly message: string }
  | { readonly may: 'unknown'; readonly message: string };

/** What the query `conversation` answers: the conversation of an agent session so far. */
export interface SessionConversation extends Conversation {
  readonly goal: string;
}

export interface ShownVote {
  readonly reviewerId: string;
  readonly at: number;
  readonly proof: ProofLevel;
}

export interface ShownClaim {
  readonly reviewerId: string;
  readonly until: number;
}

/** A standing grant, as status shows it. */
export interface ShownGrant {
  readonly grantId: string;
  readonly actionType: string;
  readonly terms: GrantTerms;
  readonly reviewerId: string;
  readonly used: number;
}

export interface SessionStatus extends TreePlace {
  readonly sessionId: string;
  readonly agentId: string;
  readonly requesterId?: string;
  readonly phase: Phase;
  readonly pausedBy?: string;
  readonly pausedReason?: string;
  /** An operator has cancelled it: it ends, or under the plugin it was told to. */
  readonly cancelledBy?: string;
  readonly cancelledReason?: string;
  readonly openGates: number;
  readonly inFlight: readonly WorkInFlight[];
  readonly workedMs: number;
  readonly policyVersion?: string;
  /** Standing grants that still let something pass. */
  readonly grants?: readonly ShownGrant[];
  readonly lastSeq: number;
  /** What the workflow itself reports: steps and tokens of an agent session. */
  readonly progress?: Readonly<Record<string, number>>;
}

export interface MemoGate {
  readonly gateId: string;
  readonly kind: Gate['request']['kind'];
  readonly actionType: string;
  readonly description: string;
  readonly payloadDigest: string;
  readonly tier: string;
  readonly respondBy: number | null;
  readonly presentedAt: number;
  readonly estimatedImpact: ApprovalRequest['estimatedImpact'];
  /** How many people have approved it, where it takes several. */
  readonly votesCount?: number;
  /** Where a decision has to prove who made it. */
  readonly proof?: ProofLevel;
  /** Who looks at it. */
  readonly claimedBy?: string;
  /** How many people have to approve it, where it takes several. */
  readonly decisionsNeeded?: number;
}

/** Whose gates they are; where the policy is of a version that wants it said. */
export interface SessionHead {
  readonly agentId?: string;
  readonly requesterId?: string;
  readonly policyVersion?: string;
  /** Left out: it runs. */
  readonly phase?: Exclude<Phase, 'running'>;
}

export interface HoldpointMemo extends TreePlace, SessionHead {
  readonly version: 1;
  /**
   * When `pending` counts: as long as the search attribute says so. Otherwise nothing waits, whatever stands there: that
   * the last gate ended costs no write. Left out in a run without the attribute, where `pending` always counts.
   */
  readonly pendingWhile?: typeof PENDING_WHILE;
  /** The first few open gates one by one … */
  readonly pending: readonly MemoGate[];
  /** … and how many there are in all. */
  readonly pendingCount: number;
  /** Audit events that stand nowhere in the history yet. */
  readonly audit: readonly AuditEvent[];
}
