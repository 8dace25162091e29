/** The runs of a session, for tests that make it continue as new: what each run's history holds, and a way to fill it. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { SIGNALS } from '../../domain/messages.ts';
import { until } from '../support/until.ts';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export interface Run {
  readonly runId: string;
  readonly firstExecutionRunId: string;
  readonly events: readonly HistoryEvent[];
}

/** All runs that the latest one, or the one with this id, continues; oldest first, itself last. */
export async function runsOf(
  client: Client,
  sessionId: string,
  latestRunId?: string,
): Promise<readonly Run[]> {
  const runs: Run[] = [];
  let runId = latestRunId ?? (await currentRun(client, sessionId));
  for (;;) {
    const { events } = await client.workflow.getHandle(sessionId, runId).fetchHistory();
    const started = events?.[0]?.workflowExecutionStartedEventAttributes;
    const firstExecutionRunId = started?.firstExecutionRunId ?? '';
    runs.unshift({ runId, firstExecutionRunId, events: events ?? [] });
    if (!started?.continuedExecutionRunId) return runs;
    runId = started.continuedExecutionRunId;
  }
}

export async function currentRun(client: Client, sessionId: string): Promise<string> {
  return (await client.workflow.getHandle(sessionId).describe()).runId;
}

/** More than the smallest limit that a policy takes. */
const FILLING_SIGNALS = 50;

/** What fills a history without leaving anything in the trail: one early decision, sent again and again. */
export const early = {
  decisionId: 'early-1',
  gateId: 'a-gate-that-never-opens',
  runId: 'no-run',
  payloadDigest: 'e'.repeat(64),
  decision: 'approved',
  reviewerId: 'rita',
};

export async function fillHistory(client: Client, sessionId: string): Promise<void> {
  const handle = client.workflow.getHandle(sessionId);
  const signals = Array.from({ length: FILLING_SIGNALS }, () =>
    handle.signal(SIGNALS.decide, early),
  );
  await Promise.all(signals);
}

/** Fills the history until the session, which waits for people, has gone on in another run. Returns the new run's id. */
export async function untilNextRun(client: Client, sessionId: string): Promise<string> {
  const before = await currentRun(client, sessionId);
  await fillHistory(client, sessionId);
  return until(`another run of ${sessionId}`, async () => {
    const now = await currentRun(client, sessionId);
    return now !== before && now;
  });
}

export interface ResetPoint {
  readonly runId: string;
  /** The workflow task that completed last before the first event for which this holds, is done again. */
  readonly before: (event: HistoryEvent) => boolean;
  /** Leaves out the signals and updates that came after it, which the server would otherwise apply again. */
  readonly forget?: boolean;
}

/** Resets a session, and returns the id of the run that begins there. */
export async function reset(client: Client, sessionId: string, to: ResetPoint): Promise<string> {
  const { events } = await client.workflow.getHandle(sessionId, to.runId).fetchHistory();
  const end = events?.findIndex(to.before) ?? -1;
  if (end === -1) throw new Error(`No such event in run ${to.runId}`);
  const task = events
    ?.slice(0, end)
    .findLast(({ workflowTaskCompletedEventAttributes: completed }) => completed);
  if (task?.eventId == null) throw new Error('No workflow task completed before it');
  const { EVENT_SIGNAL, EVENT_UPDATE } = FORGET;
  const { runId } = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: sessionId, runId: to.runId },
    reason: 'a test',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task.eventId,
    resetReapplyExcludeTypes: to.forget === true ? [EVENT_SIGNAL, EVENT_UPDATE] : [],
  });
  return runId;
}

/** temporal.api.enums.v1.ResetReapplyExcludeType */
const FORGET = { EVENT_SIGNAL: 1, EVENT_UPDATE: 2 };

export const isUpdate = (event: HistoryEvent): boolean =>
  event.workflowExecutionUpdateAcceptedEventAttributes != null;

/** A memo write that follows on a task, as where a gate was opened. */
export const isMemoWrite = (event: HistoryEvent): boolean =>
  event.workflowPropertiesModifiedEventAttributes != null;

export function isScheduled(activityType: string): (event: HistoryEvent) => boolean {
  return (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === activityType;
}

/** The nth event for which it holds. */
export function nth(
  count: number,
  holds: (event: HistoryEvent) => boolean,
): (event: HistoryEvent) => boolean {
  let seen = 0;
  return (event) => holds(event) && (seen += 1) === count;
}

/** As many tries of the activity as the history of this run has. */
export function scheduledCount(run: Run, activityType: string): number {
  return run.events.filter(isScheduled(activityType)).length;
}
