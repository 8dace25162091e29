/** The calls of a workflow under the plugin that nothing held, read from its raw history, over its runs. */
import type { Client } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { type Payload } from '@temporalio/common';
import type { UngatedAction } from '../domain/audit/derived-events.ts';
import { ungatedCallsOf } from '../domain/audit/ungated-calls.ts';
import { originOf } from '../domain/audit/run-history.ts';
import { isPlainObject } from '../domain/text/json.ts';
import { fetchHistoryEvents } from './history-pages.ts';

export interface UngatedCall extends UngatedAction {
  readonly runId: string;
}

/** Of the run with this id, or the latest, and of every run that it continues that the server still has. */
export async function readUngatedCalls(
  client: Client,
  session: { readonly sessionId: string; readonly runId?: string },
): Promise<readonly UngatedCall[]> {
  const { workflow } = client;
  const { sessionId: workflowId } = session;
  const found: UngatedCall[] = [];
  let runId: string | undefined =
    session.runId ?? (await workflow.getHandle(workflowId).describe()).runId;
  while (runId !== undefined) {
    const events = await fetchHistoryEvents(workflow, { workflowId, runId });
    const { continuedRunId } = originOf(events);
    found.unshift(...(await callsOf(client, runId, events)));
    runId = continuedRunId;
  }
  return found;
}

async function callsOf(
  client: Client,
  runId: string,
  events: Awaited<ReturnType<typeof fetchHistoryEvents>>,
): Promise<readonly UngatedCall[]> {
  const { loadedDataConverter } = client.options;
  const consents = new Map<Payload, unknown>();
  for (const { activityTaskScheduledEventAttributes: scheduled } of events) {
    const [consent] = scheduled?.input?.payloads ?? [];
    if (scheduled?.activityType?.name !== 'reserveAction' || consent === undefined) continue;
    const [decoded] = await decodeArrayFromPayloads(loadedDataConverter, [consent]);
    consents.set(consent, decoded);
  }
  const calls = ungatedCallsOf<Payload>(events, (payload) => {
    const consent = consents.get(payload);
    const type = isPlainObject(consent) ? consent['actionType'] : undefined;
    return typeof type === 'string' ? type : undefined;
  });
  return Promise.all(
    calls.map(async ({ payloads, ...call }) => ({
      ...call,
      runId,
      arguments: await decodeArrayFromPayloads(loadedDataConverter, [...payloads]),
    })),
  );
}
