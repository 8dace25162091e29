/** A question to the worker of a session, by a query, asked again where it came at the wrong moment. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, QueryNotRegisteredError } from '@temporalio/client';
import { ASK_AGAIN, type QUERIES, wireName } from '../domain/messages.ts';

/** Together about three seconds: by then the server knows of the task, and keeps the question for it. */
const WAITS_MS = [100, 200, 400, 800, 1_600];

export async function ask<Answer>(
  client: Client,
  sessionId: string,
  query: (typeof QUERIES)[keyof typeof QUERIES],
  ...args: unknown[]
): Promise<Answer> {
  const handle = client.workflow.getHandle(sessionId);
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await handle.query<Answer, unknown[]>(wireName(query), ...args);
    } catch (error) {
      const wait = WAITS_MS[attempt];
      if (!isAskAgain(error) || wait === undefined) throw error;
      await delay(wait);
    }
  }
}

export function isAskAgain(error: unknown): boolean {
  return hasFailed(error, ASK_AGAIN);
}

/** In the words of the SDK. A workflow that can not be replayed fails a query in the same way, and in other words. */
export function isUnregistered(error: unknown): boolean {
  return hasFailed(error, 'did not register a handler');
}

/** The SDK calls every query that failed by this name. */
function hasFailed(error: unknown, words: string): boolean {
  return error instanceof QueryNotRegisteredError && error.message.includes(words);
}
