/**
 * killSwitch: an operator's order to kill, or to lift a kill, on its way to the evidence store, which only workers
 * write. It ends when the order is stored: its result is the acknowledgement. No session has to answer for that, and no
 * gateway. Where no worker runs, it waits with Temporal, and its sender is told so.
 *
 * H7 once it has ended, nothing that reserves starts of an agent that is killed.
 */
import { workflowInfo } from '@temporalio/workflow';
import type { KillList } from '../domain/activities.ts';
import { type IssuedKill, type KillReply, readKillOrder } from '../domain/action/kill.ts';
import { refusal } from '../domain/refusal.ts';
import { atOnce, evidence } from './own-activities.ts';

export async function killSwitch(raw: unknown): Promise<KillReply> {
  const reading = readKillOrder(raw);
  if (!reading.ok) {
    return { status: 'refused', ...refusal('MALFORMED', `Order: it ${reading.problem}.`) };
  }
  const { workflowId, firstExecutionRunId, startTime } = workflowInfo();
  const order: IssuedKill = {
    ...reading.value,
    // The same after a Reset, which gives no order a second time.
    orderId: `${workflowId}/${firstExecutionRunId}`,
    orderedAt: startTime.getTime(),
  };
  try {
    return await atOnce.recordKill(order);
  } catch {
    // The evidence store does not answer: the order is stored as soon as it does.
    return evidence.recordKill(order);
  }
}

/** The kills that stand, for who may not read the evidence store. */
export async function standingKills(): Promise<KillList> {
  return evidence.listKills();
}
