/**
 * Order fulfilment as a team had it before: stock, charge, shipment, and each undone in reverse when a later step
 * fails. There is no line about Holdpoint in it.
 */
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { proxyActivities } from '@temporalio/workflow';
import type { Desk } from './desk.ts';

export interface Order {
  readonly order: string;
  readonly item: string;
  readonly amount: number;
  readonly address: string;
}

export interface Fulfilment {
  readonly status: 'shipped' | 'undone';
  readonly why?: string;
}

const { reserveStock, releaseStock, chargeCard, refundCard, ship } = proxyActivities<Desk>({
  startToCloseTimeout: '20 seconds',
  retry: { maximumAttempts: 3 },
});

export async function fulfilOrder(asked: Order): Promise<Fulfilment> {
  const { order, item, amount, address } = asked;
  const undo: (() => Promise<unknown>)[] = [];
  try {
    await reserveStock({ order, item });
    undo.unshift(() => releaseStock({ order, item }));
    await chargeCard({ order, amount });
    undo.unshift(() => refundCard({ order, amount }));
    await ship({ order, address });
    return { status: 'shipped' };
  } catch (error) {
    for (const step of undo) await step();
    return { status: 'undone', why: reasonOf(error) };
  }
}

// region: refused
function reasonOf(error: unknown): string {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  return cause instanceof ApplicationFailure ? (cause.type ?? cause.message) : String(cause);
}
// endregion
