/**
 * Canonical JSON after RFC 8785 (JCS): one sequence of bytes for one value, so that a digest names a payload.
 * ECMAScript's own number and string serialization is the one that the RFC prescribes; what is left to do is
 * to sort keys by UTF-16 code units and to refuse what has no canonical form.
 */
import { type Json, type JsonObject, jsonProblem } from './json.ts';
import { HASHED_DEPTH_MAX } from '../limits.ts';

/** Canonical text of `value`. Throws (a bug of the caller) on what {@link jsonProblem} names: check input first. */
export function canonicalJson(value: Json): string {
  const problem = jsonProblem(value, HASHED_DEPTH_MAX);
  if (problem !== undefined) throw new TypeError(`No canonical JSON: ${problem}`);
  return serialize(value);
}

function serialize(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(serialize).join(',')}]`;
  const members = Object.keys(value)
    .toSorted()
    // The key is its own, so the value is there.
    .map((key) => `${JSON.stringify(key)}:${serialize(value[key] as Json)}`);
  return `{${members.join(',')}}`;
}

function isArray(value: readonly Json[] | JsonObject): value is readonly Json[] {
  return Array.isArray(value);
}
