/**
 * One gate: the hold of one thing until a person decides. What it is not: it doesn't wait, know the time or send
 * anything. How it climbs and expires stands in ladder.ts, how a decision is judged in judgement.ts.
 *
 * H4 it ends exactly once: every transition starts from `pending` and none leads back.
 */
import type { Decision } from './decision.ts';
import type { EventDraft } from '../audit/audit-event.ts';
import type { GateKind } from '../policy/condition.ts';
import type { Confidence } from '../policy/confidence.ts';
import type { Impact } from '../policy/description.ts';
import type { JsonObject } from '../text/json.ts';
import { gatedTier, type Policy } from '../policy/policy.ts';
import type { GateLevel, Reversibility } from '../policy/reversibility.ts';
import type { NoResponse, ProofLevel, Tier } from '../policy/tier.ts';

/** What a person is shown, fixed when the gate opens. */
export interface ApprovalRequest {
  readonly gateId: string;
  readonly actionId: string;
  readonly sessionId: string;
  readonly agentId: string;
  readonly kind: GateKind;
  readonly actionType: string;
  readonly toolVersion: string;
  readonly description: string;
  readonly payload: JsonObject;
  readonly payloadDigest: string;
  readonly reversibility: Reversibility;
  readonly estimatedImpact: Impact;
  readonly gateLevel: GateLevel;
  readonly value?: number | null;
  readonly confidence?: number;
  /** The score is a stand-in: the fast model's words were no number, or it could not be asked. */
  readonly confidenceNote?: NonNullable<Confidence['note']>;
  readonly rule: string;
  readonly policyVersion: string;
  /** The agent's own words, and shown as such. */
  readonly agentReason?: string;
  /** Why the gate is there, where the rule alone does not say it. */
  readonly note?: string;
  /** Of the tool's JSON Schema, in the evidence store. In no event: it is for a form, and decides nothing. */
  readonly schemaDigest?: string;
  /** Workflow time, ms since 1970, like all times here. */
  readonly presentedAt: number;
}

export const GATE_STATUSES = [
  'pending',
  'approved',
  'modified',
  'rejected',
  'expired',
  'withdrawn',
] as const;
export type GateStatus = (typeof GATE_STATUSES)[number];
export type EndedStatus = Exclude<GateStatus, 'pending'>;

/** One person's yes, as it was when it came: who they were, in which groups, and what proved it. */
export interface Vote {
  readonly decision: Decision;
  readonly personId: string;
  readonly groups: readonly string[];
  readonly tier: string;
  readonly proof: ProofLevel;
  readonly at: number;
}

/** A reviewer has said that they look at it. It keeps nobody from deciding: it tells the others. */
export interface Claim {
  readonly reviewerId: string;
  readonly personId: string;
  /** When it was said last: a pause before that takes nothing from it. */
  readonly at: number;
  readonly until: number;
}

export interface GateOutcome {
  readonly status: EndedStatus;
  readonly at: number;
  readonly tier: string;
  readonly decisionId?: string;
  readonly reviewerId?: string;
  /** The run that the decision was shown in. */
  readonly runId?: string;
  readonly rationale?: string;
  readonly modifications?: JsonObject;
  /** Everyone whose yes let it pass, the last one too. */
  readonly votes?: readonly Vote[];
  /** For `expired`: what the silence meant. */
  readonly noResponse?: NoResponse;
}

export interface Gate {
  readonly request: ApprovalRequest;
  readonly status: GateStatus;
  readonly tier: string;
  /** Tiers the gate moved on from. Their reviewers may still decide. */
  readonly earlierTiers: readonly string[];
  /** Null: waits without end. */
  readonly respondBy: number | null;
  readonly remindAt: number | null;
  readonly noResponse: NoResponse;
  /** Refusals recorded for this gate, up to REFUSALS_RECORDED_MAX. */
  readonly refusals: number;
  /** The tier whose clock runs, where the reviewers of the next one were asked before it was over. */
  readonly clockTier?: string;
  /** When the next tier's reviewers are asked as well. */
  readonly escalateAt?: number;
  /** How often this tier was reminded, where that is counted. */
  readonly reminders?: number;
  /** Approvals so far, where several people have to approve. */
  readonly votes?: readonly Vote[];
  readonly claim?: Claim;
  /** Accounts that may not decide this gate besides those behind the session: who changed its payload. */
  readonly barred?: readonly string[];
  /** Signatures verified, and when the last one was. */
  readonly proofTries?: { readonly count: number; readonly lastAt: number };
  readonly outcome?: GateOutcome;
}

/** A gate that has ended, and how. */
export interface HeldGate {
  readonly gate: Gate;
  readonly outcome: GateOutcome;
}

export interface GateStep {
  readonly gate: Gate;
  readonly events: readonly EventDraft[];
}

/** What every event of a gate carries. */
export function gateEvent(
  gate: Gate,
  draft: Omit<EventDraft, 'actionType' | 'gateId'>,
): EventDraft {
  const { gateId, actionId, actionType, payloadDigest } = gate.request;
  return { gateId, actionId, actionType, payloadDigest, tier: gate.tier, ...draft };
}

type Climbed = Pick<Gate, 'tier' | 'earlierTiers'>;

/** The tier that a gate is in, and every tier that it was in before: who may decide is added, what is asked never less. */
function tiersOf(policy: Policy, { tier, earlierTiers }: Climbed): readonly Tier[] {
  return [tier, ...earlierTiers].map((name) => gatedTier(policy, name));
}

/** Who may decide: the reviewers of the tier the gate is in and of every tier it was in before. */
export function reviewersOf(policy: Policy, gate: Climbed): 'anyone' | readonly string[] {
  const lists = tiersOf(policy, gate).map(({ reviewers }) => reviewers);
  const named = lists.filter((list) => list !== 'anyone');
  return named.length < lists.length ? 'anyone' : [...new Set(named.flat())];
}

/** The groups whose members may decide, of the same tiers. */
export function groupsOf(policy: Policy, gate: Climbed): readonly string[] {
  return [...new Set(tiersOf(policy, gate).flatMap(({ groups = [] }) => groups))];
}

/**
 * How many distinct people have to approve: the most that any tier asks for that the gate was in, or to climb would let
 * one do for two. What the agent asks is answered by one: two would answer two things.
 */
export function quorumOf(policy: Policy, gate: Climbed & Pick<Gate, 'request'>): number {
  if (gate.request.kind === 'question') return 1;
  return Math.max(...tiersOf(policy, gate).map(({ quorum = 1 }) => quorum));
}

/** What a decision has to prove: the most that any tier asks for that the gate was in. */
export function proofOf(policy: Policy, gate: Climbed): ProofLevel {
  return tiersOf(policy, gate).some(({ proof }) => proof === 'signed') ? 'signed' : 'claimed';
}

/** Whether a decision has to say why: where any tier asks for that. */
export function isRationaleRequired(policy: Policy, gate: Climbed): boolean {
  return tiersOf(policy, gate).some(({ rationaleRequired }) => rationaleRequired === true);
}

/** The tier in which a gate was presented: what the policy, or what came of it, asked for. */
export function firstTier({ earlierTiers, tier }: Climbed): string {
  return earlierTiers[0] ?? tier;
}

export function endGate(gate: Gate, outcome: GateOutcome): Gate {
  const { claim: _over, escalateAt: _no, ...rest } = gate;
  return { ...rest, status: outcome.status, outcome, respondBy: null, remindAt: null };
}

export function withdrawGate(
  gate: Gate,
  options: { readonly now: number; readonly why: string },
): GateStep {
  if (gate.status !== 'pending') return { gate, events: [] };
  const withdrawn = endGate(gate, { status: 'withdrawn', at: options.now, tier: gate.tier });
  const event = gateEvent(withdrawn, { eventType: 'withdrawn', rationale: options.why });
  return { gate: withdrawn, events: [event] };
}
