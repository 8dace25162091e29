/** Conditions of policy rules: all that are named must hold. Total, linear in the size of the arguments. */
import { type Band, BANDS, type Stakes } from './confidence.ts';
import type { Json, JsonObject } from '../text/json.ts';
import { isAbove, REVERSIBILITIES, type Reversibility } from './reversibility.ts';

export const GATE_KINDS = ['action', 'answer', 'question', 'effect'] as const;
/** What a gate holds: a tool call, a final answer, a question of the agent, or whether an effect happened. */
export type GateKind = (typeof GATE_KINDS)[number];

/** A limit by name, so that a rule follows the tool's own and the policy's numbers. */
export type ValueLimit = number | 'highValueLimit' | 'escalationLimit';

export interface ArgumentCondition {
  /** RFC 6901 JSON Pointer into the arguments, such as `/customer/email`. */
  readonly pointer: string;
  readonly equals?: Json;
  readonly oneOf?: readonly Json[];
  /** A pattern with `*` (any run of characters) and `?` (one); case and Unicode compatibility forms are ignored. */
  readonly matches?: string;
}

export interface Condition {
  /** Left out: actions only. */
  readonly kinds?: readonly GateKind[];
  readonly tools?: readonly string[];
  readonly categories?: readonly string[];
  readonly reversibility?: readonly Reversibility[];
  readonly valueAbove?: ValueLimit;
  readonly argument?: ArgumentCondition;
  readonly entityTypes?: readonly string[];
  readonly confidence?: readonly Band[];
  readonly stakes?: readonly Stakes[];
  readonly ambiguous?: true;
  readonly novel?: true;
}

/** Everything that a rule can look at. */
export interface Facts {
  readonly kind: GateKind;
  readonly actionType: string;
  readonly arguments: JsonObject;
  readonly reversibility: Reversibility;
  readonly stakes: Stakes;
  readonly category?: string;
  readonly entityTypes?: readonly string[];
  /** `null`: there is a value, but it can't be read as a number. */
  readonly value?: number | null;
  readonly highValueLimit: number;
  readonly escalationLimit: number;
  /** Not scored: no band, and no rule about confidence applies. */
  readonly band?: Band;
  readonly ambiguous?: boolean;
  readonly novel?: boolean;
}

export function holds(when: Condition, facts: Facts): boolean {
  return (
    (when.kinds ?? ['action']).includes(facts.kind) &&
    includesOrUnset(when.tools, facts.actionType) &&
    includesOrUnset(when.categories, facts.category) &&
    // A row about something holds for what is riskier as well, so that risk never loosens.
    (when.reversibility === undefined ||
      when.reversibility.some(
        (one) => rankIn(REVERSIBILITIES, facts.reversibility) >= rankIn(REVERSIBILITIES, one),
      )) &&
    (when.confidence === undefined || isAtMost(facts.band, when.confidence)) &&
    includesOrUnset(when.stakes, facts.stakes) &&
    (when.valueAbove === undefined || isAbove(facts.value, limitOf(when.valueAbove, facts))) &&
    (when.entityTypes === undefined ||
      when.entityTypes.some((type) => facts.entityTypes?.includes(type) === true)) &&
    (when.ambiguous === undefined || facts.ambiguous === true) &&
    (when.novel === undefined || facts.novel === true) &&
    (when.argument === undefined || argumentHolds(when.argument, facts.arguments))
  );
}

function rankIn<T>(order: readonly T[], one: T): number {
  return order.indexOf(one);
}

function isAtMost(band: Band | undefined, listed: readonly Band[]): boolean {
  return band !== undefined && listed.some((one) => rankIn(BANDS, band) <= rankIn(BANDS, one));
}

function includesOrUnset<T>(list: readonly T[] | undefined, value: T | undefined): boolean {
  return list === undefined || (value !== undefined && list.includes(value));
}

function limitOf(limit: ValueLimit, facts: Facts): number {
  if (limit === 'highValueLimit') return facts.highValueLimit;
  if (limit === 'escalationLimit') return facts.escalationLimit;
  return limit;
}

function argumentHolds(condition: ArgumentCondition, args: JsonObject): boolean {
  const value = valueAt(args, condition.pointer);
  if (value === undefined) return false;
  if (condition.equals !== undefined && !sameJson(value, condition.equals)) return false;
  if (condition.oneOf !== undefined && !condition.oneOf.some((one) => sameJson(value, one))) {
    return false;
  }
  return condition.matches === undefined || textsOf(value).some(globOf(condition.matches));
}

/** The value at an RFC 6901 pointer, own members only; undefined where there is none. */
export function valueAt(root: Json, pointer: string): Json | undefined {
  if (pointer === '') return root;
  let current: Json | undefined = root;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, key)) {
      return undefined;
    }
    if (Array.isArray(current) && !ARRAY_INDEX.test(key)) {
      return undefined;
    }
    current = (current as JsonObject)[key];
  }
  return current;
}

const ARRAY_INDEX = /^(?:0|[1-9]\d*)$/;
export const JSON_POINTER = /^(?:\/(?:[^~/]|~[01])*)*$/;

export function sameJson(a: Json, b: Json): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  const keysA = Object.keys(a);
  if (Array.isArray(a) !== Array.isArray(b) || keysA.length !== Object.keys(b).length) return false;
  return keysA.every(
    (key) =>
      Object.hasOwn(b, key) &&
      sameJson((a as JsonObject)[key] as Json, (b as JsonObject)[key] as Json),
  );
}

/** A pattern is tried on a string, and on each string of a list: one recipient of five is enough. */
function textsOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(scalarText);
  return scalarText(value);
}

function scalarText(value: Json): readonly string[] {
  return typeof value === 'object' ? [] : [String(value)];
}

function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

/**
 * A pattern with `*` and `?` instead of a regular expression: the text comes from the agent, and no text may make
 * the match slow. Worst case is pattern × text.
 */
function globOf(pattern: string): (text: string) => boolean {
  const wanted = Array.from(folded(pattern));
  return (text) => {
    const given = Array.from(folded(text));
    let [at, next, star, resume] = [0, 0, -1, 0];
    while (at < given.length) {
      if (wanted[next] === '*') {
        star = next;
        resume = at;
        next += 1;
      } else if (wanted[next] === '?' || wanted[next] === given[at]) {
        next += 1;
        at += 1;
      } else if (star !== -1) {
        resume += 1;
        at = resume;
        next = star + 1;
      } else {
        return false;
      }
    }
    return wanted.slice(next).every((character) => character === '*');
  };
}
