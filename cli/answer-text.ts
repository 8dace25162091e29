/** What became of a decision or an order, in words and as an exit code. */
import type { DecisionAnswer, OperatorAnswer } from '../client/answers.ts';
import { EXIT, EXIT_OF_REFUSAL } from './exit-codes.ts';

export function answerText(answer: DecisionAnswer): string {
  switch (answer.status) {
    case 'decided':
      return `decided: ${answer.outcome.status}`;
    case 'recorded':
      return `recorded: ${answer.message}`;
    case 'refused':
      return `refused (${answer.code}): ${answer.message}`;
    case 'unknown':
    case 'unreachable':
      return `${answer.status}: ${answer.message}\n  --decision-id ${answer.decisionId}`;
  }
}

export function exitCodeOf(answer: DecisionAnswer): number {
  switch (answer.status) {
    case 'decided':
    case 'recorded':
      return EXIT.done;
    case 'refused':
      return EXIT_OF_REFUSAL[answer.code];
    case 'unknown':
    case 'unreachable':
      return EXIT[answer.status];
  }
}

export function orderText(answer: OperatorAnswer): string {
  switch (answer.status) {
    case 'done':
    case 'unchanged':
      return `${answer.status}: the session is ${answer.phase}`;
    case 'refused':
      return `refused (${answer.code}): ${answer.message}`;
    case 'sent':
    case 'unknown':
    case 'unreachable':
      return `${answer.status}: ${answer.message}`;
  }
}

export function exitCodeOfOrder(answer: OperatorAnswer): number {
  switch (answer.status) {
    case 'done':
    case 'unchanged':
    case 'sent':
      return EXIT.done;
    case 'refused':
      return EXIT_OF_REFUSAL[answer.code];
    case 'unknown':
    case 'unreachable':
      return EXIT[answer.status];
  }
}
