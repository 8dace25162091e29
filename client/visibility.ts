/** Rows of the visibility list, each with Holdpoint's memo decoded. No worker is asked; what it says lags a moment behind. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { defaultPayloadConverter } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { GATES_ATTRIBUTE, type HoldpointMemo, MEMO_KEY } from '../domain/messages.ts';

type Execution = temporal.api.workflow.v1.IWorkflowExecutionInfo;

export interface VisibleRow {
  readonly sessionId: string;
  readonly runId: string;
  readonly info: Execution;
  readonly memo?: HoldpointMemo;
  /** What the search attribute says; undefined: the run has none. */
  readonly gates?: string;
}

export interface VisiblePage {
  readonly rows: readonly VisibleRow[];
  /** For the page after this one, where there is one. */
  readonly nextPageToken?: string;
}

export interface VisibleQuery {
  readonly query: string;
  readonly pageSize: number;
  /** Of the page before. */
  readonly pageToken?: string | undefined;
}

export async function visiblePage(
  client: Client,
  { query, pageSize, pageToken }: VisibleQuery,
): Promise<VisiblePage> {
  const { namespace } = client.options;
  const { executions, nextPageToken } = await client.workflowService
    .listWorkflowExecutions({
      namespace,
      query,
      pageSize,
      ...(pageToken === undefined ? {} : { nextPageToken: Buffer.from(pageToken, 'base64url') }),
    })
    .catch((error: unknown) => {
      throw unlisted(error);
    });
  const rows = await Promise.all(executions.map(async (info) => visibleRow(client, info)));
  return {
    rows: rows.flatMap((row) => row ?? []),
    ...(nextPageToken.length === 0
      ? {}
      : { nextPageToken: Buffer.from(nextPageToken).toString('base64url') }),
  };
}

export async function visibleRow(client: Client, info: Execution): Promise<VisibleRow | undefined> {
  const { workflowId: sessionId, runId } = info.execution ?? {};
  if (!sessionId || !runId) return undefined;
  const payload = info.memo?.fields?.[MEMO_KEY];
  const attribute = info.searchAttributes?.indexedFields?.[GATES_ATTRIBUTE];
  const gates: unknown =
    attribute === undefined ? undefined : defaultPayloadConverter.fromPayload(attribute);
  const [memo] =
    payload === undefined
      ? []
      : await decodeArrayFromPayloads(client.options.loadedDataConverter, [payload]);
  return {
    sessionId,
    runId,
    info,
    ...(memo === undefined ? {} : { memo: memo as HoldpointMemo }),
    ...(typeof gates === 'string' ? { gates } : {}),
  };
}

export async function countVisible(client: Client, query: string): Promise<number> {
  const { count } = await client.workflow.count(query).catch((error: unknown) => {
    throw unlisted(error);
  });
  return count;
}

/** A text as a visibility query holds it. */
export function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}

/** What narrows a query to a session and those below it. A workflow of a team's own may have started the root. */
export async function underRoot(client: Client, rootSessionId: string): Promise<string> {
  return `RootWorkflowId = ${quoted(await temporalRoot(client, rootSessionId))}`;
}

async function temporalRoot(client: Client, sessionId: string): Promise<string> {
  try {
    const { raw } = await client.workflow.getHandle(sessionId).describe();
    return raw.workflowExecutionInfo?.rootExecution?.workflowId || sessionId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return sessionId;
    throw error;
  }
}

/** Of a namespace without the attribute the server says that the query is invalid, which helps nobody. */
function unlisted(error: unknown): unknown {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!String(cause).includes(`'${GATES_ATTRIBUTE}'`)) return error;
  return new Error(
    `This namespace has no search attribute ${GATES_ATTRIBUTE}, so what waits can't be listed. A worker adds it where it may; or run: npx holdpoint setup`,
    { cause: error },
  );
}
