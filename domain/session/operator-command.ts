/** What an operator says to a session: pause, resume, cancel, instruct. Each says who and why. */
import { identifier, readFields, someWords, type Reading } from '../text/reading.ts';

export const OPERATOR_VERBS = ['pause', 'resume', 'cancel', 'instruct'] as const;
export type OperatorVerb = (typeof OPERATOR_VERBS)[number];

export interface OperatorCommand {
  readonly operatorId: string;
  readonly reason: string;
}

export interface Instruction extends OperatorCommand {
  /** Given to the agent at its next turn, as a person's words. */
  readonly message: string;
}

const COMMAND_FIELDS = {
  operatorId: { read: identifier },
  reason: { read: someWords },
} as const;

const INSTRUCTION_FIELDS = { ...COMMAND_FIELDS, message: { read: someWords } } as const;

export function readOperatorCommand(raw: unknown): Reading<OperatorCommand> {
  return readFields(raw, COMMAND_FIELDS);
}

export function readInstruction(raw: unknown): Reading<Instruction> {
  return readFields(raw, INSTRUCTION_FIELDS);
}
