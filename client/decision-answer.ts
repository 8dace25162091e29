/**
 * What a person hears of a decision that they sent: the session's reply, or, where none came in time, that nobody knows
 * yet. Never that it failed: a decision without an answer may have been taken all the same, or be taken later.
 *
 * H2 sending it again under its decisionId changes nothing, and is how to know.
 */
import { type Client, isGrpcServiceError } from '@temporalio/client';
import { SECOND_MS } from '../domain/limits.ts';
import type { DecisionReply } from '../domain/session/reply.ts';

export interface Unanswered {
  /**
   * `unknown`: Temporal is there, and the session does not answer: no worker runs, or it is busy. `unreachable`:
   * Temporal itself does not answer.
   */
  readonly status: 'unknown' | 'unreachable';
  readonly gateId: string;
  /** Under this id the same decision is sent again. */
  readonly decisionId: string;
  readonly message: string;
}

export type DecisionAnswer = DecisionReply | Unanswered;

const MESSAGES: Readonly<Record<Unanswered['status'], string>> = {
  unknown:
    'The session has not answered yet, and may take the decision later. Send the same decision again, under the same decisionId.',
  unreachable:
    'Temporal can not be reached, so nobody knows whether the decision arrived. Send the same decision again, under the same decisionId.',
};

/** gRPC's codes for: no answer in time; not ready (a workflow task keeps failing); nobody there. */
const NO_ANSWER: readonly number[] = [4, 9, 14];
const NOBODY_THERE: readonly number[] = [4, 14];

const REACH_WITHIN_MS = 2 * SECOND_MS;

/** Whether an error leaves open what became of the request. */
export function isUnanswered(error: unknown): boolean {
  const code = grpcCode(error);
  return code !== undefined && NO_ANSWER.includes(code);
}

export async function unanswered(
  client: Client,
  decision: { readonly gateId: string; readonly decisionId: string },
): Promise<Unanswered> {
  const { gateId, decisionId } = decision;
  const status = (await isReachable(client)) ? 'unknown' : 'unreachable';
  return { status, gateId, decisionId, message: MESSAGES[status] };
}

async function isReachable(client: Client): Promise<boolean> {
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
