/** An update of a session, as every one of ours is sent: under its prefixed name, and a refusal is an answer. */
import { type Client, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { wireName } from '../domain/messages.ts';
import { isRefusalCode } from '../domain/refusal.ts';

export interface SessionUpdate {
  readonly sessionId: string;
  readonly name: string;
  readonly argument: unknown;
  readonly updateId: string;
}

/** An update whose validator said no is a refusal like any other, by its code. */
export async function updateSession<Reply>(
  client: Client,
  { sessionId, name, argument, updateId }: SessionUpdate,
): Promise<Reply> {
  const handle = client.workflow.getHandle(sessionId);
  try {
    return await handle.executeUpdate<Reply, [unknown]>(wireName(name), {
      args: [argument],
      updateId,
    });
  } catch (error) {
    const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure) || !isRefusalCode(cause.type)) throw error;
    return { status: 'refused', code: cause.type, message: cause.message } as Reply;
  }
}
