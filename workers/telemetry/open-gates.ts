/**
 * The gates that wait in all sessions, for a scrape: from the visibility list, bounded in rows, in time and in how often
 * it is asked, however often a scrape comes. No workflow and no other worker is asked.
 */
import { Client, type ConnectionLike } from '@temporalio/client';
import {
  GATES_ATTRIBUTE,
  GATES_OPEN,
  type HoldpointMemo,
  MEMO_KEY,
} from '../../domain/messages.ts';
import { SECOND_MS } from '../../domain/limits.ts';

/** What a session's memo does not name one by one. */
const UNLISTED = 'unlisted';

/** Sessions that are read at most: some 0.1 to 0.4 ms each on the server. */
const SESSIONS_MAX = 2_000;
const FRESH_MS = 15 * SECOND_MS;
const LIST_WITHIN_MS = 5 * SECOND_MS;
const QUERY = `${GATES_ATTRIBUTE} = '${GATES_OPEN}' AND ExecutionStatus = 'Running'`;

interface OpenTier {
  readonly tier: string;
  readonly count: number;
  readonly oldestAgeMs: number;
}

export interface OpenGates {
  /** Sessions in which something waits, all of them. */
  readonly sessions: number;
  readonly tiers: readonly OpenTier[];
  /** False where there are more sessions than are read. */
  readonly isComplete: boolean;
}

/** Answers at once from a list that is less than 15 s old. Undefined where the list could not be had. */
export function openGatesReader(
  connection: ConnectionLike,
  namespace: string,
): () => Promise<OpenGates | undefined> {
  const client = new Client({ connection, namespace });
  let readAt = -Infinity;
  let reading: Promise<OpenGates | undefined> = Promise.resolve(undefined);
  return () => {
    const now = performance.now();
    if (now - readAt > FRESH_MS) {
      readAt = now;
      reading = connection
        .withDeadline(Date.now() + LIST_WITHIN_MS, () => readOpenGates(client))
        .catch(() => undefined);
    }
    return reading;
  };
}

async function readOpenGates(client: Client): Promise<OpenGates> {
  const { count: sessions } = await client.workflow.count(QUERY);
  const tiers = new Map<string, OpenTier>();
  const now = Date.now();
  let read = 0;
  for await (const { memo } of client.workflow.list({ query: QUERY, pageSize: 200 })) {
    if (read >= SESSIONS_MAX) break;
    read += 1;
    const written = memo?.[MEMO_KEY] as HoldpointMemo | undefined;
    if (written === undefined) continue;
    const { pending, pendingCount } = written;
    for (const { tier, presentedAt } of pending) {
      add(tiers, { tier, count: 1, oldestAgeMs: Math.max(0, now - presentedAt) });
    }
    const unlisted = pendingCount - pending.length;
    if (unlisted > 0) add(tiers, { tier: UNLISTED, count: unlisted, oldestAgeMs: 0 });
  }
  return { sessions, tiers: [...tiers.values()], isComplete: read < SESSIONS_MAX };
}

function add(tiers: Map<string, OpenTier>, { tier, count, oldestAgeMs }: OpenTier): void {
  const known = tiers.get(tier) ?? { tier, count: 0, oldestAgeMs: 0 };
  tiers.set(tier, {
    tier,
    count: known.count + count,
    oldestAgeMs: Math.max(known.oldestAgeMs, oldestAgeMs),
  });
}
