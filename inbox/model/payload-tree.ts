/**
 * A payload as a tree that a person reads from top to bottom: branches in canonical order, each leaf as the domain shows
 * it (domain/text/payload-leaves.ts), so that every surface shows the same leaves.
 */
import type { Json } from '../../domain/text/json.ts';
import { type PayloadLeaf, payloadLeaves } from '../../domain/text/payload-leaves.ts';
import { shownText } from '../../domain/text/shown-text.ts';
import { isList, isObject, type Path, pointerOf } from './json-path.ts';

export interface TreeBranch {
  readonly kind: 'branch';
  readonly pointer: string;
  /** Shown safely. */
  readonly name: string;
  readonly isList: boolean;
  readonly children: readonly TreeNode[];
}

export interface TreeLeaf {
  readonly kind: 'leaf';
  readonly pointer: string;
  readonly name: string;
  readonly value: Json;
  readonly leaf: PayloadLeaf;
}

export type TreeNode = TreeBranch | TreeLeaf;

/** Deeper levels are shown as leaves of their pointer: no depth of nesting breaks the page. */
const DEPTH_MAX = 40;

export function payloadTree(payload: Json): TreeNode {
  const leaves = new Map(payloadLeaves(payload).map((leaf) => [leaf.pointer, leaf]));
  return nodeAt(payload, [], leaves);
}

function nodeAt(value: Json, path: Path, leaves: ReadonlyMap<string, PayloadLeaf>): TreeNode {
  const pointer = pointerOf(path);
  const last = path.at(-1);
  const name = last === undefined ? '' : typeof last === 'number' ? `${last + 1}` : nameText(last);
  const leaf = leaves.get(pointer);
  if (leaf !== undefined) return { kind: 'leaf', pointer, name, value, leaf };
  return {
    kind: 'branch',
    pointer,
    name,
    isList: isList(value),
    children: children(value, path, leaves),
  };
}

function children(
  value: Json,
  path: Path,
  leaves: ReadonlyMap<string, PayloadLeaf>,
): readonly TreeNode[] {
  if (path.length >= DEPTH_MAX) return deepLeaves(pointerOf(path), leaves);
  if (isList(value)) return value.map((item, index) => nodeAt(item, [...path, index], leaves));
  if (!isObject(value)) return [];
  return Object.keys(value)
    .toSorted()
    .map((key) => nodeAt(value[key] ?? null, [...path, key], leaves));
}

function deepLeaves(above: string, leaves: ReadonlyMap<string, PayloadLeaf>): readonly TreeNode[] {
  return [...leaves.values()]
    .filter(({ pointer }) => pointer.startsWith(`${above}/`))
    .map((leaf) => ({
      kind: 'leaf',
      pointer: leaf.pointer,
      name: shownText(leaf.pointer.slice(above.length)),
      value: null,
      leaf,
    }));
}

const PLAIN_NAME = /^[\w.@-]+$/;

/** A name that could be mistaken stands in quotes, as JSON writes it. */
function nameText(name: string): string {
  return PLAIN_NAME.test(name) ? name : shownText(JSON.stringify(name));
}
