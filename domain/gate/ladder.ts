/**
 * The ladder: how a gate enters a tier, is reminded of, moves to the next tier and expires. Times are workflow time
 * in ms; nothing here reads a clock.
 *
 * H3 silence ends a gate as `expired`, never as a person's rejection, and never as a yes to what can't be undone.
 */
import { type AuthorityContext, reachableReviewers } from '../authority/authority.ts';
import type { EventDraft } from '../audit/audit-event.ts';
import {
  type ApprovalRequest,
  type Gate,
  type GateStep,
  endGate,
  gateEvent,
  groupsOf,
  proofOf,
  quorumOf,
  reviewersOf,
} from './gate.ts';
import { releaseExpired } from './claim.ts';
import { droppedDetails } from './judgement.ts';
import { isProvenEnough } from './reviewer.ts';
import type { JsonObject } from '../text/json.ts';
import { gatedTier, noResponseFor, type Policy } from '../policy/policy.ts';
import type { Tier } from '../policy/tier.ts';

/** Who stands behind the session of a gate: whether anybody is left to decide it. */
export type Asking = Omit<AuthorityContext, 'policy' | 'now' | 'barred'>;

export function presentGate(
  policy: Policy,
  request: ApprovalRequest,
  options: {
    readonly tier: string;
    readonly now: number;
    readonly barred?: readonly string[];
    readonly asking?: Asking;
  },
): GateStep {
  const { tier, now, barred, asking } = options;
  const gate: Gate = {
    request,
    status: 'pending',
    earlierTiers: [],
    refusals: 0,
    ...(barred === undefined ? {} : { barred }),
    ...placeIn(gatedTier(policy, tier), request, now),
  };
  const presented = gateEvent(gate, {
    eventType: 'gate_presented',
    actionPayload: request.payload,
    gateLevel: request.gateLevel,
    ...(request.confidence === undefined ? {} : { confidence: request.confidence }),
    details: {
      kind: request.kind,
      description: request.description,
      toolVersion: request.toolVersion,
      reversibility: request.reversibility,
      estimatedImpact: request.estimatedImpact,
      rule: request.rule,
      ...(request.value === undefined ? {} : { value: request.value }),
      ...(request.confidenceNote === undefined ? {} : { confidenceNote: request.confidenceNote }),
      ...(request.agentReason === undefined ? {} : { agentReason: request.agentReason }),
      ...(request.note === undefined ? {} : { note: request.note }),
      ...(barred === undefined ? {} : { barred }),
      ...placeDetails(policy, gate),
    },
  });
  return { gate, events: [presented, ...alarms(gate, { policy, now, asking })] };
}

/** Where a gate stands in a tier that it enters at `now`. */
function placeIn(
  tier: Tier,
  request: ApprovalRequest,
  now: number,
): Pick<Gate, 'tier' | 'respondBy' | 'remindAt' | 'noResponse' | 'escalateAt'> {
  // Only an action can be run by silence.
  const { kind, reversibility } = request;
  const noResponse = noResponseFor(tier, kind === 'action' ? reversibility : 'irreversible');
  const waits = noResponse === 'hold';
  const remindAfterMs = tier.remindAfterMs ?? (waits ? tier.respondWithinMs : undefined);
  const { escalateAfterMs } = tier;
  return {
    tier: tier.name,
    noResponse,
    respondBy: waits ? null : now + tier.respondWithinMs,
    remindAt: remindAfterMs === undefined ? null : now + remindAfterMs,
    ...(escalateAfterMs === undefined ? {} : { escalateAt: now + escalateAfterMs }),
  };
}

function placeDetails(policy: Policy, gate: Gate): JsonObject {
  const [groups, needed] = [groupsOf(policy, gate), quorumOf(policy, gate)];
  const proof = proofOf(policy, gate);
  return {
    respondBy: gate.respondBy,
    noResponse: gate.noResponse,
    reviewers: reviewersOf(policy, gate),
    ...(groups.length === 0 ? {} : { groups }),
    ...(needed === 1 ? {} : { needed }),
    ...(proof === 'claimed' ? {} : { proof }),
  };
}

interface Look {
  readonly policy: Policy;
  readonly now: number;
  readonly asking?: Asking | undefined;
}

/** Nobody can decide here, or too few: said at once, and loudly. The clock goes on, to its safe end. */
function alarms(gate: Gate, { policy, now, asking }: Look): readonly EventDraft[] {
  if (asking === undefined) return [];
  const { barred } = gate;
  const context = { ...asking, policy, now, ...(barred === undefined ? {} : { barred }) };
  const [able, needed] = [reachableReviewers(gate, context), quorumOf(policy, gate)];
  if (able === undefined || able >= needed) return [];
  return [gateEvent(gate, { eventType: 'no_reviewer', details: { able, needed } })];
}

/** When this gate next wants to be looked at; undefined: only a decision can move it. */
export function deadlineOf(gate: Gate): number | undefined {
  if (gate.status !== 'pending') return undefined;
  const moments = [gate.respondBy, gate.remindAt, gate.escalateAt, gate.claim?.until].filter(
    (moment) => moment !== null && moment !== undefined,
  );
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** The ladder: what is due at `now`, each thing at most once per look: expiry first, then steps up, then words. */
export function passTime(gate: Gate, look: Look): GateStep {
  const { policy, now } = look;
  const isDue = (moment: number | null | undefined): boolean =>
    moment !== null && moment !== undefined && now >= moment;
  if (gate.status !== 'pending') return { gate, events: [] };
  if (isDue(gate.respondBy)) {
    return gate.noResponse === 'escalate' ? escalate(gate, look) : expire(gate, now);
  }
  if (isDue(gate.escalateAt)) return askNextTier(gate, look);
  if (isDue(gate.claim?.until)) return releaseExpired(gate);
  if (isDue(gate.remindAt)) return remind(policy, gate, now);
  return { gate, events: [] };
}

/** The tier whose clock a gate runs by. */
function clockTier(policy: Policy, { clockTier: early, tier }: Gate): Tier {
  return gatedTier(policy, early ?? tier);
}

function escalate(gate: Gate, look: Look): GateStep {
  const { policy, now } = look;
  const from = clockTier(policy, gate);
  const next = gatedTier(policy, from.escalateTo ?? '');
  const { clockTier: _early, escalateAt: _none, reminders: _count, ...rest } = gate;
  // Its reviewers may have been asked before, when the clock was still that of the tier before.
  const earlierTiers =
    gate.tier === next.name ? gate.earlierTiers : [...gate.earlierTiers, gate.tier];
  const moved: Gate = { ...rest, ...placeIn(next, gate.request, now), earlierTiers };
  return stepUp(moved, { from: from.name, look });
}

/** The reviewers of the next tier are asked as well, while the deadline of this one stays. */
function askNextTier(gate: Gate, look: Look): GateStep {
  const from = clockTier(look.policy, gate);
  const next = gatedTier(look.policy, from.escalateTo ?? '');
  const { escalateAt: _done, ...rest } = gate;
  const moved: Gate = {
    ...rest,
    tier: next.name,
    clockTier: from.name,
    earlierTiers: [...gate.earlierTiers, gate.tier],
  };
  return stepUp(moved, { from: from.name, look, early: true });
}

function stepUp(
  moved: Gate,
  { from, look, early }: { readonly from: string; readonly look: Look; readonly early?: true },
): GateStep {
  const { policy } = look;
  const { votes, ...rest } = moved;
  // Where proof is asked for from now on, what nobody proved counts no longer.
  const standing = votes?.filter((vote) => isProvenEnough(policy, moved, vote)) ?? [];
  const gate: Gate = standing.length === 0 ? rest : { ...rest, votes: standing };
  const details = {
    from,
    ...(early === undefined ? {} : { early }),
    ...placeDetails(policy, gate),
    ...droppedDetails(moved, standing),
  };
  const event = gateEvent(gate, { eventType: 'escalated', details });
  return { gate, events: [event, ...alarms(gate, look)] };
}

/** By the clock of its tier, whoever was asked as well by then. */
function expire(gate: Gate, now: number): GateStep {
  const { noResponse } = gate;
  const expired = endGate(gate, { status: 'expired', at: now, tier: gate.tier, noResponse });
  const details = { noResponse };
  return { gate: expired, events: [gateEvent(expired, { eventType: 'expired', details })] };
}

function remind(policy: Policy, gate: Gate, now: number): GateStep {
  const tier = clockTier(policy, gate);
  const reminders = (gate.reminders ?? 0) + 1;
  const isLast = tier.repeat !== undefined && reminders >= tier.repeat;
  const next = now + (tier.remindAfterMs ?? tier.respondWithinMs);
  const reminded: Gate = {
    ...gate,
    remindAt: isLast ? null : next,
    ...(tier.repeat === undefined ? {} : { reminders }),
  };
  return { gate: reminded, events: [gateEvent(reminded, { eventType: 'reminded' })] };
}

export interface PauseSpan {
  readonly from: number;
  readonly until: number;
}

/** A pause stops the clock of a gate: every moment lies later by as much of it as the gate was open, or claimed, in it. */
export function shiftGate(gate: Gate, { from, until }: PauseSpan): Gate {
  if (gate.status !== 'pending') return gate;
  const byMs = until - Math.max(from, gate.request.presentedAt);
  const later = (moment: number | null): number | null => (moment === null ? null : moment + byMs);
  const { escalateAt, claim } = gate;
  return {
    ...gate,
    respondBy: later(gate.respondBy),
    remindAt: later(gate.remindAt),
    ...(escalateAt === undefined ? {} : { escalateAt: escalateAt + byMs }),
    ...(claim === undefined
      ? {}
      : { claim: { ...claim, until: claim.until + until - Math.max(from, claim.at) } }),
  };
}
