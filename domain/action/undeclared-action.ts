/** A call that no tool declares anything about: of a team's own activity, or executed elsewhere. */
import type { PreparedAction } from '../activities.ts';
import { MINUTE_MS } from '../limits.ts';
import { buildHumanDescription } from '../policy/description.ts';
import { payloadDigest } from '../text/digest.ts';
import type { JsonObject } from '../text/json.ts';

/** As the gatekeeper sees it: the policy alone classifies it. */
export function undeclaredAction(actionType: string, args: JsonObject): PreparedAction {
  return {
    actionType,
    toolVersion: '1',
    arguments: args,
    payloadDigest: payloadDigest({ actionType, toolVersion: '1', arguments: args }),
    description: buildHumanDescription(actionType, args),
    readOnly: true,
    quick: false,
    timeoutMs: MINUTE_MS,
  };
}
