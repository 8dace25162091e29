/** A person at the gates, by script. */
import type { DecisionInput } from '../client/decide.ts';
import type { PendingApproval } from '../domain/messages.ts';

/** What a reviewer says of a gate. */
export type Said = Pick<DecisionInput, 'decision' | 'modifications' | 'rationale'>;

export interface Reviewer {
  readonly id: string;
  /** Undefined: nobody answers this gate, and its tier says what that means. */
  readonly decide: (gate: PendingApproval) => Said | undefined;
}

/** By the name of the tool, or `answer`, `ask_person`; once written down, or made from what the gate shows. */
export type ReviewScript = Readonly<
  Record<string, Said | ((gate: PendingApproval) => Said | undefined)>
>;

/** What the script does not name is rejected: a test that forgets a gate fails, and does not wait. */
export function scriptedReviewer(script: ReviewScript, id = 'test-reviewer'): Reviewer {
  return {
    id,
    decide: (gate) => {
      const said = Object.hasOwn(script, gate.actionType) ? script[gate.actionType] : NOT_WRITTEN;
      return typeof said === 'function' ? said(gate) : said;
    },
  };
}

const NOT_WRITTEN: Said = { decision: 'rejected', rationale: 'The script has no word for this.' };
