/**
 * The kill switch for applications and operators. A kill is two things, in this order: a flag in the evidence store,
 * from which on nothing that reserves starts, and the end of the sessions that run. The flag stays until it is lifted.
 *
 * H7 each of the two says what has been acknowledged, and what has not.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { KillScope, KillVerb } from '../domain/action/kill.ts';
import { SECOND_MS } from '../domain/limits.ts';
import type { OperatorCommand } from '../domain/session/operator-command.ts';
import { type KillAnswer, sendKill } from './kill-orders.ts';
import { endSessions, type KilledSession, type SweptSessions } from './killed-sessions.ts';

/** Who orders it, and why. */
export type KillCommand = Pick<OperatorCommand, 'operatorId' | 'reason'>;

export interface LiftOptions {
  /** How long to wait for the acknowledgement, ms. Default 30 s. */
  readonly withinMs?: number;
  /** Whose workers are told. Default: the client's own task queue. */
  readonly taskQueues?: readonly string[];
  /** Names the order: the same one sent again under it counts once. Default: a random one. */
  readonly orderId?: string;
}

export interface KillOptions extends LiftOptions {
  /** For the acknowledgement, and then for the sessions to become quiet, ms. Default 30 s. */
  readonly withinMs?: number;
  /** Hears of the acknowledgement, or that there was none, of each task queue. */
  readonly onAnswer?: (answer: KillAnswer) => void;
  /** Hears of each session when it is found, and whenever something of it has changed. */
  readonly onSession?: (session: KilledSession) => void;
}

export interface KillReport extends SweptSessions {
  readonly orderId: string;
  /** Of each task queue. */
  readonly answers: readonly KillAnswer[];
  /** Every task queue has acknowledged the kill, and every session of them is quiet. */
  readonly isQuiet: boolean;
}

export interface Killing {
  readonly client: Client;
  readonly scope: KillScope;
  readonly command: KillCommand;
}

const WITHIN_MS = 30 * SECOND_MS;

/** The flag first. Where nobody acknowledges it by then, or in half the time, what can be ended is ended all the same. */
const FLAG_FIRST_MS = 3 * SECOND_MS;

const NOTHING_DONE: SweptSessions = { sessions: [], elsewhere: undefined, isQuiet: false };

export async function killAgents(
  killing: Killing,
  { withinMs = WITHIN_MS, ...options }: KillOptions & Required<Pick<LiftOptions, 'taskQueues'>>,
): Promise<KillReport> {
  const { client, scope, command } = killing;
  const { taskQueues, orderId = randomUUID(), onAnswer, onSession } = options;
  const deadline = Date.now() + withinMs;
  const sending = sendAll(killing, 'kill', { taskQueues, orderId, withinMs, onAnswer });
  const first = await Promise.race([sending, delay(Math.min(FLAG_FIRST_MS, withinMs / 2))]);
  const isRefused = first?.some(({ status }) => status === 'refused') === true;
  const leftMs = Math.max(0, deadline - Date.now());
  const swept = isRefused
    ? NOTHING_DONE
    : await endSessions(client, { scope, command, taskQueues, withinMs: leftMs, onSession });
  const answers = await sending;
  const isStored = answers.every(({ status }) => status === 'stored');
  return { ...swept, orderId, answers, isQuiet: isStored && swept.isQuiet };
}

export async function liftKill(
  lifting: Killing,
  options: LiftOptions & Required<Pick<LiftOptions, 'taskQueues'>>,
): Promise<readonly KillAnswer[]> {
  const { withinMs = WITHIN_MS, orderId = randomUUID(), taskQueues } = options;
  return sendAll(lifting, 'lift', { withinMs, orderId, taskQueues });
}

interface Sending extends Required<LiftOptions> {
  readonly onAnswer?: KillOptions['onAnswer'] | undefined;
}

async function sendAll(
  { client, scope, command }: Killing,
  verb: KillVerb,
  { taskQueues, orderId, withinMs, onAnswer }: Sending,
): Promise<readonly KillAnswer[]> {
  const { operatorId, reason } = command;
  const order = { verb, ...scope, operatorId, reason };
  return Promise.all(
    taskQueues.map(async (taskQueue) => {
      const answer = await sendKill(client, order, { orderId, taskQueue, withinMs });
      onAnswer?.(answer);
      return answer;
    }),
  );
}
