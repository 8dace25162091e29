/**
 * The events of one run, page by page. The server measures a page in what was written together, be it one event or twenty,
 * and a client takes no answer above 4 MiB: so the pages of a run are as long as its events are short. Where they differ too
 * much, it goes one by one; but only after the SDK has asked for the same too large page for most of a minute.
 */
import { isGrpcServiceError, type WorkflowClient } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Page = temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryResponse;

const PAGE_BYTES = 2 * 1024 * 1024;
const PAGE_WRITES_MAX = 256;
/** Of a workflow task that answers many messages. */
const EVENTS_OF_A_WRITE = 20;
const RESOURCE_EXHAUSTED = 8;

export interface HistoryRun {
  readonly workflowId: string;
  readonly runId: string;
}

export async function fetchHistoryEvents(
  workflows: WorkflowClient,
  run: HistoryRun,
): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  for await (const page of historyPages(workflows, run)) events.push(...page);
  return events;
}

/** With `follow`, pages come until the run has ended, each as soon as it is there; otherwise those that there are. */
export async function* historyPages(
  workflows: WorkflowClient,
  run: HistoryRun,
  { follow = false }: { readonly follow?: boolean } = {},
): AsyncIterable<readonly HistoryEvent[]> {
  const { historyLength, historySize = 0 } = await workflows
    .getHandle(run.workflowId, run.runId)
    .describe();
  let maximumPageSize = writesOnAPage(historyLength, historySize);
  let nextPageToken: Uint8Array | null = null;
  for (;;) {
    let page: Page;
    try {
      page = await workflows.workflowService.getWorkflowExecutionHistory({
        namespace: workflows.options.namespace,
        execution: run,
        maximumPageSize,
        nextPageToken,
        waitNewEvent: follow,
      });
    } catch (error) {
      if (maximumPageSize === 1 || !isTooLarge(error)) throw error;
      maximumPageSize = 1;
      continue;
    }
    yield page.history?.events ?? [];
    if (page.nextPageToken.length === 0) return;
    ({ nextPageToken } = page);
  }
}

function writesOnAPage(events: number, bytes: number): number {
  if (bytes <= PAGE_BYTES) return PAGE_WRITES_MAX;
  const eventBytes = bytes / Math.max(1, events);
  const writes = Math.floor(PAGE_BYTES / eventBytes / EVENTS_OF_A_WRITE);
  return Math.min(PAGE_WRITES_MAX, Math.max(1, writes));
}

function isTooLarge(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === RESOURCE_EXHAUSTED;
}
