/** Messages to a session that answers: updates, and an operator's orders, which are left with Temporal where it does not. */
import { randomUUID } from 'node:crypto';
import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { SIGNALS, UPDATES, wireName } from '../domain/messages.ts';
import { isRefusalCode } from '../domain/refusal.ts';
import type {
  Instruction,
  OperatorCommand,
  OperatorVerb,
} from '../domain/session/operator-command.ts';
import type { OperatorReply } from '../domain/session/reply.ts';
import { type OperatorAnswer, unanswered, untilAnswered } from './answers.ts';

export interface Order {
  readonly sessionId: string;
  readonly verb: OperatorVerb;
  readonly command: OperatorCommand | Instruction;
}

const ORDER_AGAIN = 'Look at its status, and send the order again.';
const LEFT_WITH_TEMPORAL =
  'The session does not answer, so the order is left with Temporal: it counts as soon as a worker takes the session up.';

export async function giveOrder(
  client: Client,
  { sessionId, verb, command }: Order,
  withinMs: number,
): Promise<OperatorAnswer> {
  const update = { name: wireName(UPDATES[verb]), argument: command, updateId: randomUUID() };
  const answer = await untilAnswered(client, withinMs, () =>
    sendUpdate<OperatorReply>(client, sessionId, update),
  );
  if (answer !== undefined) return answer;
  const silence = await unanswered(client, ORDER_AGAIN);
  if (silence.status === 'unreachable' || verb === 'instruct') return silence;
  await client.workflow.getHandle(sessionId).signal(wireName(SIGNALS[verb]), command);
  return { status: 'sent', message: LEFT_WITH_TEMPORAL };
}

/** An update whose validator said no is a refusal like any other, by its code. */
export async function sendUpdate<Reply>(
  client: Client,
  sessionId: string,
  update: { readonly name: string; readonly argument: unknown; readonly updateId: string },
): Promise<Reply> {
  const { name, argument, updateId } = update;
  const handle = client.workflow.getHandle(sessionId);
  try {
    return await handle.executeUpdate<Reply, [unknown]>(name, { args: [argument], updateId });
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || !isRefusalCode(cause.type)) throw error;
    return { status: 'refused', code: cause.type, message: cause.message } as Reply;
  }
}
