/**
 * Whether a value keeps to a tool's schema, while it is typed. @cfworker/json-schema walks the schema; ajv would compile
 * it into a function, which the page's Content-Security-Policy forbids. The worker validates again before anything runs.
 */
import { type OutputUnit, Validator } from '@cfworker/json-schema';
import type { Json } from '../../domain/text/json.ts';
import type { Schema } from './schema-form.ts';

export interface FieldProblem {
  /** RFC 6901. */
  readonly pointer: string;
  readonly message: string;
}

export interface Checked {
  readonly problems: readonly FieldProblem[];
  /** The schema itself can't be used, and nothing was checked. */
  readonly isUnchecked?: true;
}

/** Words about a part are said at the part: these only repeat that one below is wrong. */
const ABOUT_PARTS = new Set([
  'properties',
  'items',
  'prefixItems',
  'additionalItems',
  '$ref',
  'allOf',
  'anyOf',
  'oneOf',
]);

export function checked(schema: Schema, value: Json): Checked {
  try {
    const validator = new Validator(schema, '2020-12', false);
    const { errors } = validator.validate(value);
    const own = errors.filter(({ keyword }) => !ABOUT_PARTS.has(keyword));
    return { problems: distinct((own.length === 0 ? errors : own).map(problemOf)) };
  } catch {
    return { problems: [], isUnchecked: true };
  }
}

function problemOf({ keyword, instanceLocation, error }: OutputUnit): FieldProblem {
  const pointer = decodeURIComponent(instanceLocation.slice(1));
  return { pointer, message: WORDS[keyword]?.(error) ?? error };
}

const quoted = (error: string): string => /"([^"]*)"/.exec(error)?.[1] ?? '';
const numbered = (error: string): string => /(-?\d+(?:\.\d+)?)\.$/.exec(error)?.[1] ?? '';

const WORDS: Readonly<Record<string, (error: string) => string>> = {
  type: (error) => `Must be ${/Expected "([^"]*)"/.exec(error)?.[1] ?? 'of another type'}.`,
  required: (error) => `${quoted(error)} is missing.`,
  false: () => 'The tool does not know this argument.',
  enum: () => 'Must be one of those that are offered.',
  format: (error) => `Must be a valid ${/format "([^"]*)"/.exec(error)?.[1] ?? 'text'}.`,
  minLength: () => 'Is too short.',
  maxLength: () => 'Is too long.',
  exclusiveMinimum: (error) => `Must be more than ${numbered(error)}.`,
  exclusiveMaximum: (error) => `Must be less than ${numbered(error)}.`,
  minimum: (error) => `Must be at least ${numbered(error)}.`,
  maximum: (error) => `Must be at most ${numbered(error)}.`,
};

function distinct(problems: readonly FieldProblem[]): readonly FieldProblem[] {
  return [...new Map(problems.map((one) => [`${one.pointer} ${one.message}`, one])).values()];
}
