/** The event of something that went on without a person: by policy, or because silence meant yes. */
import type { EventDraft } from '../audit/audit-event.ts';
import type { JsonObject } from '../text/json.ts';
import type { Evaluation } from '../policy/policy.ts';

export interface Proceeded {
  /** Left out: it has none of its own, as what the plugin let pass. */
  readonly actionId?: string;
  readonly actionType: string;
  readonly payload?: JsonObject;
  readonly payloadDigest?: string;
  readonly evaluation: Evaluation;
  /** The tier whose silence let it go on; left out: no person was asked. */
  readonly silentTier?: string;
}

export function proceedEvent(proceeded: Proceeded): EventDraft {
  const { actionId, actionType, payload, payloadDigest, evaluation, silentTier } = proceeded;
  const { tier, gateLevel, rule, confidence } = evaluation;
  return {
    eventType: 'auto_proceeded',
    ...(actionId === undefined ? {} : { actionId }),
    actionType,
    tier: silentTier ?? tier,
    gateLevel,
    ...(payload === undefined ? {} : { actionPayload: payload }),
    ...(payloadDigest === undefined ? {} : { payloadDigest }),
    ...(confidence === undefined ? {} : { confidence: confidence.score }),
    details: {
      rule,
      ...(confidence?.note === undefined ? {} : { confidenceNote: confidence.note }),
      ...(silentTier === undefined ? {} : { silence: true }),
    },
  };
}
