/** A call that no tool declares anything about: of a team's own activity, or executed elsewhere. */
import type { PreparedAction } from '../activities.ts';
import { MINUTE_MS } from '../limits.ts';
import type { Stakes } from '../policy/confidence.ts';
import { buildHumanDescription } from '../policy/description.ts';
import { evaluateAction, type Evaluation, isHeld, type Policy } from '../policy/policy.ts';
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

export interface UndeclaredCall {
  readonly actionType: string;
  /** Undefined: not JSON, so nobody could be shown it. */
  readonly payload: JsonObject | undefined;
}

/** What it declares is nothing: the policy alone classifies it. */
export function evaluateUndeclared(
  policy: Policy,
  { actionType, payload = {} }: UndeclaredCall,
  stakes: Stakes,
): Evaluation {
  return evaluateAction(policy, { actionType, arguments: payload, readOnly: true }, stakes);
}

/** A read is let pass whatever its arguments are; of everything else they have to be seen. */
export function isUndeclaredHeld({ payload }: UndeclaredCall, evaluation: Evaluation): boolean {
  return isHeld(evaluation) || (payload === undefined && !evaluation.readOnly);
}
