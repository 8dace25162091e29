/** Who decides in a rehearsal: always yes, always no, nobody, or a third each by a hash, the same in every run. */
import { digestOfText } from '../../domain/text/digest.ts';
import type { Json, JsonObject } from '../../domain/text/json.ts';

export type DecisionMode =
  | { readonly kind: 'approve' | 'reject' | 'none' }
  | { readonly kind: 'random'; readonly seed: string };

export const DECISION_MODES = ['approve', 'reject', 'none', 'random:SEED'] as const;

/** Undefined where it is none of {@link DECISION_MODES}. */
export function readDecisionMode(text: string): DecisionMode | undefined {
  if (text === 'approve' || text === 'reject' || text === 'none') return { kind: text };
  const [kind, seed] = [text.slice(0, 'random:'.length), text.slice('random:'.length)];
  return kind === 'random:' && seed !== '' ? { kind: 'random', seed } : undefined;
}

export interface Choice {
  readonly decision: 'approved' | 'rejected' | 'modified';
  readonly modifications?: JsonObject;
  readonly rationale: string;
}

/** What is decided about a call; undefined: nobody answers. A call without anything to change is approved instead. */
export function choose(
  mode: DecisionMode,
  call: { readonly task: string; readonly call: number; readonly payload: JsonObject },
): Choice | undefined {
  switch (mode.kind) {
    case 'none':
      return undefined;
    case 'approve':
      return { decision: 'approved', rationale: 'rehearsal: all approved' };
    case 'reject':
      return { decision: 'rejected', rationale: 'rehearsal: all rejected' };
    case 'random':
      return byLot(mode.seed, call);
  }
}

function byLot(seed: string, { task, call, payload }: Parameters<typeof choose>[1]): Choice {
  const lot = numberOf(`${seed}\n${task}\n${call}`);
  const rationale = `rehearsal: by lot, seed ${seed}`;
  if (lot % 3 === 0) return { decision: 'approved', rationale };
  if (lot % 3 === 1) return { decision: 'rejected', rationale };
  const modifications = oneChanged(payload, lot);
  return modifications === undefined
    ? { decision: 'approved', rationale: `${rationale}; nothing to change` }
    : { decision: 'modified', modifications, rationale };
}

const HASH_DIGITS = 12;

function numberOf(text: string): number {
  return Number.parseInt(digestOfText(text).slice(0, HASH_DIGITS), 16);
}

/** One argument with another value of its type; in whichever order they come, the same. */
function oneChanged(payload: JsonObject, lot: number): JsonObject | undefined {
  const named = Object.entries(payload).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const changed = named.flatMap(([name, value]) => {
    const other = otherThan(value);
    return other === undefined ? [] : [{ [name]: other }];
  });
  return changed[Math.floor(lot / 3) % Math.max(1, changed.length)];
}

function otherThan(value: Json): Json | undefined {
  switch (typeof value) {
    case 'string':
      return `${value} (changed)`;
    case 'number':
      return value + 1;
    case 'boolean':
      return !value;
    default: {
      const [first, ...others] = Array.isArray(value) ? (value as readonly Json[]) : [];
      const other = first === undefined ? undefined : otherThan(first);
      return other === undefined ? undefined : [other, ...others];
    }
  }
}
