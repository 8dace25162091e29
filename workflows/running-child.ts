/** A sub-agent that runs, as the session that started it knows it. */
import type {
  Instruction,
  OperatorCommand,
  OperatorVerb,
} from '../domain/session/operator-command.ts';

/** An operator's word, as it is passed on. */
export interface Order {
  readonly verb: OperatorVerb;
  readonly command: OperatorCommand | Instruction;
}

export interface RunningChild {
  readonly relay: (order: Order) => void;
  /** As Temporal cancels. */
  readonly cancel: () => void;
}
