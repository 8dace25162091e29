/** The open gates of one session, each with its whole payload, by as many questions to its worker as that takes. */
import type { Client } from '@temporalio/client';
import { type PendingApproval, QUERIES } from '../domain/messages.ts';
import { ask } from './question.ts';

export async function openGates(
  client: Client,
  sessionId: string,
): Promise<readonly PendingApproval[]> {
  const found = new Map<string, PendingApproval>();
  for (let after: string[] = []; ;) {
    const page = await ask<readonly PendingApproval[]>(
      client,
      sessionId,
      QUERIES.pendingApprovals,
      ...after,
    );
    const before = found.size;
    for (const { gatesMore: _more, ...gate } of page) found.set(gate.gateId, gate);
    const last = page.at(-1);
    // A gate that ended meanwhile may bring the first ones again: nothing new is the end as well.
    if (last?.gatesMore === undefined || found.size === before) return [...found.values()];
    after = [last.gateId];
  }
}
