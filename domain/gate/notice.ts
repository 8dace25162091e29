/**
 * A notice: what people are told of a gate outside of any screen, over the channels that its tier names. Facts that the
 * policy's rules made, and where to look; never the payload, and nothing of the agent's own words.
 *
 * It only tells. Nothing that comes back over a channel decides anything.
 */
import type { AuditEvent, AuditEventType, EventDraft } from '../audit/audit-event.ts';
import type { GateKind } from '../policy/condition.ts';
import type { Impact } from '../policy/description.ts';
import { gatedTier, type Policy } from '../policy/policy.ts';
import type { Reversibility } from '../policy/reversibility.ts';
import type { NoResponse } from '../policy/tier.ts';
import type { Gate } from './gate.ts';

export type NoticeKind =
  | 'presented'
  | 'reminded'
  | 'escalated'
  | 'no_reviewer'
  | 'expired'
  | 'withdrawn';

const KIND_OF: Readonly<Partial<Record<AuditEventType, NoticeKind>>> = {
  gate_presented: 'presented',
  reminded: 'reminded',
  escalated: 'escalated',
  no_reviewer: 'no_reviewer',
  expired: 'expired',
  withdrawn: 'withdrawn',
};

export interface Notice {
  /** One notice over one channel, however often it is tried: receivers know it again by this. */
  readonly noticeId: string;
  readonly channel: string;
  readonly kind: NoticeKind;
  readonly sessionId: string;
  readonly agentId: string;
  readonly gateId: string;
  readonly actionId: string;
  readonly gateKind: GateKind;
  readonly actionType: string;
  readonly payloadDigest: string;
  /** One sentence, made by rule from tool and arguments. */
  readonly description: string;
  readonly tier: string;
  /** Whom the tier is for, in words. */
  readonly route: string;
  readonly reversibility: Reversibility;
  readonly estimatedImpact: Impact;
  readonly respondBy: number | null;
  readonly noResponse: NoResponse;
  /** When it happened, ms. */
  readonly at: number;
}

/** The notices of one event, one for each channel of the tier that the gate is in: none, for most events. */
export function noticesOf(policy: Policy, gate: Gate, event: AuditEvent): readonly Notice[] {
  const kind = KIND_OF[event.eventType];
  if (kind === undefined) return [];
  const { request, tier, respondBy, noResponse } = gate;
  const { notify = [], route } = gatedTier(policy, tier);
  const { sessionId, agentId, gateId, actionId, actionType, payloadDigest, description } = request;
  const { reversibility, estimatedImpact } = request;
  return notify.map((channel) => ({
    noticeId: `${gateId}-${event.seq}-${channel}`,
    channel,
    kind,
    sessionId,
    agentId,
    gateId,
    actionId,
    gateKind: request.kind,
    actionType,
    payloadDigest,
    description,
    tier,
    route,
    reversibility,
    estimatedImpact,
    respondBy,
    noResponse,
    at: event.at,
  }));
}

/** What became of a notice. */
export type NoticeResult =
  /** Its receiver took it; `receipt`: in its words, such as `HTTP 200`. */
  | { readonly status: 'sent'; readonly receipt?: string }
  | { readonly status: 'failed'; readonly code: string };

/** The receipt, in the trail. */
export function notifiedEvent(notice: Notice, result: NoticeResult): EventDraft {
  const { gateId, actionId, actionType, payloadDigest, tier, channel, kind } = notice;
  return {
    eventType: 'notified',
    gateId,
    actionId,
    actionType,
    payloadDigest,
    tier,
    details: { channel, about: kind, ...result },
  };
}
