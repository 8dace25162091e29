/**
 * The two that are compared, seen from outside: how a session of each is started, where its gates are found and how they
 * are approved. Both are followed by their history alone, so that no query to a worker disturbs what is measured.
 */
import { randomUUID } from 'node:crypto';
import { type Client, defaultPayloadConverter } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { HoldpointClient } from 'holdpoint/client';
import type { HandDecision } from './hand-written-agent.ts';
import type { BenchTask } from './tasks.ts';
import type { WorkerHandle, WorkerPlan } from './worker-handle.ts';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;
export type ContenderName = WorkerPlan['contender'];

export const CONTENDERS: readonly ContenderName[] = ['handWritten', 'holdpoint'];

export interface Contender {
  readonly name: ContenderName;
  readonly client: Client;
  readonly worker: WorkerHandle;
  /** Starts a session of the task and returns its workflow id. */
  readonly start: (task: BenchTask) => Promise<string>;
  /** The signal that approves the gate which this event opened, if it opened one. `before`: gates of the session so far. */
  readonly approvalOf: (seen: Seen) => object | undefined;
}

interface Seen {
  readonly event: HistoryEvent;
  readonly runId: string;
  readonly before: number;
}

export interface ContenderOptions {
  readonly client: Client;
  readonly worker: WorkerHandle;
  readonly taskQueue: string;
}

const REVIEWER = 'reviewer-1';

export function handWritten({ client, worker, taskQueue }: ContenderOptions): Contender {
  return {
    name: 'handWritten',
    client,
    worker,
    start: async ({ goal }) => {
      const workflowId = `hand-written-${randomUUID()}`;
      await client.workflow.start('handWrittenAgent', { taskQueue, workflowId, args: [goal] });
      return workflowId;
    },
    approvalOf: ({ event, before }) => {
      if (!event.timerStartedEventAttributes) return undefined;
      return { gate: before + 1, approved: true, reviewerId: REVIEWER } satisfies HandDecision;
    },
  };
}

interface MemoOfGates {
  readonly pending: readonly { readonly gateId: string; readonly payloadDigest: string }[];
}

export function holdpoint({ client, worker, taskQueue }: ContenderOptions): Contender {
  const sessions = new HoldpointClient({ client, taskQueue });
  return {
    name: 'holdpoint',
    client,
    worker,
    start: async ({ goal }) =>
      sessions.start({ sessionId: `holdpoint-${randomUUID()}`, goal, agentId: 'bench' }),
    approvalOf: ({ event, runId }) => {
      const fields = event.workflowPropertiesModifiedEventAttributes?.upsertedMemo?.fields;
      const written = fields?.['holdpoint'];
      if (!written) return undefined;
      const [gate] = defaultPayloadConverter.fromPayload<MemoOfGates>(written).pending;
      if (gate === undefined) return undefined;
      const { gateId, payloadDigest } = gate;
      return { gateId, runId, payloadDigest, decision: 'approved', reviewerId: REVIEWER };
    },
  };
}

export interface EndedSession {
  readonly workflowId: string;
  readonly events: number;
  readonly workflowTasks: number;
}

/** How a gate is decided: `send` sends the signal. */
export type AtGate = (send: () => Promise<void>, workflowId: string) => Promise<void>;

/** Runs a session to its end, approving what it asks, as soon as it asks unless `atGate` says otherwise. */
export async function runSession(
  contender: Contender,
  task: BenchTask,
  atGate: AtGate = async (send) => send(),
): Promise<EndedSession> {
  const workflowId = await contender.start(task);
  const handle = contender.client.workflow.getHandle(workflowId);
  const ended = { workflowId, events: 0, workflowTasks: 0, gates: 0 };
  let runId = '';
  for await (const event of followHistory(contender.client, workflowId)) {
    runId ||= event.workflowExecutionStartedEventAttributes?.originalExecutionRunId ?? '';
    ended.events += 1;
    if (event.workflowTaskCompletedEventAttributes) ended.workflowTasks += 1;
    ended.events -= takenBack(event);
    if (event.workflowExecutionFailedEventAttributes) {
      throw new Error(`${workflowId} failed: ${JSON.stringify(event)}`);
    }
    const approval = contender.approvalOf({ event, runId, before: ended.gates });
    if (approval === undefined) continue;
    ended.gates += 1;
    await atGate(async () => handle.signal('decide', approval), workflowId);
  }
  return ended;
}

/** A machine that is too busy lets workflow tasks time out. What such a task wrote says nothing about a contender. */
function takenBack({ workflowTaskTimedOutEventAttributes: timedOut }: HistoryEvent): number {
  if (!timedOut) return 0;
  const wasStarted = Number(timedOut.startedEventId ?? 0) > 0;
  return wasStarted ? 3 : 2;
}

/** Every event of a workflow as it is written, until the workflow has ended. */
async function* followHistory(client: Client, workflowId: string): AsyncIterable<HistoryEvent> {
  let nextPageToken: Uint8Array = Uint8Array.of();
  do {
    const page = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      execution: { workflowId },
      waitNewEvent: true,
      nextPageToken,
    });
    yield* page.history?.events ?? [];
    ({ nextPageToken } = page);
  } while (nextPageToken.length > 0);
}

/** Runs `work` for each of `items`, so many at the same time. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  const takeTurns = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
}
