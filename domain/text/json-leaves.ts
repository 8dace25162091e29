/** Every leaf of a JSON value, in the order of its canonical form: what a payload is made of, down to the last word. */
import type { Json, JsonObject } from './json.ts';
import { cutText } from './visible-text.ts';

/**
 * Where a leaf stands: a chain, which leaves share. Written out as a pointer only where one is wanted, since thousands of
 * leaves may stand under a name that is as long as a payload may be.
 */
export interface JsonPath<Mark = unknown> {
  readonly outer: JsonPath<Mark> | undefined;
  /** A token of RFC 6901, escaped. */
  readonly token: string;
  /** Characters of the pointer. */
  readonly length: number;
  /** What was found out about its name, or about one that it stands under; and there. */
  readonly marked: { readonly mark: Mark; readonly at: JsonPath<Mark> } | undefined;
}

/** What has no members: a scalar, or an empty list or object. */
export interface JsonLeaf<Mark = unknown> {
  /** Undefined: the whole value is one leaf. */
  readonly path: JsonPath<Mark> | undefined;
  readonly value: Json;
}

interface Open<Mark> {
  readonly path: JsonPath<Mark> | undefined;
  readonly value: readonly Json[] | JsonObject;
  /** Sorted as canonicalJson sorts them. */
  readonly keys: readonly string[];
  next: number;
}

/**
 * Total: without recursion, so that no depth of nesting breaks it off. `markOf` looks at every name once; what it finds
 * counts for all that stands under it.
 */
export function* jsonLeaves<Mark>(
  root: Json,
  markOf: (name: string) => Mark | undefined = () => undefined,
): Generator<JsonLeaf<Mark>> {
  const open: Open<Mark>[] = [];
  let current: JsonLeaf<Mark> | undefined = { path: undefined, value: root };
  for (;;) {
    if (current !== undefined) {
      const { path, value } = current;
      const keys = keysOf(value);
      if (keys.length === 0 || value === null || typeof value !== 'object') yield current;
      else open.push({ path, value, keys, next: 0 });
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
      current = { path: inner(parent.path, key, markOf), value };
    }
  }
}

function keysOf(value: Json): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  return Array.isArray(value) ? Object.keys(value) : Object.keys(value).toSorted();
}

function inner<Mark>(
  outer: JsonPath<Mark> | undefined,
  name: string,
  markOf: (name: string) => Mark | undefined,
): JsonPath<Mark> {
  const token = name.replaceAll('~', '~0').replaceAll('/', '~1');
  const length = (outer?.length ?? 0) + 1 + token.length;
  if (outer?.marked !== undefined) return { outer, token, length, marked: outer.marked };
  const mark = markOf(name);
  if (mark === undefined) return { outer, token, length, marked: undefined };
  const at: JsonPath<Mark> = { outer, token, length, marked: undefined };
  return { ...at, marked: { mark, at } };
}

/** RFC 6901; of one that is longer than `charactersMax` the beginning, and how much is missing. */
export function pointerOf(path: JsonPath | undefined, charactersMax = Infinity): string {
  const tokens: string[] = [];
  for (let at = path; at !== undefined; at = at.outer) {
    const isWithin = at.length - at.token.length <= charactersMax;
    if (isWithin) tokens.push(`/${at.token.slice(0, charactersMax)}`);
  }
  const pointer = tokens.toReversed().join('');
  return cutText(pointer, charactersMax, path?.length);
}

/** Whether one of `prefixes` names `pointer`, or something that it is within: by whole tokens, `/a` does not cover `/ab`. */
export function isCovered(pointer: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => pointer === prefix || pointer.startsWith(`${prefix}/`));
}
