/** What people are told when their message has met a session. */
import type { EndedStatus, GateOutcome } from '../gate/gate.ts';
import type { RefusalCode } from '../refusal.ts';
import type { Phase } from './phase.ts';

export interface OutcomeSummary {
  readonly status: EndedStatus;
  readonly at: number;
  readonly reviewerId?: string;
}

/** What a latecomer is told of an outcome; small enough to be remembered. */
export function summaryOf({ status, at, reviewerId }: GateOutcome): OutcomeSummary {
  return { status, at, ...(reviewerId === undefined ? {} : { reviewerId }) };
}

/** What a reviewer is told: `decided`, `recorded` (kept, not decisive yet) or `refused` with a code. */
export type DecisionReply =
  | { readonly status: 'decided'; readonly gateId: string; readonly outcome: OutcomeSummary }
  | {
      readonly status: 'recorded';
      readonly gateId: string;
      readonly message: string;
      /** Left out: it counts as one of several. Kept until its gate opens, or until what it needs is looked up. */
      readonly keptFor?: 'gate' | 'trust';
      /** How many people have approved it, of how many that it takes. */
      readonly votes?: number;
      readonly needed?: number;
    }
  | {
      readonly status: 'refused';
      readonly code: RefusalCode;
      readonly message: string;
      readonly gateId?: string;
      /** How the gate had ended before. */
      readonly outcome?: OutcomeSummary;
    };

export type OperatorReply =
  | { readonly status: 'done' | 'unchanged'; readonly phase: Phase }
  | { readonly status: 'refused'; readonly code: RefusalCode; readonly message: string };
