/**
 * A session's trail, read from raw workflow history alone: no worker is asked, no workflow code runs. The runs of a
 * session that continued as new are followed back to the first; each run's memo writes are decoded and handed to the
 * pure reader in domain/.
 */
import { type Client, type WorkflowClient, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { buildAuditTrail, type MemoWrite, type TrailEntry } from '../domain/audit/audit-trail.ts';
import { memoWritesOf, originOf } from '../domain/audit/run-history.ts';
import { fetchHistoryEvents } from './history-pages.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface SessionHistory {
  readonly trail: readonly TrailEntry[];
  /** False: the server no longer has the first runs (retention), and only the evidence store tells their part. */
  readonly isWhole: boolean;
}

/** Reads the run with this id, or the latest, and every run that it continues. */
export async function readSessionHistory(
  client: Client,
  session: { readonly sessionId: string; readonly runId?: string },
): Promise<SessionHistory> {
  const runs: (readonly MemoWrite[])[] = [];
  const { workflow } = client;
  const { sessionId } = session;
  let runId: string | undefined =
    session.runId ?? (await workflow.getHandle(sessionId).describe()).runId;
  while (runId !== undefined) {
    const events = await fetchEvents(workflow, { sessionId, runId, mayBeGone: runs.length > 0 });
    if (events === undefined) return { trail: joined(runs), isWhole: false };
    runs.unshift(await memoWrites(client, runId, events));
    runId = originOf(events).continuedRunId;
  }
  return { trail: joined(runs), isWhole: true };
}

function joined(runs: readonly (readonly MemoWrite[])[]): readonly TrailEntry[] {
  return buildAuditTrail(runs.flat());
}

async function fetchEvents(
  workflows: WorkflowClient,
  run: { readonly sessionId: string; readonly runId: string; readonly mayBeGone: boolean },
): Promise<readonly HistoryEvent[] | undefined> {
  try {
    return await fetchHistoryEvents(workflows, { workflowId: run.sessionId, runId: run.runId });
  } catch (error) {
    if (run.mayBeGone && error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function memoWrites(
  client: Client,
  runId: string,
  events: readonly HistoryEvent[],
): Promise<readonly MemoWrite[]> {
  return Promise.all(
    memoWritesOf(events).map(async ({ payload, recordedAt }) => {
      const [memo] = await decodeArrayFromPayloads(client.options.loadedDataConverter, [payload]);
      return { memo, runId, recordedAt };
    }),
  );
}
