/**
 * Policy: data that says which action gets which tier. A policy here is complete and checked (domain/schema/policy.ts
 * makes it from what people write) and is pinned in the session's history, so what applied is always known.
 *
 * The strictest matching rule wins, so a rule can only tighten. What no rule knows gets the strictest tier (H10), and
 * what nobody can read is one tier stricter than by its rule.
 * Confidence can only make a call stricter (H9). Reads that tool and policy both call read-only are never gated.
 */
import {
  bandOf,
  type Band,
  type Confidence,
  CONFIDENCE_FAILED,
  soundConfidence,
  type Stakes,
  type Thresholds,
} from './confidence.ts';
import { type Condition, type Facts, type GateKind, holds, valueAt } from './condition.ts';
import { assessImpact, type Impact } from './description.ts';
import { type INSPECTION, type OpaqueLeaf, opaqueLeaves } from '../text/inspect.ts';
import type { JsonObject } from '../text/json.ts';
import { isCovered } from '../text/json-leaves.ts';
import {
  gateLevel,
  isAbove,
  strictestReversibility,
  type GateLevel,
  type Reversibility,
} from './reversibility.ts';
import { AUTOMATED, strictnessOf, tierNamed, type NoResponse, type Tier } from './tier.ts';

export interface ToolPolicy {
  readonly reversibility: Reversibility;
  /** Lets a tool that declares itself read-only pass without a gate. */
  readonly readOnly: boolean;
  readonly category?: string;
  /** JSON Pointer to where the value of a call is. */
  readonly value?: string;
  readonly highValueLimit?: number;
  /** Top-level arguments that a reviewer may change; left out: all. */
  readonly allowedModifications?: readonly string[];
  /** A standing grant may be given for it, though it can't be undone. */
  readonly grantable?: boolean;
  /** JSON Pointers to arguments that nobody can read and nobody has to, with all that is within them. */
  readonly opaque?: readonly string[];
}

/** A person, under their id. */
export interface PolicyPerson {
  readonly accounts?: readonly string[];
  readonly groups?: readonly string[];
  /** ISO 8601. */
  readonly revokedSince?: string;
}

export interface Rule {
  readonly name: string;
  readonly when: Condition;
  readonly tier: string;
}

/** With agent, requester, policy and phase. A policy names it: the list is compared to the byte when a run replays. */
export const LISTING = 1 as const;

export interface PolicyLimits {
  /** Above it a partially reversible action is reviewed, where its tool sets no own limit. */
  readonly highValue: number;
  /** Above it any action goes to the escalation tier. */
  readonly escalation: number;
  readonly stepsMax: number;
  readonly toolCallsMax: number;
  readonly tokensMax: number;
  /** Time in which a model or a tool was at work; waiting for people doesn't count. */
  readonly workingTimeMs: number;
  /** A run continues as new at the next step after this many history events. */
  readonly historyEventsMax: number;
}

export interface Policy {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the canonical JSON of all the rest. */
  readonly digest: string;
  readonly tools: Readonly<Record<string, ToolPolicy>>;
  /** The gated tiers, from loosest to strictest. `automated` comes before them all. */
  readonly tiers: readonly Tier[];
  readonly rules: readonly Rule[];
  readonly confidence: { readonly thresholds: Thresholds };
  readonly separationOfDuties: {
    readonly requesterMayDecide: boolean;
    /** False: who changes a payload does not approve it; somebody else is asked. Left out: they may. */
    readonly modifierMayDecide?: boolean;
  };
  /** What counts as uninspectable, by version, and makes a call one tier stricter. Left out, as before it: nothing. */
  readonly inspection?: typeof INSPECTION;
  readonly limits: PolicyLimits;
  /** What the list of open gates says of its session, by version. Left out, as before it: nothing. */
  readonly listing?: typeof LISTING;
  /** Who stands behind which accounts: by id, or known to the workers' directory. Left out: every account by itself. */
  readonly people?: Readonly<Record<string, PolicyPerson>> | 'directory';
  /** Whose an agent is, by agentId: its owner does not decide about it. */
  readonly agents?: Readonly<Record<string, { readonly owner: string }>>;
  /** Whether the named reviewers of a stricter tier may decide in a looser one. */
  readonly authority?: { readonly cascading: boolean };
  readonly afterRejection?: {
    /** The same payload, proposed again in the session: refused with the reason, or asked about anew. */
    readonly samePayload: 'refuse' | 'ask';
    /** So many rejections in a row pause the session. */
    readonly pauseAfter?: number;
  };
  /** The bounds of standing grants. Left out: there are none. */
  readonly grants?: { readonly timesMax: number; readonly withinMs: number };
  readonly overload?: {
    /** More gates within an hour pause the session. */
    readonly gatesPerHour: number;
    /** Who decides faster than this, ms and ms per KiB of the request, is flagged. */
    readonly readingMs: { readonly atLeast: number; readonly perKiB: number };
  };
}

/** What a tool says of itself and of one call. Declared, so only as good as its author: a policy can tighten it. */
export interface DeclaredAction {
  readonly actionType: string;
  readonly arguments: JsonObject;
  /** Left out: the tool says nothing of it, and the policy alone classifies it. */
  readonly reversibility?: Reversibility;
  readonly readOnly: boolean;
  /** It says that it changes something. Where the policy calls it a read, the two contradict each other. */
  readonly writes?: true;
  readonly category?: string;
  readonly entityTypes?: readonly string[];
  readonly value?: number | null;
  readonly ambiguous?: boolean;
  readonly novel?: boolean;
  readonly confidence?: Confidence;
}

/** The rule of a call that is stricter for what nobody can read in it. */
export const UNINSPECTABLE = 'uninspectable';

/** What a policy says of one thing that wants to happen. */
export interface Evaluation {
  readonly kind: GateKind;
  readonly tier: string;
  /** The strictest rule that hit; `read-only` or `no-rule` where none decided, `uninspectable` where that raised it. */
  readonly rule: string;
  /** Arguments that nobody can read, and that the policy does not expect to be so. */
  readonly uninspectable?: readonly OpaqueLeaf[];
  readonly gateLevel: GateLevel;
  readonly reversibility: Reversibility;
  readonly estimatedImpact: Impact;
  readonly readOnly: boolean;
  readonly value?: number | null;
  readonly confidence?: Confidence;
  readonly band?: Band;
}

/** `name@version#digest`, the digest cut to 12 characters: what audit events carry. */
export function policyVersion(policy: Policy): string {
  return `${policy.name}@${policy.version}#${policy.digest.slice(0, 12)}`;
}

export function toolPolicy(policy: Policy, actionType: string): ToolPolicy | undefined {
  return Object.hasOwn(policy.tools, actionType) ? policy.tools[actionType] : undefined;
}

export function evaluateAction(policy: Policy, action: DeclaredAction, stakes: Stakes): Evaluation {
  const tool = toolPolicy(policy, action.actionType);
  // What says that it reads and can't be undone contradicts itself, and is no read.
  const isRead = action.readOnly && (action.reversibility ?? 'reversible') === 'reversible';
  const readOnly = isRead && tool?.readOnly === true;
  const reversibility = classification(policy, action);
  const category = tool?.category ?? action.category;
  const value = strictestValue(readable(action.value), valueByPolicy(tool, action.arguments));
  const facts: Omit<Facts, 'band'> = {
    kind: 'action',
    actionType: action.actionType,
    arguments: action.arguments,
    reversibility,
    stakes,
    highValueLimit: tool?.highValueLimit ?? policy.limits.highValue,
    escalationLimit: policy.limits.escalation,
    ...(category === undefined ? {} : { category }),
    ...(value === undefined ? {} : { value }),
    ...(action.entityTypes === undefined ? {} : { entityTypes: action.entityTypes }),
    ambiguous: action.ambiguous === true,
    novel: action.novel === true,
  };
  const evaluation = evaluate(policy, facts, { readOnly, confidence: action.confidence });
  return inspected(policy, evaluation, { tool, args: action.arguments });
}

/** What a person can't look at is looked at by somebody else: one tier stricter, as far as there is one. */
function inspected(
  { inspection, tiers }: Policy,
  evaluation: Evaluation,
  { tool, args }: { readonly tool: ToolPolicy | undefined; readonly args: JsonObject },
): Evaluation {
  if (inspection === undefined || evaluation.readOnly) return evaluation;
  const expected = tool?.opaque ?? [];
  const uninspectable = opaqueLeaves(args).filter(({ pointer }) => !isCovered(pointer, expected));
  if (uninspectable.length === 0) return evaluation;
  const stricter = tiers[strictnessOf(tiers, evaluation.tier)]?.name;
  if (stricter === undefined) return { ...evaluation, uninspectable };
  return { ...evaluation, tier: stricter, rule: UNINSPECTABLE, uninspectable };
}

/** It may run at most once, through the ledger. */
export function isOneShot({ readOnly, reversibility }: Evaluation): boolean {
  return !readOnly && reversibility !== 'reversible';
}

/** A person has to look, or the ledger. Everything else leaves no trace of Holdpoint's. */
export function isHeld(evaluation: Evaluation): boolean {
  return evaluation.tier !== AUTOMATED || isOneShot(evaluation);
}

/**
 * What an action is by policy and by what its tool says, whichever is stricter. A tool that the policy doesn't name is
 * irreversible, whatever it says of itself, and so is one that writes where the policy says that it reads (H10).
 */
export function classification(
  policy: Policy,
  action: Pick<DeclaredAction, 'actionType' | 'reversibility' | 'writes'>,
): Reversibility {
  const tool = toolPolicy(policy, action.actionType);
  if (tool === undefined || (tool.readOnly && action.writes === true)) return 'irreversible';
  return strictestReversibility(tool.reversibility, action.reversibility ?? tool.reversibility);
}

/** A final answer, a question of the agent, or an unknown effect: what has no tool to look up. */
export function evaluateOther(
  policy: Policy,
  other: {
    readonly kind: Exclude<GateKind, 'action'>;
    readonly actionType: string;
    readonly arguments: JsonObject;
    readonly stakes: Stakes;
    readonly reversibility: Reversibility;
    readonly confidence?: Confidence;
  },
): Evaluation {
  const { confidence, ...facts } = other;
  const { highValue: highValueLimit, escalation: escalationLimit } = policy.limits;
  return evaluate(
    policy,
    { ...facts, highValueLimit, escalationLimit },
    { readOnly: false, confidence },
  );
}

/** Whether a score could move this action from `automated` to a person: only then is it worth a model call. */
export function isWorthScoring(policy: Policy, action: DeclaredAction, stakes: Stakes): boolean {
  const { confidence: _unscored, ...unscored } = action;
  if (evaluateAction(policy, unscored, stakes).tier !== AUTOMATED) return false;
  const doubtful = { ...unscored, confidence: { score: 0 } };
  return evaluateAction(policy, doubtful, stakes).tier !== AUTOMATED;
}

/**
 * What silence means for this evaluation in `tier`. `approve` stands only for what is reversible: for everything
 * else it is read as `reject` (H3), even if a policy slipped through the schema.
 */
export function noResponseFor(tier: Tier, reversibility: Reversibility): NoResponse {
  return tier.onNoResponse === 'approve' && reversibility !== 'reversible'
    ? 'reject'
    : tier.onNoResponse;
}

/** The gated tier of an evaluation. A name that the policy doesn't know is its strictest tier (H10). */
export function gatedTier(policy: Policy, name: string): Tier {
  const tier = tierNamed(policy.tiers, name) ?? policy.tiers.at(-1);
  if (tier === undefined) throw new Error('A policy has at least one gated tier');
  return tier;
}

function evaluate(
  policy: Policy,
  unbanded: Omit<Facts, 'band'>,
  extra: { readonly readOnly: boolean; readonly confidence: Confidence | undefined },
): Evaluation {
  const { readOnly } = extra;
  // An answer that was not scored is one whose score could not be had.
  const asked = extra.confidence ?? (unbanded.kind === 'answer' ? CONFIDENCE_FAILED : undefined);
  const confidence = asked === undefined ? undefined : soundConfidence(asked);
  const { thresholds } = policy.confidence;
  const band =
    confidence === undefined ? undefined : bandFor(confidence, unbanded.stakes, thresholds);
  const facts: Facts = band === undefined ? unbanded : { ...unbanded, band };
  const { value, reversibility, highValueLimit, escalationLimit } = facts;
  const weighed = value === undefined ? {} : { value };
  return {
    kind: facts.kind,
    ...(readOnly ? { tier: AUTOMATED, rule: 'read-only' } : strictestRule(policy, facts)),
    gateLevel: readOnly ? 'auto_proceed' : gateLevel(reversibility, value, highValueLimit),
    reversibility,
    estimatedImpact: assessImpact({ reversibility, highValueLimit, escalationLimit, ...weighed }),
    readOnly,
    ...weighed,
    ...(confidence === undefined ? {} : { confidence }),
    ...(band === undefined ? {} : { band }),
  };
}

function bandFor(confidence: Confidence, stakes: Stakes, thresholds: Thresholds): Band {
  return confidence.note === 'failed' ? 'low' : bandOf(confidence.score, stakes, thresholds);
}

function strictestRule(policy: Policy, facts: Facts): { tier: string; rule: string } {
  let hit: Rule | undefined;
  for (const rule of policy.rules) {
    if (!holds(rule.when, facts)) continue;
    const isStricter =
      hit === undefined ||
      strictnessOf(policy.tiers, rule.tier) > strictnessOf(policy.tiers, hit.tier);
    if (isStricter) hit = rule;
  }
  if (hit !== undefined) return { tier: hit.tier, rule: hit.name };
  return { tier: policy.tiers.at(-1)?.name ?? '', rule: 'no-rule' };
}

function readable(value: number | null | undefined): number | null | undefined {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}

function valueByPolicy(tool: ToolPolicy | undefined, args: JsonObject): number | null | undefined {
  if (tool?.value === undefined) return undefined;
  const value = valueAt(args, tool.value);
  return typeof value === 'number' ? value : null;
}

/** Of what a tool, a policy and a caller say that a call is worth, the one that counts: the largest, or none to read. */
export function strictestValue(
  a: number | null | undefined,
  b: number | null | undefined,
): number | null | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  if (a === null || b === null) return null;
  return isAbove(a, Math.abs(b)) ? a : b;
}
