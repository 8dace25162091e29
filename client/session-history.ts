/**
 * A session's trail, read from raw workflow history alone: no worker is asked, no workflow code runs. The runs of a
 * session that continued as new are followed back to the first; what carries audit events in each run is decoded and
 * handed to the pure reader in domain/.
 */
import { type Client, type WorkflowClient, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { buildAuditTrail, type Carrier, type TrailEntry } from '../domain/audit/audit-trail.ts';
import { type AbruptEnd, abruptEndOf, carriersOf, originOf } from '../domain/audit/run-history.ts';
import { fetchHistoryEvents, type HistoryEvent, historyPages } from './history-pages.ts';

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
  const runs = [await carriers(client, runId, latest)];
  let earlier = continuedRunId;
  while (earlier !== undefined) {
    const events = await fetchUnlessGone(workflow, { workflowId, runId: earlier });
    if (events === undefined) break;
    runs.unshift(await carriers(client, earlier, events));
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

/**
 * Every entry of a session's trail as soon as it is written, those of earlier runs first, until the session has ended.
 * Follows continue-as-new and Reset. What machines did stands in the history with the next touch of a person, the next
 * action that the ledger has to know of, or the end.
 */
export async function* followSessionHistory(
  client: Client,
  sessionId: string,
): AsyncIterable<TrailEntry> {
  const { workflow } = client;
  const seen = new Set<string>();
  let runId: string | undefined;
  for (;;) {
    const current = (await workflow.getHandle(sessionId).describe()).runId;
    if (current === runId) return;
    const isFirst = runId === undefined;
    runId = current;
    const run = { workflowId: sessionId, runId };
    for await (const page of historyPages(workflow, run, { follow: true })) {
      const { continuedRunId } = originOf(page);
      if (isFirst && continuedRunId !== undefined) {
        const before = await readSessionHistory(client, { sessionId, runId: continuedRunId });
        yield* unseen(before.trail, seen);
      }
      yield* unseen(buildAuditTrail(await carriers(client, runId, page)), seen);
    }
  }
}

function* unseen(entries: readonly TrailEntry[], seen: Set<string>): Iterable<TrailEntry> {
  for (const entry of entries) {
    const { hash } = entry.event;
    if (seen.has(hash)) continue;
    seen.add(hash);
    yield entry;
  }
}

async function carriers(
  client: Client,
  runId: string,
  events: readonly HistoryEvent[],
): Promise<readonly Carrier[]> {
  return Promise.all(
    carriersOf(events).map(async ({ kind, payload, recordedAt }) => {
      // Headers pass no codec (SDK 1.24): they stand as the interceptor wrote them.
      const value: unknown =
        kind === 'consent'
          ? defaultPayloadConverter.fromPayload(payload)
          : await decoded(client, payload);
      return { kind, runId, recordedAt, value };
    }),
  );
}

async function decoded(client: Client, payload: Payload): Promise<unknown> {
  const [value] = await decodeArrayFromPayloads(client.options.loadedDataConverter, [payload]);
  return value;
}
