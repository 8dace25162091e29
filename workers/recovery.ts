/**
 * Sessions that closed without workflow code, by terminate or timeout, could not store their evidence. A worker process
 * looks for them, reads what their histories hold, and stores what the evidence lacks, with a last event that is marked
 * `recovered`: before retention takes the histories (H8). Idempotent: any number of processes may do it, at any time.
 *
 * What it is not: it starts, ends or repeats nothing, and settles no action of the ledger.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type ConnectionLike } from '@temporalio/client';
import { readSessionHistory } from '../client/session-history.ts';
import { verifyChain } from '../domain/audit/audit-chain.ts';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import { MINUTE_MS } from '../domain/limits.ts';
import { MEMO_KEY } from '../domain/messages.ts';
import { isRecoveredEnd, recoveredEnd } from '../domain/audit/recovered-end.ts';
import type { EvidenceStore } from '../evidence/store.ts';

export interface RecoveryOptions {
  readonly connection: ConnectionLike;
  readonly namespace: string;
  readonly evidence: EvidenceStore;
  /** Where what could not be recovered is said. */
  readonly warn?: (line: string) => void;
}

export interface RecoveredRun {
  readonly sessionId: string;
  readonly runId: string;
  /** Events that the evidence store lacked, the last one included. */
  readonly events: number;
}

interface Run {
  readonly sessionId: string;
  readonly runId: string;
}

export interface RecoveryPass {
  /** Runs whose evidence had to be completed. */
  readonly recovered: readonly RecoveredRun[];
  /** How many could not be, this time. */
  readonly failed: number;
}

/** One pass over the runs that closed abruptly since then. */
export async function recoverSessions(
  options: RecoveryOptions,
  since = new Date(0),
): Promise<RecoveryPass> {
  const { connection, namespace, evidence, warn = console.warn } = options;
  const client = new Client({ connection, namespace });
  const recovered: RecoveredRun[] = [];
  let failed = 0;
  for await (const run of abruptlyClosed(options, since)) {
    try {
      const events = await recoverRun(client, evidence, run);
      if (events > 0) recovered.push({ ...run, events });
    } catch (error) {
      failed += 1;
      warn(`Session ${run.sessionId}, run ${run.runId}, was not recovered: ${messageOf(error)}`);
    }
  }
  return { recovered, failed };
}

/**
 * A run that a person had a word in carries the memo; one of our own may have executed without asking anybody. Nothing
 * is decoded here: a memo of someone else's, under another codec, is not ours to read.
 */
async function* abruptlyClosed(
  { connection, namespace }: RecoveryOptions,
  since: Date,
): AsyncIterable<Run> {
  const query = `ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime >= '${since.toISOString()}'`;
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await connection.workflowService.listWorkflowExecutions({
      namespace,
      query,
      ...(nextPageToken === undefined ? {} : { nextPageToken }),
    });
    for (const { execution, type, memo } of page.executions) {
      const isSession = memo?.fields?.[MEMO_KEY] != null || type?.name === 'agentSession';
      if (!isSession || !execution?.workflowId || !execution.runId) continue;
      yield { sessionId: execution.workflowId, runId: execution.runId };
    }
    nextPageToken = page.nextPageToken;
  } while (nextPageToken.length > 0);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function recoverRun(client: Client, evidence: EvidenceStore, run: Run): Promise<number> {
  const { sessionId, runId } = run;
  const history = await readSessionHistory(client, run);
  const { abruptEnd, firstExecutionRunId } = history;
  if (abruptEnd === undefined || firstExecutionRunId === undefined) return 0;
  const session = { sessionId, firstExecutionRunId };
  const stored = await evidence.events(session);
  const own = stored.filter((one) => one.runId === runId).map(({ event }) => event);
  const written = history.trail.map(({ event }) => event);
  const trail = prolonged(written, own);
  const [first] = trail;
  if (first === undefined) return 0;
  const problem = verifyChain(trail, { seq: first.seq - 1, hash: first.previousHash });
  if (problem !== undefined) {
    throw new Error(`its history does not hold at event ${problem.seq} (${problem.reason})`);
  }
  const known = new Set(stored.map(({ event }) => event.hash));
  // A session may be terminated while it waits for its evidence to be stored: its own last word is in the trail then.
  const last = recoveredEnd(trail, abruptEnd);
  const events = last === undefined ? trail : [...trail, last];
  const missing = events.filter(({ hash }) => !known.has(hash)).length;
  if (missing > 0) await evidence.append({ ...session, events }, runId);
  return missing;
}

/**
 * The evidence may know more than the history: a local activity stores its consent while its workflow task still runs,
 * and a task that breaks off leaves nothing of what was made in it.
 */
function prolonged(
  trail: readonly AuditEvent[],
  stored: readonly AuditEvent[],
): readonly AuditEvent[] {
  const own = stored.filter((event) => !isRecoveredEnd(event));
  const chain = trail.length === 0 ? own.slice(0, 1) : [...trail];
  for (;;) {
    const head = chain.at(-1)?.hash;
    const next = own.find((event) => event.previousHash === head);
    if (next === undefined) return chain;
    chain.push(next);
  }
}

const RECOVER_EVERY_MS = 10 * MINUTE_MS;

/** What the visibility list may lag behind, and what clocks may differ. */
const OVERLAP_MS = 10 * MINUTE_MS;

/**
 * A pass at once, and then one every ten minutes, beside the worker. What fails is said, and tried again by the next.
 * `stop` waits for the pass that is under way.
 */
export function startRecovery(options: RecoveryOptions & { readonly everyMs?: number }): {
  readonly stop: () => Promise<void>;
} {
  const end = new AbortController();
  const running = passes(options, end.signal);
  return {
    stop: async () => {
      end.abort();
      await running;
    },
  };
}

async function passes(
  options: RecoveryOptions & { readonly everyMs?: number },
  signal: AbortSignal,
): Promise<void> {
  const { everyMs = RECOVER_EVERY_MS, warn = console.warn } = options;
  let since = 0;
  while (!signal.aborted) {
    const beganAt = Date.now();
    try {
      const { failed } = await recoverSessions(options, new Date(since));
      if (failed === 0) since = Math.max(0, beganAt - OVERLAP_MS);
    } catch (error) {
      warn(`Sessions that closed abruptly could not be listed: ${messageOf(error)}`);
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
