/**
 * What a tool returned, as JSON that is sure to travel: through Temporal (2 MiB a payload), into the ledger and the
 * model's next turn. The effect has happened by now, so nothing here refuses or throws: what is not JSON is replaced
 * by a description of what stood there, in square brackets.
 */
import { isPlainObject, type Json, type JsonObject } from '../domain/text/json.ts';
import { JSON_DEPTH_MAX } from '../domain/limits.ts';
import { cutText, wellFormed } from '../domain/text/visible-text.ts';
import { messageOf } from './outside-text.ts';

/** Half of what Temporal takes. */
export const RESULT_BYTES_MAX = 1024 * 1024;

/** What is kept of a larger one, as text. Escaped and in UTF-8 it still fits, and a model reads far less. */
export const CUT_RESULT_CHARACTERS = 128 * 1024;

export function resultJson(returned: unknown): Json {
  const result = jsonOf(returned, { depth: 0, within: [] }) ?? null;
  return readable(() => {
    const json = JSON.stringify(result);
    if (Buffer.byteLength(json) <= RESULT_BYTES_MAX) return result;
    return cutText(typeof result === 'string' ? result : json, CUT_RESULT_CHARACTERS);
  });
}

interface Place {
  readonly depth: number;
  /** The objects around this one: meeting one again is a cycle. */
  readonly within: readonly object[];
}

/** Undefined where a member is to be left out, as JSON.stringify does. */
function jsonOf(value: unknown, place: Place): Json | undefined {
  switch (typeof value) {
    case 'undefined':
      return undefined;
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : `[number ${value}]`;
    case 'string':
      return wellFormed(value);
    case 'bigint':
      return `[bigint ${value}]`;
    case 'symbol':
      return '[symbol]';
    case 'function':
      return '[function]';
    case 'object':
      return value === null ? null : readable(() => objectJson(value, place));
  }
}

/** Getters, toJSON and proxies are the tool's own code, and may throw. */
function readable(read: () => Json): Json {
  try {
    return read();
  } catch (error) {
    return `[unreadable: ${messageOf(error)}]`;
  }
}

function objectJson(value: object, place: Place): Json {
  if (place.within.includes(value)) return '[circular]';
  if (place.depth >= JSON_DEPTH_MAX) return '[nested too deep]';
  const inner: Place = { depth: place.depth + 1, within: [...place.within, value] };
  // Array.from fills the holes of a sparse array.
  if (Array.isArray(value)) return Array.from(value, (item) => jsonOf(item, inner) ?? null);
  if (isPlainObject(value)) return membersJson(value, inner);
  if (value instanceof Error) return `[${value.name}: ${messageOf(value)}]`;
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name}, ${value.byteLength} bytes]`;
  // Dates, decimals and their like say themselves how they read in JSON.
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const said: unknown = value.toJSON();
    return jsonOf(said, inner) ?? null;
  }
  return `[object of class ${wellFormed(value.constructor.name)}]`;
}

function membersJson(value: Record<string, unknown>, inner: Place): JsonObject {
  const members: [string, Json][] = [];
  for (const key of Object.keys(value)) {
    const member = readable(() => jsonOf(value[key], inner) ?? LEFT_OUT);
    if (member === LEFT_OUT) continue;
    members.push([key === '__proto__' ? '[__proto__]' : wellFormed(key), member]);
  }
  return Object.fromEntries(members);
}

/** No tool can return this very array. */
const LEFT_OUT: readonly Json[] = [];
