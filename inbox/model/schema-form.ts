/**
 * A tool's JSON Schema as fields of a form, one level at a time. What a form can't say (alternatives, patterns of names,
 * tuples) is edited as JSON in its place: nothing of a payload is left out.
 *
 * A schema comes from a tool, or from an MCP server: it decides what is offered here, never what may run.
 */
import type { Json, JsonObject } from '../../domain/text/json.ts';
import { isList, isObject, memberOf } from './json-path.ts';

export type Schema = JsonObject;

interface About {
  readonly title?: string;
  readonly description?: string;
}

export interface NamedField {
  readonly name: string;
  readonly schema: Schema;
  readonly isRequired: boolean;
}

export type Field = About &
  (
    | { readonly kind: 'object'; readonly fields: readonly NamedField[] }
    | { readonly kind: 'list'; readonly item: Schema }
    | { readonly kind: 'text'; readonly format?: string; readonly isLong: boolean }
    | { readonly kind: 'number'; readonly isInteger: boolean }
    | { readonly kind: 'boolean' }
    | { readonly kind: 'choice'; readonly options: readonly Json[] }
    | { readonly kind: 'json' }
  );

const REFERENCES_MAX = 16;
const LONG_CHARACTERS = 60;

/** What edits `value`, where `schema` stands within `root`. */
export function fieldOf(schema: Schema, root: Schema, value: Json | undefined): Field {
  const resolved = resolve(schema, root);
  const about = aboutOf(schema, resolved);
  const options = optionsOf(resolved);
  if (options !== undefined) return { ...about, kind: 'choice', options };
  switch (typeOf(resolved, value)) {
    case 'object':
      return objectField(resolved, value, about);
    case 'array': {
      const item = memberOf(resolved, 'items');
      const isTuple = isList(memberOf(resolved, 'prefixItems')) || isList(item);
      if (isTuple) return { ...about, kind: 'json' };
      return { ...about, kind: 'list', item: isObject(item) ? item : {} };
    }
    case 'string': {
      const format = memberOf(resolved, 'format');
      const isLong =
        typeof value === 'string' && (value.length > LONG_CHARACTERS || value.includes('\n'));
      return { ...about, kind: 'text', isLong, ...(typeof format === 'string' ? { format } : {}) };
    }
    case 'integer':
      return { ...about, kind: 'number', isInteger: true };
    case 'number':
      return { ...about, kind: 'number', isInteger: false };
    case 'boolean':
      return { ...about, kind: 'boolean' };
    default:
      return { ...about, kind: 'json' };
  }
}

function objectField(schema: Schema, value: Json | undefined, about: About): Field {
  const properties = memberOf(schema, 'properties');
  const known = isObject(properties) ? properties : {};
  const required = memberOf(schema, 'required');
  const isRequired = (name: string): boolean => isList(required) && required.includes(name);
  const named = Object.entries(known).map(([name, one]) => ({
    name,
    schema: isObject(one) ? one : {},
    isRequired: isRequired(name),
  }));
  // What the payload has beyond the schema is shown as well: it would run.
  const extra = isObject(value)
    ? Object.keys(value)
        .filter((name) => !Object.hasOwn(known, name))
        .map((name) => ({ name, schema: {}, isRequired: false }))
    : [];
  return { ...about, kind: 'object', fields: [...named, ...extra] };
}

function aboutOf(schema: Schema, resolved: Schema): About {
  const title = memberOf(schema, 'title') ?? memberOf(resolved, 'title');
  const description = memberOf(schema, 'description') ?? memberOf(resolved, 'description');
  return {
    ...(typeof title === 'string' ? { title } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  };
}

function resolve(schema: Schema, root: Schema): Schema {
  let current = schema;
  for (let followed = 0; followed < REFERENCES_MAX; followed += 1) {
    const reference = memberOf(current, '$ref');
    if (typeof reference !== 'string') return current;
    const target = targetOf(reference, root);
    if (target === undefined) return {};
    current = target;
  }
  return {};
}

/** Within the schema alone: nothing is fetched. */
function targetOf(reference: string, root: Schema): Schema | undefined {
  if (!reference.startsWith('#')) return undefined;
  let current: Json | undefined = root;
  for (const token of reference.slice(1).split('/').slice(1)) {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    current = isObject(current) ? memberOf(current, name) : undefined;
  }
  return isObject(current) ? current : undefined;
}

function optionsOf(schema: Schema): readonly Json[] | undefined {
  const constant = memberOf(schema, 'const');
  if (constant !== undefined) return [constant];
  const options = memberOf(schema, 'enum');
  return isList(options) && options.length > 0 ? options : undefined;
}

/** By the schema where it names one; else by the value, so that a form can be made of a payload alone. */
function typeOf(schema: Schema, value: Json | undefined): string | undefined {
  const said = memberOf(schema, 'type');
  if (typeof said === 'string') return fits(said, value) ? said : undefined;
  const isOpen = ['anyOf', 'oneOf', 'allOf', 'not', 'if'].some((word) =>
    Object.hasOwn(schema, word),
  );
  if (isList(said) || isOpen) return undefined;
  if (Object.hasOwn(schema, 'properties')) return 'object';
  return value === undefined ? undefined : jsonTypeOf(value);
}

/** A value of another type than the schema says is edited as what it is. */
function fits(type: string, value: Json | undefined): boolean {
  if (value === undefined) return true;
  const is = jsonTypeOf(value);
  const isNumber = type === 'integer' || type === 'number';
  // What somebody is about to type may be no number yet.
  return is === type || (isNumber && (is === 'number' || is === 'string'));
}

function jsonTypeOf(value: Json): string | undefined {
  if (value === null) return undefined;
  if (isList(value)) return 'array';
  return typeof value;
}

/** What a new item, or an argument that was left out, begins as. */
export function emptyValue(schema: Schema, root: Schema): Json {
  const resolved = resolve(schema, root);
  const byDefault = memberOf(resolved, 'default');
  if (byDefault !== undefined) return byDefault;
  const field = fieldOf(schema, root, undefined);
  switch (field.kind) {
    case 'object':
      return Object.fromEntries(
        field.fields
          .filter(({ isRequired }) => isRequired)
          .map(({ name, schema: one }) => [name, emptyValue(one, root)]),
      );
    case 'list':
      return [];
    case 'text':
      return '';
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case 'choice':
      return field.options[0] ?? null;
    case 'json':
      return null;
  }
}

/** What a person typed for a number: the number, or the text as it stands, which validation then names. */
export function typedNumber(text: string): Json {
  const trimmed = text.trim();
  const value = Number(trimmed);
  return trimmed === '' || !Number.isFinite(value) ? text : value;
}
