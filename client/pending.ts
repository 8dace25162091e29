/**
 * What waits for people, in all sessions: from the visibility list, where each session's memo names its first open
 * gates. No worker is asked. Visibility lags a moment behind.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { AnyTools, ListedGateOf } from './tool-types.ts';
import type { TreePlace } from '../domain/session/lineage.ts';
import { GATES_ATTRIBUTE, GATES_OPEN, type HoldpointMemo, MEMO_KEY } from '../domain/messages.ts';

/** One session in which something waits. */
export interface PendingSession<Tools extends AnyTools = AnyTools> extends TreePlace {
  readonly sessionId: string;
  readonly runId: string;
  /** The first few gates one by one … */
  readonly gates: readonly ListedGateOf<Tools>[];
  /** … and how many there are in all. */
  readonly gatesCount: number;
}

export interface PendingPage<Tools extends AnyTools = AnyTools> {
  readonly sessions: readonly PendingSession<Tools>[];
  /** In how many sessions something waits, those of other pages too. */
  readonly sessionsCount: number;
  /** For the page after this one, where there is one. */
  readonly nextPageToken?: string;
}

export interface PageOptions {
  /** Sessions on a page. Default 50. */
  readonly pageSize?: number;
  /** Of the page before. */
  readonly pageToken?: string;
  /** Only this session and the sub-agents below it. */
  readonly rootSessionId?: string;
}

const PAGE_SIZE = 50;
const QUERY = `${GATES_ATTRIBUTE} = '${GATES_OPEN}' AND ExecutionStatus = 'Running'`;

/** What stands in a memo, with the names of known tools. */
type MemoOf<Tools extends AnyTools> = Omit<HoldpointMemo, 'pending'> & {
  readonly pending: readonly ListedGateOf<Tools>[];
};

export async function pendingPage<Tools extends AnyTools>(
  client: Client,
  { pageSize = PAGE_SIZE, pageToken, rootSessionId }: PageOptions = {},
): Promise<PendingPage<Tools>> {
  const { namespace } = client.options;
  const query = rootSessionId === undefined ? QUERY : await queryUnder(client, rootSessionId);
  const [page, { count }] = await Promise.all([
    client.workflowService.listWorkflowExecutions({
      namespace,
      query,
      pageSize,
      ...(pageToken === undefined ? {} : { nextPageToken: Buffer.from(pageToken, 'base64url') }),
    }),
    client.workflow.count(query),
  ]).catch((error: unknown) => {
    throw unlisted(error);
  });
  const sessions = await Promise.all(
    page.executions.map(async ({ execution, memo }): Promise<readonly PendingSession<Tools>[]> => {
      const { workflowId: sessionId, runId } = execution ?? {};
      const payload = memo?.fields?.[MEMO_KEY];
      if (!sessionId || !runId || payload === undefined) return [];
      const [value] = await decodeArrayFromPayloads(client.options.loadedDataConverter, [payload]);
      const { pending: gates, pendingCount: gatesCount, ...memoOf } = value as MemoOf<Tools>;
      const { rootSessionId: root, parentSessionId } = memoOf;
      if (rootSessionId !== undefined && (root ?? sessionId) !== rootSessionId) return [];
      const place = root && parentSessionId ? { rootSessionId: root, parentSessionId } : {};
      return [{ sessionId, runId, ...place, gates, gatesCount }];
    }),
  );
  return {
    sessions: sessions.flat(),
    sessionsCount: count,
    ...(page.nextPageToken.length === 0
      ? {}
      : { nextPageToken: Buffer.from(page.nextPageToken).toString('base64url') }),
  };
}

/** A workflow of a team's own may have started the root: Temporal then counts from there. */
async function queryUnder(client: Client, rootSessionId: string): Promise<string> {
  const rootId = await temporalRoot(client, rootSessionId);
  return `${QUERY} AND RootWorkflowId = '${rootId.replaceAll(/['\\]/g, '\\$&')}'`;
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

/** Every session in which something waits, page by page. */
export async function* everyPending<Tools extends AnyTools>(
  client: Client,
  options: Pick<PageOptions, 'rootSessionId'> = {},
): AsyncIterable<PendingSession<Tools>> {
  let pageToken: string | undefined;
  do {
    const page: PendingPage<Tools> = await pendingPage(client, {
      ...options,
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    yield* page.sessions;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}
