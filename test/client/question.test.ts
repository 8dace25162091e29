/** What a query that failed means to who asked: the SDK gives all of them one name. */
import { QueryNotRegisteredError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { isUnanswered } from '../../client/answers.ts';
import { isUnregistered } from '../../client/question.ts';
import { ASK_AGAIN } from '../../domain/messages.ts';

test.each([
  ['asked between two tasks', ASK_AGAIN, { unanswered: true, unregistered: false }],
  [
    'asked for what the workflow has not',
    'Workflow did not register a handler for conversation. Registered queries: []',
    { unanswered: false, unregistered: true },
  ],
  [
    'asked of one that can not be replayed',
    'Nondeterminism error: Activity machine does not handle this event',
    { unanswered: false, unregistered: false },
  ],
])('a query %s', (_what, message, means) => {
  const error = new QueryNotRegisteredError(message, 3);
  expect({ unanswered: isUnanswered(error), unregistered: isUnregistered(error) }).toEqual(means);
});
