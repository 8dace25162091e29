/**
 * What a person hears of a decision or an order that they sent: the session's reply, or, where none came in time, that nobody knows
 * yet. Never that it failed: a decision without an answer may have been taken all the same, or be taken later.
 *
 * H2 sending it again under its decisionId changes nothing, and is how to know.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { SECOND_MS } from '../domain/limits.ts';
import type { DecisionReply, OperatorReply } from '../domain/session/reply.ts';
import { isAskAgain } from './question.ts';

export interface Unanswered {
  /**
   * `unknown`: Temporal is there, and the session does not answer: no worker runs, or it is busy. `unreachable`:
   * Temporal itself does not answer.
   */
  readonly status: 'unknown' | 'unreachable';
  readonly message: string;
}

/** The same decision is sent again under this id. */
export interface UnansweredDecision extends Unanswered {
  readonly gateId: string;
  readonly decisionId: string;
}

export type DecisionAnswer = DecisionReply | UnansweredDecision;

/**
 * What an operator hears. `sent`: the session did not answer, so the order was left with Temporal, and counts as soon
 * as a worker takes the session up.
 */
export type OperatorAnswer =
  | OperatorReply
  | Unanswered
  | { readonly status: 'sent'; readonly message: string };

export type ClaimAnswer = OperatorReply | Unanswered;

const AGAIN = {
  unknown: 'The session has not answered yet, and may take it later.',
  unreachable: 'Temporal can not be reached, so nobody knows whether it arrived.',
} as const;

/**
 * gRPC's codes for: no answer in time; no more for the moment (a session takes ten updates at once, and a crowd outlasts the
 * SDK's own tries); not ready (a workflow task keeps failing); nobody there.
 */
const NO_ANSWER: readonly number[] = [4, 8, 9, 14];
const CANCELLED = 1;
const NOBODY_THERE: readonly number[] = [4, 14];

const REACH_WITHIN_MS = 2 * SECOND_MS;
const RESEND_AFTER_MS = 500;

/** Whether an error leaves open what became of the request. */
export function isUnanswered(error: unknown): boolean {
  const code = grpcCode(error);
  return isAskAgain(error) || (code !== undefined && NO_ANSWER.includes(code));
}

/** Sends again and again while nobody answers, for so long; undefined: nobody has. */
export async function untilAnswered<T>(
  client: Client,
  withinMs: number,
  send: () => Promise<T>,
): Promise<T | undefined> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await client.withDeadline(deadline, send);
    } catch (error) {
      // Seen now and then: a call whose time is over ends as cancelled. Before that, it was its caller who cancelled.
      const isOver = Date.now() >= deadline && grpcCode(error) === CANCELLED;
      if (!isOver && !isUnanswered(error)) throw error;
    }
    if (Date.now() + RESEND_AFTER_MS >= deadline) return undefined;
    await delay(RESEND_AFTER_MS);
  }
}

/** A kept decision is asked about again after so long, ever longer. */
const JUDGED_AFTER_MS = 250;
const JUDGED_AFTER_MAX_MS = 4_000;

/**
 * Likewise, and goes on asking while a decision is kept for a look-up of its key or its person. `ask` counts from 0: a
 * message that was answered is not answered anew under the same id.
 */
export async function untilJudged(
  client: Client,
  withinMs: number,
  send: (ask: number) => Promise<DecisionReply>,
): Promise<DecisionReply | undefined> {
  const deadline = Date.now() + withinMs;
  let kept: DecisionReply | undefined;
  for (let ask = 0; ; ask += 1) {
    const left = Math.max(0, deadline - Date.now());
    const answer = await untilAnswered(client, left, () => send(ask));
    const isKept = answer?.status === 'recorded' && answer.keptFor === 'trust';
    const waitMs = Math.min(JUDGED_AFTER_MS * 2 ** ask, JUDGED_AFTER_MAX_MS);
    // That it is kept is known, also where nobody answered when asked again.
    if (!isKept || Date.now() + waitMs >= deadline) return answer ?? kept;
    kept = answer;
    await delay(waitMs);
  }
}

/** Which of the two it is; `advice` is what to do. */
export async function unanswered(client: Client, advice: string): Promise<Unanswered> {
  const status = (await isReachable(client)) ? 'unknown' : 'unreachable';
  return { status, message: `${AGAIN[status]} ${advice}` };
}

export async function isReachable(client: Client): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + REACH_WITHIN_MS, () =>
      client.workflowService.getSystemInfo({}),
    );
    return true;
  } catch (error) {
    // Whoever refuses is there.
    return !NOBODY_THERE.includes(grpcCode(error) ?? 0);
  }
}

/** The code of the call that failed: the SDK wraps it, once or twice. */
function grpcCode(error: unknown): number | undefined {
  if (isGrpcServiceError(error)) return error.code;
  return error instanceof Error && error.cause !== undefined ? grpcCode(error.cause) : undefined;
}
