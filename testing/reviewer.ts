/** A person at the gates, by script. */
import type { DecisionInput } from '../client/decision-input.ts';
import type { DecisionSigner } from '../client/decision-signer.ts';
import type { PendingApproval } from '../domain/messages.ts';

/** What a reviewer says of a gate. */
export type Said = Pick<DecisionInput, 'decision' | 'modifications' | 'rationale' | 'grant'>;

export interface Reviewer {
  readonly id: string;
  /** Signs what they say, for tiers that take proof: `decisionSigner(key)` of `holdpoint/client`. */
  readonly signer?: DecisionSigner;
  /** Undefined: nobody answers this gate, and its tier says what that means. */
  readonly decide: (gate: PendingApproval) => Said | undefined;
}

/** By the name of the tool, or `answer`, `ask_person`; once written down, or made from what the gate shows. */
export type ReviewScript = Readonly<
  Record<string, Said | ((gate: PendingApproval) => Said | undefined)>
>;

const TEST_REVIEWER = 'test-reviewer';

/**
 * What the script does not name is rejected: a test that forgets a gate fails, and does not wait. `who`: an id, or an id
 * and what signs for it.
 */
export function scriptedReviewer(
  script: ReviewScript,
  who: string | Partial<Pick<Reviewer, 'id' | 'signer'>> = TEST_REVIEWER,
): Reviewer {
  const { id = TEST_REVIEWER, signer } = typeof who === 'string' ? { id: who } : who;
  return {
    id,
    ...(signer === undefined ? {} : { signer }),
    decide: (gate) => {
      const said = Object.hasOwn(script, gate.actionType) ? script[gate.actionType] : NOT_WRITTEN;
      return typeof said === 'function' ? said(gate) : said;
    },
  };
}

const NOT_WRITTEN: Said = { decision: 'rejected', rationale: 'The script has no word for this.' };
