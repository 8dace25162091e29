/** The arguments of a call as one payload, and back: what a reviewer sees of an activity that takes any arguments. */
import { isJson, isPlainObject, type Json, type JsonObject } from './json.ts';

/** One plain object stands as it is; anything else by position. Undefined: not JSON, so it can't be hashed. */
export function argumentsOf(args: readonly unknown[]): JsonObject | undefined {
  const [only] = args;
  const payload = args.length === 1 && isPlainObject(only) ? only : byPosition(args);
  return isJson(payload) ? payload : undefined;
}

function byPosition(args: readonly unknown[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(args.map((value, index) => [`arg${index}`, value ?? null]));
}

/** The argument list of `payload`, in the shape that `original` had. */
export function argumentListOf(payload: JsonObject, original: readonly unknown[]): readonly Json[] {
  if (original.length === 1 && isPlainObject(original[0])) return [payload];
  return original.map((_value, index) => payload[`arg${index}`] ?? null);
}
