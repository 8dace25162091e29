/** What a person says of a gate, on a command line: yes, no, or yes with changes; and why. */
import { type Command, InvalidArgumentError } from 'commander';
import type { DecisionInput } from '../client/decision-input.ts';
import { isJsonObject, type JsonObject } from '../domain/text/json.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './shell.ts';

export interface SaidFlags {
  readonly approve?: true;
  readonly reject?: true;
  readonly modify?: JsonObject;
}

export type Said = Pick<DecisionInput, 'decision' | 'modifications'>;

export function withSaid(command: Command): Command {
  return command
    .option('--approve', 'let it happen as it stands')
    .option('--reject', 'do not let it happen; say why with --reason')
    .option('--modify <json>', 'let it happen with these arguments changed', jsonObject);
}

export function whatWasSaid({ approve, reject, modify }: SaidFlags): Said {
  const said = [
    ...(approve === true ? [{ decision: 'approved' as const }] : []),
    ...(reject === true ? [{ decision: 'rejected' as const }] : []),
    ...(modify === undefined ? [] : [{ decision: 'modified' as const, modifications: modify }]),
  ];
  const [only, ...others] = said;
  if (only !== undefined && others.length === 0) return only;
  throw new CommandFailure('Say one of --approve, --reject and --modify.', EXIT.usage);
}

/** The words that answer a gate: a question is approved with them, everything else changed to them. */
export function answeredWith(kind: string | undefined, answer: string): Said {
  return { decision: kind === 'question' ? 'approved' : 'modified', modifications: { answer } };
}

function jsonObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return value;
  } catch {
    // The message below says what is asked for.
  }
  throw new InvalidArgumentError(`It has to be one JSON object, as in '{"amount": 50}'.`);
}
