/**
 * Orders of the kill switch: each starts a small workflow, whose worker stores the order and whose end is the
 * acknowledgement. Nothing else is needed for it: no session that answers, no gateway.
 *
 * H7 an order that nobody has acknowledged is said to be unacknowledged, and never taken for one that counts.
 */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
} from '@temporalio/client';
import type { KillList } from '../domain/activities.ts';
import {
  type KillOrder,
  type KillReply,
  readKillOrder,
  type StoredKill,
} from '../domain/action/kill.ts';
import { SECOND_MS } from '../domain/limits.ts';
import { ERRANDS } from '../domain/messages.ts';
import { refusal, type RefusalCode } from '../domain/refusal.ts';
import { summaryText } from '../domain/text/summary.ts';
import { isReachable, type Unanswered, untilAnswered } from './answers.ts';
import { whenDone } from './waiting.ts';

/** What came of an order on one task queue. */
export type KillAnswer = { readonly taskQueue: string } & (
  | {
      /** It stands in the evidence store of that queue's workers, since `order.storedAt`. */
      readonly status: 'stored';
      readonly order: StoredKill;
      /** Kills, of whatever agents, that stand after it. */
      readonly inForce: number;
    }
  | { readonly status: 'refused'; readonly code: RefusalCode; readonly message: string }
  /** `unacknowledged`: it is left with Temporal. `unreachable`: nobody knows whether it arrived. Nothing counts yet. */
  | { readonly status: 'unacknowledged' | 'unreachable'; readonly message: string }
);

export interface KillSending {
  /** Names the order: sent again under the same id, it counts once. */
  readonly orderId: string;
  readonly taskQueue: string;
  readonly withinMs: number;
}

/**
 * Sends an order to the workers of one task queue, and waits for their word. Sending it again is safe. Never rejects: in
 * an emergency what could not be done here keeps nothing else from being done.
 */
export async function sendKill(
  client: Client,
  order: KillOrder,
  sending: KillSending,
): Promise<KillAnswer> {
  const { taskQueue } = sending;
  const reading = readKillOrder(order);
  if (!reading.ok) {
    const no = refusal('MALFORMED', `The order ${reading.problem}.`);
    return { taskQueue, status: 'refused', ...no };
  }
  try {
    return await answerTo(client, reading.value, sending);
  } catch (error) {
    const why = error instanceof Error ? (error.cause ?? error) : error;
    const message = `The ${order.verb} could not be sent: ${String(why)}. ${SEND_AGAIN}`;
    return { taskQueue, status: 'unacknowledged', message };
  }
}

async function answerTo(
  client: Client,
  order: KillOrder,
  { orderId, taskQueue, withinMs }: KillSending,
): Promise<KillAnswer> {
  const deadline = Date.now() + withinMs;
  const workflowId = `${order.verb}/${orderId}/${taskQueue}`;
  const isThere = await untilAnswered(client, withinMs, () =>
    startOnce(client, { workflowId, taskQueue, order }),
  );
  if (isThere === undefined) {
    const status = (await isReachable(client)) ? 'unacknowledged' : 'unreachable';
    const message = `Temporal has not answered, so nobody knows whether the ${order.verb} arrived. ${SEND_AGAIN}`;
    return { taskQueue, status, message };
  }
  const waitMs = Math.max(0, deadline - Date.now());
  const reply = await whenDone(client, { waitMs }, async () => replyOf(client, workflowId));
  if (reply !== undefined) return { taskQueue, ...reply };
  const message = `No worker of the task queue ${taskQueue} has taken the ${order.verb} up. ${LEFT[order.verb]}`;
  return { taskQueue, status: 'unacknowledged', message };
}

/** A worker that takes the order and is lost holds it up for so long, and not for Temporal's 10 s. */
const TAKEN_WITHIN_MS = 5 * SECOND_MS;

const SEND_AGAIN = 'Send the order again.';

const LEFT = {
  kill: 'The order is left with Temporal, and counts as soon as a worker takes it: until then nothing is held by it.',
  lift: 'The order is left with Temporal, and counts as soon as a worker takes it: until then the kill stands.',
} as const;

async function startOnce(
  client: Client,
  start: { readonly workflowId: string; readonly taskQueue: string; readonly order: KillOrder },
): Promise<true> {
  const { workflowId, taskQueue, order } = start;
  try {
    await client.workflow.start(ERRANDS.killSwitch, {
      workflowId,
      taskQueue,
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      workflowTaskTimeout: TAKEN_WITHIN_MS,
      args: [order],
      staticSummary: summaryText(`${order.verb} by ${order.operatorId}: ${order.reason}`),
    });
  } catch (error) {
    // It was sent before: its end is the same answer.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  return true;
}

/** However it ended: whoever terminated it has kept it from counting, and that is said. */
async function replyOf(
  client: Client,
  workflowId: string,
): Promise<KillReply | (Pick<Unanswered, 'message'> & { readonly status: 'unacknowledged' })> {
  try {
    return (await client.workflow.getHandle(workflowId).result()) as KillReply;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const why = error.cause?.message ?? error.message;
    return {
      status: 'unacknowledged',
      message: `The order was ended from outside: ${why}. ${SEND_AGAIN}`,
    };
  }
}

/** The kills that stand, by the word of a worker. Undefined: none has answered in time. */
export async function readKills(
  client: Client,
  { orderId, taskQueue, withinMs }: KillSending,
): Promise<KillList | undefined> {
  return whenDone(
    client,
    { waitMs: withinMs },
    async () =>
      client.workflow.execute(ERRANDS.standingKills, {
        workflowId: `kills/${orderId}`,
        taskQueue,
        // Nobody waits for it any longer.
        workflowExecutionTimeout: 2 * withinMs,
        args: [],
      }) as Promise<KillList>,
  );
}
