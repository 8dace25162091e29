/** Runs of a session as Temporal keeps them: where their workflow tasks end, and resets to there. */
import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';

export interface RunOf {
  readonly sessionId: string;
  readonly runId: string;
}

export type TaskEnd = NonNullable<
  Parameters<Client['workflowService']['resetWorkflowExecution']>[0]['workflowTaskFinishEventId']
>;

/** The events at which a workflow task of the run was completed: the points that it can be reset to. */
export async function taskEnds(
  client: Client,
  { sessionId, runId }: RunOf,
): Promise<readonly TaskEnd[]> {
  const { events } = await client.workflow.getHandle(sessionId, runId).fetchHistory();
  return (events ?? []).flatMap(({ eventId, workflowTaskCompletedEventAttributes: completed }) =>
    completed == null || eventId == null ? [] : [eventId],
  );
}

/** The id of the run that begins there. Signals and updates that came later are applied to it again, as Temporal does. */
export async function resetTo(
  client: Client,
  { sessionId, runId }: RunOf,
  task: TaskEnd,
): Promise<string> {
  const answer = await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace,
    workflowExecution: { workflowId: sessionId, runId },
    reason: 'an attack',
    requestId: randomUUID(),
    workflowTaskFinishEventId: task,
  });
  return answer.runId;
}
