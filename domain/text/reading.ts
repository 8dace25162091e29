/**
 * Small total readers for messages from outside: they never throw, whatever arrives. The workflow sandbox reads
 * with these instead of zod, whose load is paid again by every workflow instance (DESIGN §9); a property test shows
 * that they accept and refuse exactly what domain/schema does.
 */
import {
  ID_CHARACTERS_MAX,
  PAYLOAD_BYTES_MAX,
  RATIONALE_CHARACTERS_MAX,
  SESSION_ID_CHARACTERS_MAX,
} from '../limits.ts';
import { isPlainObject, isWellFormed, jsonProblem } from './json.ts';
import { cutText, isVisible, visibleText } from './visible-text.ts';

export type Reading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** A problem of one field, or undefined. */
export type FieldReader = (value: unknown) => string | undefined;

/** An identifier: 1 to 200 visible characters on one line, no blank at either end. */
export const identifier: FieldReader = (value) => {
  if (typeof value !== 'string') return 'must be a string';
  if (value.length === 0 || value.length > ID_CHARACTERS_MAX) {
    return `must have 1 to ${ID_CHARACTERS_MAX} characters`;
  }
  if (value.trim() !== value) return 'must not begin or end with a blank';
  return isVisible(value) ? undefined : 'must not contain control or invisible characters';
};

/** The id of a session, which is a workflow's: longer than other identifiers, and as visible. */
export const sessionIdentifier: FieldReader = (value) =>
  typeof value === 'string' &&
  value.length > 0 &&
  value.length <= SESSION_ID_CHARACTERS_MAX &&
  isVisible(value)
    ? undefined
    : `must be a session id of up to ${SESSION_ID_CHARACTERS_MAX} visible characters`;

/** A person's own words: up to 8,000 characters. */
export const words: FieldReader = (value) => {
  if (typeof value !== 'string') return 'must be a string';
  if (value.length > RATIONALE_CHARACTERS_MAX) {
    return `must have at most ${RATIONALE_CHARACTERS_MAX} characters`;
  }
  return isWellFormed(value) ? undefined : 'contains a lone surrogate';
};

/** As {@link words}, and not empty. */
export const someWords: FieldReader = (value) =>
  words(value) ?? (String(value).trim() === '' ? 'must not be empty' : undefined);

const DIGEST = /^[0-9a-f]{64}$/;
export const digest: FieldReader = (value) =>
  typeof value === 'string' && DIGEST.test(value)
    ? undefined
    : 'must be 64 lowercase hexadecimal digits';

const INSTANT = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;
export const instant: FieldReader = (value) =>
  isInstant(value) ? undefined : 'must be an ISO 8601 instant such as 2026-11-23T09:30:00Z';

/** `Date.parse` takes 30 February for 2 March, so the day is compared. */
export function isInstant(value: unknown): boolean {
  if (typeof value !== 'string' || !INSTANT.test(value) || Number.isNaN(Date.parse(value)))
    return false;
  const day = value.slice(0, 10);
  return new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day;
}

export function oneOf(allowed: readonly string[]): FieldReader {
  return (value) =>
    typeof value === 'string' && allowed.includes(value)
      ? undefined
      : `must be one of ${allowed.join(', ')}`;
}

export const jsonObject: FieldReader = (value) => {
  if (!isPlainObject(value)) return 'must be an object';
  const problem = jsonProblem(value);
  if (problem !== undefined) return problem;
  return JSON.stringify(value).length <= PAYLOAD_BYTES_MAX
    ? undefined
    : `must have at most ${PAYLOAD_BYTES_MAX} characters of JSON`;
};

export const finiteNumber: FieldReader = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? undefined : 'must be a finite number';

/** A name as policies write it: letters, digits and `_ . : / -`, a letter first. No look-alikes of other alphabets. */
export const ACTION_NAME = /^[A-Za-z][A-Za-z0-9_.:/-]{0,99}$/;
export const actionName: FieldReader = (value) =>
  typeof value === 'string' && ACTION_NAME.test(value)
    ? undefined
    : 'must be 1 to 100 letters, digits, _ . : / or -, a letter first';

export interface FieldRule {
  readonly read: FieldReader;
  readonly optional?: true;
}

/**
 * Reads an object of exactly these fields. An unknown field is refused, since a misspelt one would otherwise be
 * ignored in silence. The caller names the type that the fields add up to.
 */
export function readFields<T>(
  raw: unknown,
  fields: Readonly<Record<string, FieldRule>>,
): Reading<T> {
  if (!isPlainObject(raw)) return { ok: false, problem: 'must be one JSON object' };
  for (const key of Object.keys(raw)) {
    if (!Object.hasOwn(fields, key)) {
      return { ok: false, problem: `unknown field ${cutText(visibleText(key), 60)}` };
    }
  }
  for (const [name, rule] of Object.entries(fields)) {
    const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (value === undefined && rule.optional === true) continue;
    const problem = value === undefined ? 'is missing' : rule.read(value);
    if (problem !== undefined) return { ok: false, problem: `${name} ${problem}` };
  }
  return { ok: true, value: raw as T };
}
