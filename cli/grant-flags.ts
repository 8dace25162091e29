/** A standing grant on a command line: `--grant tool --times 5 --until 2h --bound '/amount<=50'`. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type GrantBound, grantTerms, type GrantTerms } from '../domain/gate/grant.ts';
import type { Json } from '../domain/text/json.ts';
import { EXIT } from './exit-codes.ts';
import { moment } from './moments.ts';
import { CommandFailure } from './shell.ts';

export interface GrantFlags {
  readonly grant?: GrantTerms['scope'];
  readonly times?: number;
  readonly until?: string;
  readonly bound?: readonly GrantBound[];
}

const GRANT_SCOPES = ['exact', 'tool'] as const satisfies readonly GrantTerms['scope'][];

export function withGrantFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--grant <scope>',
        'with --approve: let similar calls pass as well, this very call or its tool',
      ).choices(GRANT_SCOPES),
    )
    .option('--times <count>', 'how many such calls', Number)
    .option('--until <moment>', 'until when: ISO 8601, or from now on as in 2h', moment)
    .option(
      '--bound <bound>',
      "of a tool's calls those with, again for each: '/amount<=50', '/order=o-1', '/shop in [\"a\",\"b\"]'",
      grantBound,
    );
}

/** Undefined: none is given. `tool`: whose calls the gate holds. */
export function grantOf(
  { grant: scope, times, until, bound }: GrantFlags,
  tool: string | undefined,
): GrantTerms | undefined {
  if (scope === undefined) {
    if (times === undefined && until === undefined && bound === undefined) return undefined;
    throw wrong('--times, --until and --bound belong to --grant exact, or --grant tool.');
  }
  if (times === undefined || until === undefined) {
    throw wrong('A grant says how often (--times) and until when (--until).');
  }
  if (scope === 'tool' && tool === undefined) {
    throw wrong(
      'No gate of this id is open, or the session does not answer: its tool is not known.',
    );
  }
  const terms: GrantTerms = {
    scope,
    times,
    until,
    ...(scope === 'tool' && tool !== undefined ? { tool } : {}),
    ...(bound === undefined ? {} : { bounds: bound }),
  };
  const problem = grantTerms(terms);
  if (problem !== undefined) throw wrong(`The grant: ${problem}.`);
  return terms;
}

function wrong(message: string): CommandFailure {
  return new CommandFailure(message, EXIT.usage);
}

const BOUND = /^(\/[^<=\s]*)(<=|=|\s+in\s+)(.*)$/s;

/** One argument of the calls that may pass; as often as it is said. */
export function grantBound(
  text: string,
  before: readonly GrantBound[] = [],
): readonly GrantBound[] {
  const [, pointer = '', sign = '', value = ''] = BOUND.exec(text) ?? [];
  switch (sign.trim()) {
    case '<=':
      return [...before, { pointer, atMost: value.trim() === '' ? Number.NaN : Number(value) }];
    case '=':
      return [...before, { pointer, equals: jsonOrText(value) }];
    case 'in': {
      const list = jsonOrText(value);
      if (Array.isArray(list)) return [...before, { pointer, oneOf: list }];
      break;
    }
    default:
  }
  throw new InvalidArgumentError(
    `It has to be '/amount<=50', '/order=o-1', or '/shop in ["a","b"]'.`,
  );
}

/** `50` is a number and `"50"` a text; what is no JSON stands for itself. */
function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
