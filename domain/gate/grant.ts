/**
 * A standing grant: "approve similar", given with an approval, for this exact call or for its tool within stated bounds,
 * so many times, until a stated moment, in this session. It is visible, can be revoked by anyone who may give orders, and
 * each use names it.
 *
 * H2 is kept by counting: use n of a grant is spent in the ledger like a decision of its own · H9 a grant never lets
 * pass what the policy makes stricter than what was approved · only an approval makes one: no rejection, modification or
 * silence does.
 */
import { GRANT_BOUNDS_MAX, GRANT_CHARACTERS_MAX, GRANT_TIMES_MAX } from '../limits.ts';
import { JSON_POINTER, sameJson, valueAt } from '../policy/condition.ts';
import { type Policy, toolPolicy } from '../policy/policy.ts';
import { isAbove, type Reversibility } from '../policy/reversibility.ts';
import { isJson, type Json, type JsonObject } from '../text/json.ts';
import { type FieldReader, identifier, instant, oneOf, readFields } from '../text/reading.ts';

const SCOPES = ['exact', 'tool'] as const;

/** One argument of the calls that a grant lets pass. All that is named must hold; what is not named is free. */
export interface GrantBound {
  /** RFC 6901 JSON Pointer into the arguments. */
  readonly pointer: string;
  readonly equals?: Json;
  readonly oneOf?: readonly Json[];
  /** A number no larger than this, by its size. */
  readonly atMost?: number;
}

/** What a reviewer states. */
export interface GrantTerms {
  /** `exact`: the very same call. `tool`: any call of `tool`, which is the one that is approved, within `bounds`. */
  readonly scope: (typeof SCOPES)[number];
  readonly tool?: string;
  readonly bounds?: readonly GrantBound[];
  /** Uses, beside the call that is approved with it. */
  readonly times: number;
  /** ISO 8601. */
  readonly until: string;
}

const isOptionalJson: FieldReader = (value) => (isJson(value) ? undefined : 'must be JSON');

const BOUND = {
  pointer: {
    read: (value: unknown): string | undefined =>
      typeof value === 'string' && JSON_POINTER.test(value)
        ? undefined
        : 'must be a JSON Pointer such as /amount',
  },
  equals: { read: isOptionalJson, optional: true },
  oneOf: {
    read: (value: unknown): string | undefined =>
      Array.isArray(value) && value.length > 0 && isJson(value) ? undefined : 'must be a list',
    optional: true,
  },
  atMost: {
    read: (value: unknown): string | undefined =>
      typeof value === 'number' && Number.isFinite(value) && value >= 0
        ? undefined
        : 'must be a number, 0 or above',
    optional: true,
  },
} as const;

const bounds: FieldReader = (value) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > GRANT_BOUNDS_MAX) {
    return `must be a list of 1 to ${GRANT_BOUNDS_MAX} bounds`;
  }
  for (const bound of value) {
    const reading = readFields(bound, BOUND);
    if (!reading.ok) return reading.problem;
    if (Object.keys(bound as object).length < 2) return 'needs equals, oneOf or atMost in each';
  }
  return undefined;
};

const times: FieldReader = (value) =>
  Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= GRANT_TIMES_MAX
    ? undefined
    : `must be a whole number from 1 to ${GRANT_TIMES_MAX}`;

const TERMS = {
  scope: { read: oneOf(SCOPES) },
  tool: { read: identifier, optional: true },
  bounds: { read: bounds, optional: true },
  times: { read: times },
  until: { read: instant },
} as const;

export const grantTerms: FieldReader = (value) => {
  const reading = readFields<GrantTerms>(value, TERMS);
  if (!reading.ok) return reading.problem;
  if (JSON.stringify(value).length > GRANT_CHARACTERS_MAX) {
    return `must have at most ${GRANT_CHARACTERS_MAX} characters of JSON`;
  }
  const { scope, tool, bounds: list } = reading.value;
  const isWhole = tool !== undefined && list !== undefined;
  if (scope === 'tool' && !isWhole) return 'of scope tool needs tool and bounds';
  const isBare = tool === undefined && list === undefined;
  return scope === 'exact' && !isBare ? 'of scope exact has no tool and no bounds' : undefined;
};

/** A call that may be under a grant. */
export interface GrantedCall {
  readonly actionType: string;
  readonly arguments: JsonObject;
  readonly payloadDigest: string;
}

/** Whether a call is one of those that the terms are about; `payloadDigest`: of the call that was approved with them. */
export function isWithin(terms: GrantTerms, payloadDigest: string, call: GrantedCall): boolean {
  if (terms.scope === 'exact') return call.payloadDigest === payloadDigest;
  const list = terms.bounds ?? [];
  const isOfTool = call.actionType === terms.tool;
  return isOfTool && list.length > 0 && list.every((bound) => boundHolds(bound, call.arguments));
}

function boundHolds({ pointer, equals, oneOf: listed, atMost }: GrantBound, args: JsonObject) {
  const value = valueAt(args, pointer);
  if (value === undefined) return false;
  if (equals !== undefined && !sameJson(value, equals)) return false;
  if (listed !== undefined && !listed.some((one) => sameJson(value, one))) return false;
  return atMost === undefined || (typeof value === 'number' && !isAbove(value, atMost));
}

/** Why these terms may not be granted for such a call at `now`, ms; undefined: they may. */
export function whyNotGranted(
  policy: Policy,
  terms: GrantTerms,
  asked: {
    readonly actionType: string;
    readonly reversibility: Reversibility;
    readonly quorum: number;
    readonly now: number;
  },
): string | undefined {
  const { grants } = policy;
  if (grants === undefined) return 'This policy lets nobody give standing grants.';
  if (terms.times > grants.timesMax) return `At most ${grants.timesMax} times, by this policy.`;
  if (terms.tool !== undefined && terms.tool !== asked.actionType) {
    return `This gate holds ${asked.actionType}, not ${terms.tool}.`;
  }
  const until = Date.parse(terms.until);
  if (!(until > asked.now)) return 'It is over already.';
  if (until > asked.now + grants.withinMs) {
    return `It ends within ${grants.withinMs / 60_000} minutes, by this policy.`;
  }
  if (asked.quorum > 1) return 'What takes several people is not granted by one of them.';
  const isByName = toolPolicy(policy, asked.actionType)?.grantable === true;
  return asked.reversibility === 'irreversible' && !isByName
    ? `${asked.actionType} can't be undone, and the policy does not name it grantable.`
    : undefined;
}
