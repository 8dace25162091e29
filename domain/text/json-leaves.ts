/** Every leaf of a JSON value, in the order of its canonical form: what a payload is made of, down to the last word. */
import type { Json, JsonObject } from './json.ts';

/** What has no members: a scalar, or an empty list or object. */
export interface JsonLeaf {
  /** RFC 6901; `''` where the whole value is one leaf. */
  readonly pointer: string;
  readonly value: Json;
}

interface Open {
  readonly pointer: string;
  readonly value: readonly Json[] | JsonObject;
  /** Sorted as canonicalJson sorts them. */
  readonly keys: readonly string[];
  next: number;
}

/** Total: without recursion, so that no depth of nesting breaks it off. */
export function* jsonLeaves(root: Json): Generator<JsonLeaf> {
  const open: Open[] = [];
  let current: JsonLeaf | undefined = { pointer: '', value: root };
  for (;;) {
    if (current !== undefined) {
      const { pointer, value } = current;
      const keys = keysOf(value);
      if (keys.length === 0 || value === null || typeof value !== 'object') yield current;
      else open.push({ pointer, value, keys, next: 0 });
    }
    const parent = open.at(-1);
    if (parent === undefined) return;
    const key = parent.keys[parent.next];
    parent.next += 1;
    if (key === undefined) {
      open.pop();
      current = undefined;
    } else {
      // The key is its own, so the value is there.
      const value = (parent.value as JsonObject)[key] as Json;
      current = { pointer: `${parent.pointer}/${tokenOf(key)}`, value };
    }
  }
}

function keysOf(value: Json): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  return Array.isArray(value) ? Object.keys(value) : Object.keys(value).toSorted();
}

function tokenOf(key: string): string {
  return key.includes('~') || key.includes('/')
    ? key.replaceAll('~', '~0').replaceAll('/', '~1')
    : key;
}

/** Whether one of `prefixes` names `pointer`, or something that it is within: by whole tokens, `/a` does not cover `/ab`. */
export function isCovered(pointer: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => pointer === prefix || pointer.startsWith(`${prefix}/`));
}
