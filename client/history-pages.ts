/**
 * The events of one run, page by page. The server measures a page in events, and a client takes no answer above 4 MiB:
 * so the pages of a run are as long as its events are short. Where they differ too much, it goes event by event.
 */
import { isGrpcServiceError, type WorkflowClient } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Page = temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryResponse;

const PAGE_BYTES = 512 * 1024;
const PAGE_EVENTS_MAX = 256;
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
  const eventBytes = Math.max(1, historySize / Math.max(1, historyLength));
  let maximumPageSize = Math.min(PAGE_EVENTS_MAX, Math.max(1, Math.floor(PAGE_BYTES / eventBytes)));
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

function isTooLarge(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === RESOURCE_EXHAUSTED;
}
