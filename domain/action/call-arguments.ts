/** The arguments of a call as one payload, and back: what a reviewer sees of an activity that takes any arguments. */
import { isJsonObject, isPlainObject, type Json, type JsonObject } from '../text/json.ts';

/** One plain object stands as it is; anything else by position. Undefined: not JSON, so it can't be hashed. */
export function argumentsOf(args: readonly unknown[]): JsonObject | undefined {
  const [only] = args;
  const payload: unknown = isOneObject(args) ? only : byPosition(args);
  return isJsonObject(payload) ? payload : undefined;
}

/**
 * The payloads that an activity may have been consented to with, for these arguments. A tool always gets one object:
 * an empty one may stand for itself there, as the tool's schema put it out.
 */
export function payloadsOf(args: readonly unknown[], isTool: boolean): readonly JsonObject[] {
  const payload = argumentsOf(args);
  if (payload === undefined) return [];
  const [only] = args;
  const isEmpty = isPlainObject(only) && Object.keys(only).length === 0;
  return isTool && args.length === 1 && isEmpty ? [payload, {}] : [payload];
}

/** An object whose keys are positions stands by position itself: two calls that differ never share a payload. */
function isOneObject(args: readonly unknown[]): boolean {
  const [only] = args;
  return args.length === 1 && isPlainObject(only) && !isPositional(only);
}

function isPositional(value: object): boolean {
  return Object.keys(value).every((key) => /^arg\d+$/.test(key));
}

function byPosition(args: readonly unknown[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(args.map((value, index) => [`arg${index}`, value ?? null]));
}

/** The argument list of `payload`, in the shape that `original` had. Undefined: it does not fit that shape. */
export function argumentListOf(
  payload: JsonObject,
  original: readonly unknown[],
): readonly Json[] | undefined {
  if (isOneObject(original)) return [payload];
  const list = original.map((_value, index) => payload[`arg${index}`]);
  const isWhole = list.every((value) => value !== undefined);
  return isWhole && list.length === Object.keys(payload).length ? list : undefined;
}
