/**
 * What waits for people, in all sessions: from the visibility list, where each session's memo names its first open
 * gates. No worker is asked. Visibility lags a moment behind.
 */
import type { Client } from '@temporalio/client';
import type { TreePlace } from '../domain/session/lineage.ts';
import {
  GATES_ATTRIBUTE,
  GATES_OPEN,
  type HoldpointMemo,
  type SessionHead,
} from '../domain/messages.ts';
import type { AnyTools, ListedGateOf } from './tool-types.ts';
import { countVisible, underRoot, visiblePage, type VisibleRow } from './visibility.ts';

/** One session in which something waits. */
export interface PendingSession<Tools extends AnyTools = AnyTools> extends TreePlace, SessionHead {
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

function pendingSession<Tools extends AnyTools>(
  { sessionId, runId, memo }: VisibleRow,
  rootSessionId: string | undefined,
): readonly PendingSession<Tools>[] {
  if (memo === undefined) return [];
  const { pending: gates, pendingCount: gatesCount } = memo as MemoOf<Tools>;
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
