/** What an error means to who gave a command: a sentence with the way out, and an exit code. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { CommanderError } from 'commander';
import { isUnanswered } from '../client/answers.ts';
import { TemporalUnreachable } from '../client/connection.ts';
import { visibleText } from '../domain/text/visible-text.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './shell.ts';

interface Failure {
  readonly message: string;
  readonly exitCode: number;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof CommanderError) {
    const exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return { message: error.message, exitCode };
  }
  if (error instanceof WorkflowNotFoundError) {
    return {
      message: `There is no session ${error.workflowId} in this namespace, or it is gone for good.`,
      exitCode: EXIT.notFound,
    };
  }
  if (error instanceof WorkflowFailedError) {
    const cause = error.cause?.message ?? error.message;
    const message = `The session has failed: ${visibleText(cause)}`;
    return { message, exitCode: EXIT.notCompleted };
  }
  if (error instanceof WorkflowExecutionAlreadyStartedError) {
    return { message: `A session ${error.workflowId} runs already.`, exitCode: EXIT.failed };
  }
  if (isUnanswered(error) || error instanceof TemporalUnreachable) {
    return {
      message: `${messageOf(error)}. Is it running (holdpoint dev), and is --address or the profile right?`,
      exitCode: EXIT.unreachable,
    };
  }
  return { message: messageOf(error), exitCode: EXIT.failed };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
