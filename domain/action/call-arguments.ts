/** The arguments of a call as one payload, and back: what a reviewer sees of an activity that takes any arguments. */
import { isJsonObject, isPlainObject, type Json, type JsonObject } from '../text/json.ts';

/** One plain object stands as it is; anything else by position. Undefined: not JSON, so it can't be hashed. */
export function argumentsOf(args: readonly unknown[]): JsonObject | undefined {
  const [only] = args;
  const payload: unknown = isOneObject(args) ? only : byPosition(args);
  return isJsonObject(payload) ? payload : undefined;
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
