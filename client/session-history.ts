/**
 * A session's trail, read from raw workflow history alone: no worker is asked, no workflow code runs. The runs of a
 * session that continued as new are followed back to the first; each run's memo writes are decoded and handed to the
 * pure reader in domain/.
 */
import { type Client, type WorkflowClient, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { temporal } from '@temporalio/proto';
import { buildAuditTrail, type MemoWrite, type TrailEntry } from '../domain/audit/audit-trail.ts';
import {
  type AbruptEnd,
  abruptEndOf,
  memoWritesOf,
  originOf,
} from '../domain/audit/run-history.ts';
import { fetchHistoryEvents } from './history-pages.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface SessionHistory {
  readonly trail: readonly TrailEntry[];
  /** False: the server no longer has the first runs (retention), and only the evidence store tells their part. */
  readonly isWhole: boolean;
  readonly firstExecutionRunId?: string;
  /** How the run that was read ended, where no workflow code had a say. */
  readonly abruptEnd?: AbruptEnd;
}

/** Reads the run with this id, or the latest, and every run that it continues. */
export async function readSessionHistory(
  client: Client,
  session: { readonly sessionId: string; readonly runId?: string },
): Promise<SessionHistory> {
  const { workflow } = client;
  const { sessionId: workflowId } = session;
  const runId = session.runId ?? (await workflow.getHandle(workflowId).describe()).runId;
  const latest = await fetchHistoryEvents(workflow, { workflowId, runId });
  const { firstExecutionRunId, continuedRunId } = originOf(latest);
  const abruptEnd = abruptEndOf(latest);
  const runs = [await memoWrites(client, runId, latest)];
  let earlier = continuedRunId;
  while (earlier !== undefined) {
    const events = await fetchUnlessGone(workflow, { workflowId, runId: earlier });
    if (events === undefined) break;
    runs.unshift(await memoWrites(client, earlier, events));
    earlier = originOf(events).continuedRunId;
  }
  return {
    trail: buildAuditTrail(runs.flat()),
    isWhole: earlier === undefined,
    ...(firstExecutionRunId === undefined ? {} : { firstExecutionRunId }),
    ...(abruptEnd === undefined ? {} : { abruptEnd }),
  };
}

async function fetchUnlessGone(
  workflows: WorkflowClient,
  run: { readonly workflowId: string; readonly runId: string },
): Promise<readonly HistoryEvent[] | undefined> {
  try {
    return await fetchHistoryEvents(workflows, run);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
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
