/** An operator's orders: left with Temporal where the session does not answer. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { SIGNALS, UPDATES, wireName } from '../domain/messages.ts';
import type {
  Instruction,
  OperatorCommand,
  OperatorVerb,
} from '../domain/session/operator-command.ts';
import type { OperatorReply } from '../domain/session/reply.ts';
import { type OperatorAnswer, unanswered, untilAnswered } from './answers.ts';
import { updateSession } from './session-update.ts';

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
  const update = { sessionId, name: UPDATES[verb], argument: command, updateId: randomUUID() };
  const answer = await untilAnswered(client, withinMs, () =>
    updateSession<OperatorReply>(client, update),
  );
  if (answer !== undefined) return answer;
  const silence = await unanswered(client, ORDER_AGAIN);
  if (silence.status === 'unreachable' || verb === 'instruct') return silence;
  await client.workflow.getHandle(sessionId).signal(wireName(SIGNALS[verb]), command);
  return { status: 'sent', message: LEFT_WITH_TEMPORAL };
}
