/**
 * Looks at a session from outside, none of which rejects: what Temporal knows of it, which needs no worker, and what it
 * says itself. A question costs its worker a replay, and gets in the way of the session's own tasks: look first.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { SECOND_MS } from '../domain/limits.ts';
import { QUERIES, type SessionStatus } from '../domain/messages.ts';
import type { WorkInFlight } from '../domain/session/session.ts';
import { isPlainObject } from '../domain/text/json.ts';
import { ask, isUnregistered } from './question.ts';

export const LOOK_WITHIN_MS = 2 * SECOND_MS;

/** By Temporal's word. `undefined`: it could not be had. */
export type SessionFacts = 'ended' | { readonly inFlight: readonly WorkInFlight[] } | undefined;

/** Whether it has ended, and the activities of it that have not come back. */
export async function lookAt(client: Client, sessionId: string): Promise<SessionFacts> {
  try {
    const { status, raw } = await client.withDeadline(Date.now() + LOOK_WITHIN_MS, () =>
      client.workflow.getHandle(sessionId).describe(),
    );
    if (status.name !== 'RUNNING') return 'ended';
    const inFlight = (raw.pendingActivities ?? []).map((one) => ({
      workId: one.activityId ?? '',
      actionType: one.activityType?.name ?? '',
      since: Number((one.lastStartedTime ?? one.scheduledTime)?.seconds ?? 0) * SECOND_MS,
    }));
    return { inFlight };
  } catch (error) {
    return error instanceof WorkflowNotFoundError ? 'ended' : undefined;
  }
}

/** What it says of itself. `silent`: for whatever reason, nothing. `not_ours`: Holdpoint is not in it. */
export async function askFor(
  client: Client,
  sessionId: string,
): Promise<SessionStatus | 'silent' | 'not_ours'> {
  try {
    return await client.withDeadline(Date.now() + LOOK_WITHIN_MS, () =>
      ask<SessionStatus>(client, sessionId, QUERIES.status),
    );
  } catch (error) {
    return isUnregistered(error) ? 'not_ours' : 'silent';
  }
}

/** The agent that a session of ours was started for, from the first event of its history. */
export async function agentByHistory(
  client: Client,
  execution: { readonly workflowId: string; readonly runId: string },
): Promise<string | undefined> {
  try {
    const { history } = await client.withDeadline(Date.now() + LOOK_WITHIN_MS, () =>
      client.workflowService.getWorkflowExecutionHistory({
        namespace: client.options.namespace,
        execution,
        maximumPageSize: 1,
      }),
    );
    const started = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
    const [payload] = started?.input?.payloads ?? [];
    if (payload === undefined) return undefined;
    const [input] = await decodeArrayFromPayloads(client.options.loadedDataConverter, [payload]);
    const agentId = isPlainObject(input) ? input['agentId'] : undefined;
    return typeof agentId === 'string' ? agentId : undefined;
  } catch {
    return undefined;
  }
}
