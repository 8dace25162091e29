/**
 * The interface of every activity of Holdpoint: what workflows ask of the world, so that workflow code can name them
 * without pulling in any IO. Tools are activities of their own, under their own names.
 */
import type { AuditEvent } from './audit/audit-event.ts';
import type { Confidence, Stakes } from './policy/confidence.ts';
import type { Consent } from './action/consent.ts';
import type { IssuedKill, KillReply, StoredKill } from './action/kill.ts';
import type { Conversation, ConversationRef } from './session/conversation.ts';
import type { Decision } from './gate/decision.ts';
import type { Notice } from './gate/notice.ts';
import type { AgentRef } from './session/lineage.ts';
import type { Json, JsonObject } from './text/json.ts';
import type { DeclaredAction, Policy } from './policy/policy.ts';
import type { ExternalGate } from './session/external-gate.ts';
import type { DecisionReply } from './session/reply.ts';
import type { TrustFound, TrustQuestion } from './authority/trust.ts';

/** A call that its tool's schema accepted, with everything that a policy and a reviewer look at. */
export interface PreparedAction extends DeclaredAction {
  readonly toolVersion: string;
  readonly payloadDigest: string;
  readonly description: string;
  /** Says that it is done in a moment: a read-only one then runs as a local activity. */
  readonly quick: boolean;
  readonly timeoutMs: number;
  /** The agent's own words for why it wants this. */
  readonly agentReason?: string;
  /** What its tool wants a person to know at the gate. */
  readonly note?: string;
  /** Of its tool's JSON Schema, which stands in the evidence store: for who changes the arguments in a form. */
  readonly schemaDigest?: string;
  /** Starts the session of a sub-agent, in place of an activity. */
  readonly agent?: AgentRef;
}

/** A call that never gets to a gate: it goes back to the model with the reason. */
export interface RefusedCall {
  readonly actionType: string;
  readonly reason: 'unknown_tool' | 'invalid_arguments' | 'KILLED';
  readonly message: string;
}

export type PreparedCall =
  | { readonly ok: true; readonly action: PreparedAction }
  | { readonly ok: false; readonly refused: RefusedCall };

export interface ProposedCall {
  readonly callId: string;
  readonly name: string;
  readonly arguments: JsonObject;
  readonly prepared: PreparedCall;
}

export interface ModelTurnInput {
  readonly agentId: string;
  readonly goal: string;
  readonly stakes: Stakes;
  readonly step: number;
  readonly conversation: Conversation;
  /** Move the conversation's tail to the evidence store first. */
  readonly storeTail: boolean;
  /** Digest of the pinned policy; left out on the first turn, which answers with the worker's policy. */
  readonly policyDigest?: string;
}

export interface ModelTurn {
  readonly text: string;
  readonly calls: readonly ProposedCall[];
  /** Only where there are no calls: the text is then a final answer, and this is how sure the fast model is of it. */
  readonly confidence?: Confidence;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  /** Where the tail went, if it was stored. */
  readonly stored?: ConversationRef;
  readonly policy?: Policy;
}

export interface PrepareActionInput {
  readonly agentId: string;
  readonly actionType: string;
  readonly arguments: JsonObject;
  readonly agentReason?: string;
  /** Digest of the pinned policy, which the worker may no longer have. */
  readonly policyDigest?: string;
}

/** A call that somebody else will execute, outside every worker. */
export interface PrepareExternalInput {
  /** Left out by runs from before the kill switch. */
  readonly agentId?: string;
  readonly actionType: string;
  readonly arguments: JsonObject;
  readonly agentReason?: string;
  /** What the caller says that the call is worth. It can only make it stricter. */
  readonly value?: number;
}

export interface PreparedExternal {
  readonly prepared: PreparedCall;
  /** The worker's policy: pinned by the first preparation of a gate. */
  readonly policy: Policy;
}

/** An outcome on its way to an address that its requester named. */
export interface OutcomeNotice {
  readonly callbackUrl: string;
  readonly gate: ExternalGate;
}

/** Audit events of one session's run that go to the evidence store. Storing them again changes nothing. */
export interface EvidenceSlice {
  readonly sessionId: string;
  readonly firstExecutionRunId: string;
  readonly events: readonly AuditEvent[];
  /** Payloads too large for their events, as canonical JSON. */
  readonly contents?: readonly string[];
}

/** What is known of an action whose activity did not report. */
export type Reconciliation =
  | { readonly status: 'done'; readonly result: Json }
  | { readonly status: 'failed'; readonly message: string }
  | { readonly status: 'not_executed' }
  | { readonly status: 'unknown' };

export interface SettleEffectInput {
  readonly consent: Consent;
  readonly happened: boolean;
  readonly result?: Json;
  readonly reviewerId: string;
}

export interface InterruptInput {
  readonly sessionId: string;
  readonly firstExecutionRunId: string;
  readonly paused: boolean;
}

export interface LateDecisionInput {
  readonly sessionId: string;
  readonly decision: Decision;
}

/** As many as fit into an answer, with their reasons cut, and how many there are. */
export interface KillList {
  readonly kills: readonly StoredKill[];
  readonly count: number;
}

export interface HoldpointActivities {
  /** One turn of the model: its words, its calls prepared, its final answer scored. */
  modelTurn(input: ModelTurnInput): Promise<ModelTurn>;
  /** Validates, values, describes and digests one call: after a modification. */
  prepareAction(input: PrepareActionInput): Promise<PreparedCall>;
  /** As `prepareAction`, for a call that is executed elsewhere: also where no tool of this worker has its name. */
  prepareExternal(input: PrepareExternalInput): Promise<PreparedExternal>;
  /** Posts an outcome to its callback, signed, and returns the receiver's HTTP status. */
  sendOutcome(notice: OutcomeNotice): Promise<number>;
  /** The worker's policy, complete and checked: pins it in the history of a workflow that asks. */
  loadPolicy(): Promise<Policy>;
  /** Tells people of a gate, over a channel of the worker's, and returns what its receiver answered. */
  notify(notice: Notice): Promise<{ readonly receipt?: string }>;
  /** Whose signatures count right now, and who is known to stand behind these accounts. */
  loadTrust(question: TrustQuestion): Promise<TrustFound>;
  storeEvidence(slice: EvidenceSlice): Promise<void>;
  /** Takes an action's key in the ledger for what the workflow itself is about to start: no activity of it would. */
  reserveAction(consent: Consent, args: JsonObject): Promise<void>;
  /** Finds out about an action whose activity did not report: ledger first, then the tool's own look-up. */
  reconcileAction(consent: Consent, args: JsonObject): Promise<Reconciliation>;
  /** A person said what happened. */
  settleEffect(input: SettleEffectInput): Promise<Reconciliation>;
  /** Raises or lowers the pause flag that actions check when they reserve. */
  setInterrupt(input: InterruptInput): Promise<void>;
  /** Records a decision that came after its session had ended, and says what had happened. */
  recordLateDecision(input: LateDecisionInput): Promise<DecisionReply>;
  /** Stores an order of the kill switch, which actions check when they reserve and when they start. */
  recordKill(order: IssuedKill): Promise<KillReply>;
  /** The kills that stand. */
  listKills(): Promise<KillList>;
}

/** The one list of their names; the type keeps it complete. */
const OWN_ACTIVITIES: Readonly<Record<keyof HoldpointActivities, true>> = {
  modelTurn: true,
  prepareAction: true,
  prepareExternal: true,
  sendOutcome: true,
  loadPolicy: true,
  loadTrust: true,
  notify: true,
  storeEvidence: true,
  reserveAction: true,
  reconcileAction: true,
  settleEffect: true,
  setInterrupt: true,
  recordLateDecision: true,
  recordKill: true,
  listKills: true,
};

export const OWN_ACTIVITY_NAMES: readonly string[] = Object.keys(OWN_ACTIVITIES);
