/**
 * The ladder: how a gate enters a tier, is reminded of, moves to the next tier and expires. Times are workflow time
 * in ms; nothing here reads a clock.
 *
 * H3 silence ends a gate as `expired`, never as a person's rejection, and never as a yes to what can't be undone.
 */
import {
  type ApprovalRequest,
  type Gate,
  type GateStep,
  endGate,
  gateEvent,
  reviewersOf,
} from './gate.ts';
import type { JsonObject } from '../text/json.ts';
import { gatedTier, noResponseFor, type Policy } from '../policy/policy.ts';
import type { Tier } from '../policy/tier.ts';

export function presentGate(
  policy: Policy,
  request: ApprovalRequest,
  options: { readonly tier: string; readonly now: number },
): GateStep {
  const gate: Gate = {
    request,
    status: 'pending',
    earlierTiers: [],
    refusals: 0,
    ...placeIn(gatedTier(policy, options.tier), request, options.now),
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
      ...placeDetails(policy, gate),
    },
  });
  return { gate, events: [presented] };
}

/** Where a gate stands in a tier that it enters at `now`. */
function placeIn(
  tier: Tier,
  request: ApprovalRequest,
  now: number,
): Pick<Gate, 'tier' | 'respondBy' | 'remindAt' | 'noResponse'> {
  // Only an action can be run by silence.
  const { kind, reversibility } = request;
  const noResponse = noResponseFor(tier, kind === 'action' ? reversibility : 'irreversible');
  const waits = noResponse === 'hold';
  const remindAfterMs = tier.remindAfterMs ?? (waits ? tier.respondWithinMs : undefined);
  return {
    tier: tier.name,
    noResponse,
    respondBy: waits ? null : now + tier.respondWithinMs,
    remindAt: remindAfterMs === undefined ? null : now + remindAfterMs,
  };
}

function placeDetails(policy: Policy, gate: Gate): JsonObject {
  return {
    respondBy: gate.respondBy,
    noResponse: gate.noResponse,
    reviewers: reviewersOf(policy, gate),
  };
}

/** When this gate next wants to be looked at; undefined: only a decision can move it. */
export function deadlineOf(gate: Gate): number | undefined {
  if (gate.status !== 'pending') return undefined;
  const moments = [gate.respondBy, gate.remindAt].filter((moment) => moment !== null);
  return moments.length === 0 ? undefined : Math.min(...moments);
}

/** The ladder: reminders, moves to the next tier and expiry that are due at `now`, each at most once per look. */
export function passTime(policy: Policy, gate: Gate, now: number): GateStep {
  if (gate.status !== 'pending') return { gate, events: [] };
  if (gate.respondBy !== null && now >= gate.respondBy) {
    return gate.noResponse === 'escalate' ? escalate(policy, gate, now) : expire(gate, now);
  }
  if (gate.remindAt !== null && now >= gate.remindAt) return remind(policy, gate, now);
  return { gate, events: [] };
}

function escalate(policy: Policy, gate: Gate, now: number): GateStep {
  const from = gatedTier(policy, gate.tier);
  const next = gatedTier(policy, from.escalateTo ?? '');
  const moved: Gate = {
    ...gate,
    ...placeIn(next, gate.request, now),
    earlierTiers: [...gate.earlierTiers, gate.tier],
  };
  const details = { from: from.name, ...placeDetails(policy, moved) };
  return { gate: moved, events: [gateEvent(moved, { eventType: 'escalated', details })] };
}

function expire(gate: Gate, now: number): GateStep {
  const { noResponse } = gate;
  const expired = endGate(gate, { status: 'expired', at: now, tier: gate.tier, noResponse });
  const details = { noResponse };
  return { gate: expired, events: [gateEvent(expired, { eventType: 'expired', details })] };
}

function remind(policy: Policy, gate: Gate, now: number): GateStep {
  const tier = gatedTier(policy, gate.tier);
  const reminded: Gate = { ...gate, remindAt: now + (tier.remindAfterMs ?? tier.respondWithinMs) };
  return { gate: reminded, events: [gateEvent(reminded, { eventType: 'reminded' })] };
}

/** A pause stops the clock of a gate: afterwards every moment lies `byMs` later. */
export function shiftGate(gate: Gate, byMs: number): Gate {
  if (gate.status !== 'pending') return gate;
  const later = (moment: number | null): number | null => (moment === null ? null : moment + byMs);
  return { ...gate, respondBy: later(gate.respondBy), remindAt: later(gate.remindAt) };
}
