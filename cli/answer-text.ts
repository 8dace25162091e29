/** What became of a decision or an order, in words and as an exit code. */
import type { DecisionAnswer, OperatorAnswer } from '../client/answers.ts';
import { visibleText } from '../domain/text/visible-text.ts';
import { EXIT, EXIT_OF_REFUSAL } from './exit-codes.ts';

export type Answer = DecisionAnswer | OperatorAnswer;

export function answerText(answer: Answer): string {
  switch (answer.status) {
    case 'decided':
      return `decided: ${answer.outcome.status}`;
    case 'done':
    case 'unchanged':
      return `${answer.status}: the session is ${answer.phase}`;
    case 'refused':
      return `refused (${answer.code}): ${visibleText(answer.message)}`;
    case 'recorded':
    case 'sent':
      return `${answer.status}: ${visibleText(answer.message)}`;
    case 'unknown':
    case 'unreachable': {
      const again = 'decisionId' in answer ? `\n  --decision-id ${answer.decisionId}` : '';
      return `${answer.status}: ${answer.message}${again}`;
    }
  }
}

export function exitCodeOf(answer: Answer): number {
  switch (answer.status) {
    case 'refused':
      return EXIT_OF_REFUSAL[answer.code];
    case 'unknown':
    case 'unreachable':
      return EXIT[answer.status];
    default:
      return EXIT.done;
  }
}
