/**
 * What waits for people, in all sessions: from the visibility list, where each session's memo names its first open
 * gates. No worker is asked. Visibility lags a moment behind.
 */
import type { Client } from '@temporalio/client';
import type { TreePlace } from '../domain/session/lineage.ts';
import {
  GATES_ATTRIBUTE,
  GATES_OPEN,
  type MemoGate,
  type SessionHead,
} from '../domain/messages.ts';
import { countVisible, underRoot, visiblePage, type VisibleRow } from './visibility.ts';

/** One session in which something waits. */
export interface PendingSession extends TreePlace, SessionHead {
  readonly sessionId: string;
  readonly runId: string;
  /** The first few gates one by one … */
  readonly gates: readonly MemoGate[];
  /** … and how many there are in all. */
  readonly gatesCount: number;
}

export interface PendingPage {
  readonly sessions: readonly PendingSession[];
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

export async function pendingPage(
  client: Client,
  { pageSize = PAGE_SIZE, pageToken, rootSessionId }: PageOptions = {},
): Promise<PendingPage> {
  const query =
    rootSessionId === undefined ? QUERY : `${QUERY} AND ${await underRoot(client, rootSessionId)}`;
  const [{ rows, ...more }, sessionsCount] = await Promise.all([
    visiblePage(client, { query, pageSize, pageToken }),
    countVisible(client, query),
  ]);
  return {
    sessions: rows.flatMap((row) => pendingSession(row, rootSessionId)),
    sessionsCount,
    ...more,
  };
}

/** In how many sessions something waits. */
export async function pendingCount(client: Client): Promise<number> {
  return countVisible(client, QUERY);
}

function pendingSession(
  { sessionId, runId, memo }: VisibleRow,
  rootSessionId: string | undefined,
): readonly PendingSession[] {
  if (memo === undefined) return [];
  const { pending: gates, pendingCount: gatesCount } = memo;
  const { rootSessionId: root, parentSessionId } = memo;
  if (rootSessionId !== undefined && (root ?? sessionId) !== rootSessionId) return [];
  const place = root && parentSessionId ? { rootSessionId: root, parentSessionId } : {};
  return [{ sessionId, runId, ...place, ...headOf(memo), gates, gatesCount }];
}

export function headOf(memo: SessionHead): SessionHead {
  const { agentId, requesterId, policyVersion, phase } = memo;
  return {
    ...(agentId === undefined ? {} : { agentId }),
    ...(requesterId === undefined ? {} : { requesterId }),
    ...(policyVersion === undefined ? {} : { policyVersion }),
    ...(phase === undefined ? {} : { phase }),
  };
}

/** Every session in which something waits, page by page. */
export async function* everyPending(
  client: Client,
  options: Pick<PageOptions, 'rootSessionId'> = {},
): AsyncIterable<PendingSession> {
  let pageToken: string | undefined;
  do {
    const page: PendingPage = await pendingPage(client, {
      ...options,
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    yield* page.sessions;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
}
