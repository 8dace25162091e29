/** A decision whose session has ended: a small workflow of its own records it, and tells what had happened. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { DecisionReply } from '../domain/session/reply.ts';

export interface LateDecision {
  readonly sessionId: string;
  readonly decision: { readonly decisionId: string };
  /** Where sessions run, if Temporal does not know it of this one any more. */
  readonly taskQueue: string;
}

export async function decideLate(client: Client, late: LateDecision): Promise<DecisionReply> {
  const { sessionId, decision } = late;
  return client.workflow.execute('lateDecision', {
    taskQueue: await taskQueueOf(client, late),
    workflowId: `late-decision/${sessionId}/${decision.decisionId}`,
    workflowIdConflictPolicy: 'USE_EXISTING',
    args: [{ sessionId, decision }],
  }) as Promise<DecisionReply>;
}

/** A workflow of a team's own has its own, and the worker there knows lateDecision as well. */
async function taskQueueOf(
  client: Client,
  { sessionId, taskQueue }: LateDecision,
): Promise<string> {
  try {
    return (await client.workflow.getHandle(sessionId).describe()).taskQueue;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return taskQueue;
    throw error;
  }
}
