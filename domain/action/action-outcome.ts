/** What became of a proposed action, and what the agent is told of it. */
import { cutText } from '../text/visible-text.ts';
import type { Json } from '../text/json.ts';
import { TOOL_RESULT_CHARACTERS_MAX } from '../limits.ts';
import { textOf } from '../session/conversation.ts';

export type ActionOutcome =
  | { readonly status: 'executed'; readonly result: Json }
  | { readonly status: 'rejected'; readonly reviewerId: string; readonly rationale?: string }
  | { readonly status: 'expired' }
  | { readonly status: 'withdrawn' }
  /** The tool said no, or failed where nothing is lost by it. */
  | { readonly status: 'failed'; readonly message: string }
  /** `code`: where a kill was why. */
  | { readonly status: 'not_executed'; readonly message: string; readonly code?: 'KILLED' }
  /** Nobody knows whether it happened (H11). */
  | { readonly status: 'unknown' };

/** The tool message for the model. Plain, final where it is final, so that it doesn't try the same again. */
export function outcomeText(outcome: ActionOutcome): string {
  switch (outcome.status) {
    case 'executed':
      return cutText(textOf(outcome.result), TOOL_RESULT_CHARACTERS_MAX);
    case 'rejected':
      return `A reviewer rejected this action. It was not executed. Reason: ${outcome.rationale?.trim() || 'none was given'}. Do not propose the same action again.`;
    case 'expired':
      return 'No reviewer answered in time. The action was not executed, and nobody approved it.';
    case 'withdrawn':
      return 'The request was withdrawn before anyone decided. The action was not executed.';
    case 'failed':
      return `The tool failed: ${cutText(outcome.message, TOOL_RESULT_CHARACTERS_MAX)}`;
    case 'not_executed':
      return `The action was not executed: ${cutText(outcome.message, TOOL_RESULT_CHARACTERS_MAX)}`;
    case 'unknown':
      return 'It is unknown whether this action took effect. Do not try it again: a person looks into it.';
  }
}
