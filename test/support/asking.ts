/**
 * Somebody who asks a workflow for its trail without pause, at every moment of its life, as pages that are kept open do;
 * and what has to be true of every answer (H8): the trail of a run is one, whoever tells it, and whenever.
 */
import type { Client } from '@temporalio/client';
import { expect } from 'vitest';
import type { HoldpointClient } from '../../client/index.ts';
import { type AuditEvent, verifyChain } from '../../domain/index.ts';
import { QUERIES, wireName } from '../../domain/messages.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { runsOf } from '../workflows/session-runs.ts';

export interface Asking {
  /** Stops, and answers with every trail that it was told. */
  readonly stop: () => Promise<readonly (readonly AuditEvent[])[]>;
}

export function keepAsking(client: Client, workflowId: string): Asking {
  const told: (readonly AuditEvent[])[] = [];
  const stopped = new AbortController();
  const ask = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const answer = await client.workflow
        .getHandle(workflowId)
        .query<readonly AuditEvent[]>(wireName(QUERIES.auditTrail))
        // There may be no worker just now.
        .catch(() => undefined);
      if (answer !== undefined) told.push(answer);
    }
  };
  // One at a time: a server that is asked by several without a pause has no task for anything else.
  const asking = ask();
  return {
    stop: async () => {
      stopped.abort();
      await asking;
      return told;
    },
  };
}

export interface Told {
  readonly client: Client;
  readonly people: HoldpointClient;
  readonly evidence: EvidenceStore;
}

/**
 * The history, the evidence store, and each run as it is replayed for a query tell the same; what was told meanwhile is
 * the beginning of it. Returns the trail.
 */
export async function oneTrail(
  { client, people, evidence }: Told,
  workflowId: string,
  told: readonly (readonly AuditEvent[])[],
): Promise<readonly AuditEvent[]> {
  const trail = (await people.auditTrail(workflowId)).map(({ event }) => event);
  expect(verifyChain(trail)).toBeUndefined();
  const hashes = hashesOf(trail);
  const [stored] = await evidence.sessions(workflowId);
  if (stored === undefined) throw new Error(`No evidence of ${workflowId}`);
  expect(hashesOf((await evidence.events(stored)).map(({ event }) => event))).toEqual(hashes);
  const replayed: string[] = [];
  for (const { runId } of await runsOf(client, workflowId)) {
    const run = client.workflow.getHandle(workflowId, runId);
    replayed.push(...hashesOf(await run.query(wireName(QUERIES.auditTrail))));
  }
  expect(replayed).toEqual(hashes);
  for (const answer of told) {
    const from = (answer[0]?.seq ?? 1) - 1;
    expect(hashesOf(answer)).toEqual(hashes.slice(from, from + answer.length));
  }
  return trail;
}

function hashesOf(events: readonly AuditEvent[]): readonly string[] {
  return events.map(({ hash }) => hash);
}
