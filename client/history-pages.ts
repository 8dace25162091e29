/**
 * The events of one run, page by page. The server measures a page in events, and a client takes no answer above 4 MiB:
 * so the pages of a run are as long as its events are short. Where they differ too much, it goes event by event.
 */
import { isGrpcServiceError, type WorkflowClient } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
type Page = temporal.api.workflowservice.v1.GetWorkflowExecutionHistoryResponse;

const PAGE_BYTES = 512 * 1024;
const PAGE_EVENTS_MAX = 256;
const RESOURCE_EXHAUSTED = 8;

export async function fetchHistoryEvents(
  workflows: WorkflowClient,
  execution: { readonly workflowId: string; readonly runId: string },
): Promise<readonly HistoryEvent[]> {
  const { historyLength, historySize = 0 } = await workflows
    .getHandle(execution.workflowId, execution.runId)
    .describe();
  const eventBytes = Math.max(1, historySize / Math.max(1, historyLength));
  const { namespace } = workflows.options;
  const events: HistoryEvent[] = [];
  let maximumPageSize = Math.min(PAGE_EVENTS_MAX, Math.max(1, Math.floor(PAGE_BYTES / eventBytes)));
  let nextPageToken: Uint8Array | null = null;
  for (;;) {
    try {
      const page: Page = await workflows.workflowService.getWorkflowExecutionHistory({
        namespace,
        execution,
        maximumPageSize,
        nextPageToken,
      });
      events.push(...(page.history?.events ?? []));
      if (page.nextPageToken.length === 0) return events;
      ({ nextPageToken } = page);
    } catch (error) {
      if (maximumPageSize === 1 || !isTooLarge(error)) throw error;
      maximumPageSize = 1;
    }
  }
}

function isTooLarge(error: unknown): boolean {
  if (!isGrpcServiceError(error)) return false;
  const code: number = error.code;
  return code === RESOURCE_EXHAUSTED;
}
