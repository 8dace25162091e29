/**
 * Sessions of whatever kind, those that run and those that have ended: agent sessions, external gates, and workflows of a
 * team's own that Holdpoint was ever in. From visibility; what is said of one is as it was last written there.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import {
  GATES_ATTRIBUTE,
  GATES_OPEN,
  SESSION_TYPES,
  type SessionHead,
} from '../domain/messages.ts';
import type { TreePlace } from '../domain/session/lineage.ts';
import { headOf, type PageOptions, pendingCount } from './pending.ts';
import {
  countVisible,
  quoted,
  underRoot,
  visiblePage,
  visibleRow,
  type VisibleRow,
} from './visibility.ts';

export type SessionState =
  | 'running'
  | 'completed'
  | 'failed'
  | 'cancelled'
  | 'terminated'
  | 'timed_out'
  | 'unknown';

export interface ListedSession extends TreePlace, SessionHead {
  readonly sessionId: string;
  readonly runId: string;
  readonly workflowType: string;
  readonly state: SessionState;
  /** Of this run, ms since 1970. */
  readonly startedAt: number;
  readonly closedAt?: number;
  readonly openGates: number;
}

export interface SessionsOptions extends PageOptions {
  /** `waiting`: with open gates. Default: all. */
  readonly filter?: 'running' | 'waiting' | 'closed' | 'all';
  /** Whose id begins so. */
  readonly idPrefix?: string;
}

export interface SessionsPage {
  /** Newest first. */
  readonly sessions: readonly ListedSession[];
  /** On all pages. */
  readonly sessionsCount: number;
  readonly nextPageToken?: string;
}

export interface SessionMark {
  readonly text: string;
  readonly isRunning: boolean;
}

const PAGE_SIZE = 50;

const OURS = `(WorkflowType IN (${SESSION_TYPES.map(quoted).join(', ')}) OR ${GATES_ATTRIBUTE} IS NOT NULL)`;
const FILTERS = {
  running: `ExecutionStatus = 'Running'`,
  waiting: `ExecutionStatus = 'Running' AND ${GATES_ATTRIBUTE} = ${quoted(GATES_OPEN)}`,
  closed: `ExecutionStatus NOT IN ('Running', 'ContinuedAsNew')`,
  all: `ExecutionStatus != 'ContinuedAsNew'`,
} as const;

/** What `HoldpointClient.sessions` is. */
export class Sessions {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Those that the options say, page by page, newest first. */
  async page(options?: SessionsOptions): Promise<SessionsPage> {
    return sessionsPage(this.#client, options);
  }

  /** The latest run of one; undefined: there is no workflow of this id, or it is none of ours. */
  async find(sessionId: string): Promise<ListedSession | undefined> {
    return findSession(this.#client, sessionId);
  }

  /** Another one whenever something has happened in a session, in whatever run of it. Asks Temporal alone. */
  async mark(sessionId: string): Promise<SessionMark> {
    const { runId, historyLength, status } = await this.#client.workflow
      .getHandle(sessionId)
      .describe();
    return { text: `${runId} ${historyLength}`, isRunning: status.name === 'RUNNING' };
  }

  /** In how many something waits for people. */
  async waitingCount(): Promise<number> {
    return pendingCount(this.#client);
  }

  /** Runs of sessions since then, ms since 1970; `running`: now, whenever they began. */
  async counts(since: number): Promise<SessionCounts> {
    return countSessions(this.#client, since);
  }
}

async function sessionsPage(client: Client, options: SessionsOptions = {}): Promise<SessionsPage> {
  const { filter = 'all', idPrefix, rootSessionId, pageSize = PAGE_SIZE, pageToken } = options;
  const query = [
    OURS,
    FILTERS[filter],
    ...(idPrefix === undefined ? [] : [`WorkflowId STARTS_WITH ${quoted(idPrefix)}`]),
    ...(rootSessionId === undefined ? [] : [await underRoot(client, rootSessionId)]),
  ].join(' AND ');
  const [{ rows, ...more }, sessionsCount] = await Promise.all([
    visiblePage(client, { query, pageSize, pageToken }),
    countVisible(client, query),
  ]);
  return { sessions: rows.map(listedSession), sessionsCount, ...more };
}

async function findSession(client: Client, sessionId: string): Promise<ListedSession | undefined> {
  try {
    const { raw } = await client.workflow.getHandle(sessionId).describe();
    const info = raw.workflowExecutionInfo;
    const row = info == null ? undefined : await visibleRow(client, info);
    if (row === undefined) return undefined;
    const session = listedSession(row);
    const isOurs = SESSION_TYPES.includes(session.workflowType) || row.memo !== undefined;
    return isOurs ? session : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

export interface SessionCounts {
  readonly started: number;
  readonly running: number;
  readonly closed: number;
  readonly failed: number;
}

async function countSessions(client: Client, since: number): Promise<SessionCounts> {
  const at = quoted(new Date(since).toISOString());
  const count = async (condition: string): Promise<number> =>
    countVisible(client, `${OURS} AND ${condition}`);
  const [started, running, closed, failed] = await Promise.all([
    count(`StartTime >= ${at}`),
    count(FILTERS.running),
    count(`CloseTime >= ${at} AND ${FILTERS.closed}`),
    count(`CloseTime >= ${at} AND ExecutionStatus IN ('Failed', 'TimedOut', 'Terminated')`),
  ]);
  return { started, running, closed, failed };
}

/** By Temporal's numbers of them. A run that continued as new is the same session. */
const STATES: readonly SessionState[] = [
  'unknown',
  'running',
  'completed',
  'failed',
  'cancelled',
  'terminated',
  'running',
  'timed_out',
];

function listedSession({ sessionId, runId, info, memo, gates }: VisibleRow): ListedSession {
  const closedAt = optionalTsToMs(info.closeTime);
  const state = STATES[info.status ?? 0] ?? 'unknown';
  const { rootSessionId, parentSessionId } = memo ?? {};
  const isWaiting =
    state === 'running' && (memo?.pendingWhile === undefined || gates === GATES_OPEN);
  return {
    sessionId,
    runId,
    workflowType: info.type?.name ?? '',
    state,
    startedAt: optionalTsToMs(info.startTime) ?? 0,
    ...(closedAt === undefined ? {} : { closedAt }),
    ...headOf(memo ?? {}),
    ...(rootSessionId === undefined ? {} : { rootSessionId }),
    ...(parentSessionId === undefined ? {} : { parentSessionId }),
    openGates: isWaiting ? (memo?.pendingCount ?? 0) : 0,
  };
}
