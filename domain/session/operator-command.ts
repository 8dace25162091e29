/** What an operator says to a session: pause, resume, cancel, instruct. Each says who and why. */
import {
  identifier,
  readFields,
  type Reading,
  sessionIdentifier,
  someWords,
} from '../text/reading.ts';

export const OPERATOR_VERBS = ['pause', 'resume', 'cancel', 'instruct'] as const;
export type OperatorVerb = (typeof OPERATOR_VERBS)[number];

export interface OperatorCommand {
  readonly operatorId: string;
  readonly reason: string;
  /** The session above that the order was given to. Left out: it was given to this session itself. */
  readonly relayedBy?: string;
}

export interface Instruction extends OperatorCommand {
  /** Given to the agent at its next turn, as a person's words. */
  readonly message: string;
}

/** The same order, as a session passes it on. However deep it goes, it names the session that it was given to. */
export function relayed<Command extends OperatorCommand>(
  sessionId: string,
  order: Command,
): Command {
  return { relayedBy: sessionId, ...order };
}

const COMMAND_FIELDS = {
  operatorId: { read: identifier },
  reason: { read: someWords },
  relayedBy: { read: sessionIdentifier, optional: true },
} as const;

const INSTRUCTION_FIELDS = { ...COMMAND_FIELDS, message: { read: someWords } } as const;

export function readOperatorCommand(raw: unknown): Reading<OperatorCommand> {
  return readFields(raw, COMMAND_FIELDS);
}

export function readInstruction(raw: unknown): Reading<Instruction> {
  return readFields(raw, INSTRUCTION_FIELDS);
}
