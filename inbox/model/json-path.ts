/** A JSON value as a form edits it: one member replaced, everything else shared with what was before. */
import type { Json, JsonObject } from '../../domain/text/json.ts';

export type Path = readonly (string | number)[];

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function memberOf(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** `value` undefined: without that member. A path that leads nowhere changes nothing. */
export function withValue(root: Json, path: Path, value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  if (isList(root)) return listWith(root, Number(step), rest, value);
  if (!isObject(root)) return root;
  const name = String(step);
  const next = rest.length === 0 ? value : withValue(memberOf(root, name) ?? null, rest, value);
  const others = Object.entries(root).filter(([key]) => key !== name);
  if (next === undefined) return Object.fromEntries(others);
  // In its place, so that fields do not jump.
  return Object.hasOwn(root, name)
    ? Object.fromEntries(Object.entries(root).map(([key, old]) => [key, key === name ? next : old]))
    : Object.fromEntries([...others, [name, next]]);
}

function listWith(
  list: readonly Json[],
  index: number,
  rest: Path,
  value: Json | undefined,
): readonly Json[] {
  if (rest.length === 0 && value === undefined) return list.filter((_, at) => at !== index);
  const next = rest.length === 0 ? value : withValue(list[index] ?? null, rest, value);
  return next === undefined ? list : list.toSpliced(index, 1, next);
}

/** RFC 6901. */
export function pointerOf(path: Path): string {
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}
