/** JSON values as this project means them, and total functions that read them from untrusted input. */
import { JSON_DEPTH_MAX } from '../limits.ts';
import { cutText, visibleText } from './visible-text.ts';

const PATH_CHARACTERS_MAX = 120;

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A lone surrogate has no UTF-8 bytes, so it can't be hashed, stored or shown as it is. */
export function isWellFormed(text: string): boolean {
  return !LONE_SURROGATE.test(text);
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects that cross into the workflow sandbox carry another realm's Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * Says where and why `value` is not JSON that can be hashed exactly, or undefined when it is.
 * Refused: lone surrogates, non-finite numbers, `undefined`, functions, class instances, arrays with holes, the key
 * `__proto__`, and nesting deeper than `depthMax`.
 */
export function jsonProblem(value: unknown, depthMax = JSON_DEPTH_MAX): string | undefined {
  return problemAt(value, '', depthMax);
}

function problemAt(value: unknown, path: string, levels: number): string | undefined {
  const at = shown(path);
  if (levels < 0) return `${at}: nested too deep`;
  switch (typeof value) {
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${at}: ${value} is not a JSON number`;
    case 'string':
      return isWellFormed(value) ? undefined : `${at}: contains a lone surrogate`;
    case 'object':
      return value === null ? undefined : memberProblem(value, path, levels);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      return `${at}: ${typeof value} is not JSON`;
  }
}

function memberProblem(value: object, path: string, levels: number): string | undefined {
  const at = shown(path);
  const members = Object.entries(value);
  if (Array.isArray(value)) {
    if (members.length !== value.length) return `${at}: an array with holes is not JSON`;
  } else if (!isPlainObject(value)) {
    return `${at}: is not a plain object`;
  }
  for (const [key, member] of members) {
    const problem = keyProblem(path, key) ?? problemAt(member, `${path}/${key}`, levels - 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function keyProblem(path: string, key: string): string | undefined {
  if (key === '__proto__') return `${shown(`${path}/${key}`)}: this key is refused`;
  return isWellFormed(key) ? undefined : `${shown(path)}: a key contains a lone surrogate`;
}

/** A path is made of keys that came from outside. */
function shown(path: string): string {
  return path === '' ? 'value' : cutText(visibleText(path), PATH_CHARACTERS_MAX);
}

export function isJson(value: unknown, depthMax = JSON_DEPTH_MAX): value is Json {
  return jsonProblem(value, depthMax) === undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return isPlainObject(value) && isJson(value);
}
