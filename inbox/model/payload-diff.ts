/** What differs between two payloads, leaf by leaf, in canonical order. */
import { sameJson } from '../../domain/policy/condition.ts';
import { jsonLeaves, pointerOf } from '../../domain/text/json-leaves.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';

export interface LeafChange {
  /** RFC 6901. */
  readonly pointer: string;
  /** Left out: it is new. */
  readonly before?: Json;
  /** Left out: it is gone. */
  readonly after?: Json;
}

export function payloadChanges(before: Json, after: Json): readonly LeafChange[] {
  const [old, fresh] = [leavesOf(before), leavesOf(after)];
  const pointers = [...new Set([...old.keys(), ...fresh.keys()])].toSorted();
  return pointers.flatMap((pointer) => {
    const [was, is] = [old.get(pointer), fresh.get(pointer)];
    if (was !== undefined && is !== undefined && sameJson(was, is)) return [];
    return [
      {
        pointer,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      },
    ];
  });
}

function leavesOf(value: Json): ReadonlyMap<string, Json> {
  return new Map([...jsonLeaves(value)].map(({ path, value: leaf }) => [pointerOf(path), leaf]));
}

/** A modification is merged per top-level name: those whose value is another one. */
export function modificationsOf(before: JsonObject, after: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => {
      const old = Object.hasOwn(before, name) ? before[name] : undefined;
      return old === undefined || !sameJson(old, value);
    }),
  );
}

/** Names that a merge can't take away. */
export function lostNames(before: JsonObject, after: JsonObject): readonly string[] {
  return Object.keys(before).filter((name) => !Object.hasOwn(after, name));
}
