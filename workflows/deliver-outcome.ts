/**
 * deliverOutcome: the outcome of an external gate on its way to the address that its requester named. A workflow of
 * its own, so that the gate ends when it is settled, and the delivery when it has arrived. Its history is the receipt.
 */
import type { OutcomeNotice } from '../domain/activities.ts';
import { callbacks } from './own-activities.ts';

/** The receiver's HTTP status. */
export async function deliverOutcome(notice: OutcomeNotice): Promise<number> {
  return callbacks.sendOutcome(notice);
}
