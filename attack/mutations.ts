/** One field of a payload changed, in every way that one field can be: what a mutation is. */
import { isPlainObject, type Json, type JsonObject } from '../domain/text/json.ts';

export interface Mutation {
  readonly name: string;
  readonly args: JsonObject;
}

/** All of them, each of another payload than `args` and than each other. */
export function mutationsOf(args: JsonObject): readonly Mutation[] {
  const known = new Set([JSON.stringify(args)]);
  return placesOf(args).flatMap(({ path, value }) =>
    changesOf(value).flatMap((other): readonly Mutation[] => {
      const mutated = withValue(args, path, other);
      const text = JSON.stringify(mutated);
      if (!isPlainObject(mutated) || known.has(text)) return [];
      known.add(text);
      return [{ name: `${path.join('/')}: ${text.slice(0, 60)}`, args: mutated }];
    }),
  );
}

const REMOVED: unique symbol = Symbol('removed');
type Other = Json | typeof REMOVED;
type Path = readonly string[];

interface Place {
  readonly path: Path;
  readonly value: Json;
}

/** Every member at any depth, and a place at which there is none yet. */
function placesOf(value: JsonObject, path: Path = []): readonly Place[] {
  const members = Object.entries(value).flatMap(([name, member]) => {
    const place = { path: [...path, name], value: member };
    return isPlainObject(member) ? [place, ...placesOf(member, place.path)] : [place];
  });
  return [...members, { path: [...path, 'added'], value: null }];
}

function withValue(whole: JsonObject, [name = '', ...rest]: Path, value: Other): Json {
  if (rest.length > 0) {
    const inner = whole[name];
    return isPlainObject(inner) ? { ...whole, [name]: withValue(inner, rest, value) } : whole;
  }
  if (value !== REMOVED) return { ...whole, [name]: value };
  const { [name]: _removed, ...others } = whole;
  return others;
}

function changesOf(value: Json): readonly Other[] {
  return [...othersOf(value), REMOVED];
}

function othersOf(value: Json): readonly Json[] {
  const anyway: readonly Json[] = [null, true, 0, -1, '', 'x', [value], { value }, []];
  if (typeof value === 'number') return [...anyway, ...numbersBeside(value)];
  if (typeof value === 'string') return [...anyway, ...textsBeside(value)];
  if (typeof value === 'boolean') return [...anyway, !value];
  return anyway;
}

function numbersBeside(value: number): readonly Json[] {
  return [value + 1, value - 1, value * 10, value / 10, -value, value + 1e-9, String(value), 1e308];
}

/** Among them some that look the same. */
function textsBeside(value: string): readonly Json[] {
  const last = value.at(-1) ?? '';
  return [
    `${value} `,
    ` ${value}`,
    `${value}\u200b`,
    `\u202e${value}`,
    `${value}\0`,
    `${value}\n`,
    value.replace('a', '\u0430'),
    value.replace('o', '\u043e'),
    value.toUpperCase(),
    value.normalize('NFD').replace('-', '\u2010'),
    value.slice(0, -1),
    value.slice(1),
    `${value}${last}`,
    `${value}9`,
    value.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)),
    `${value}@evil.example`,
    encodeURIComponent(`${value}/`),
  ];
}
