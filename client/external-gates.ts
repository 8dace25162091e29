/**
 * External gates, for agents that are no workflows: asking for one, and what became of it. One key of one requester is
 * one gate, however often and from however many places it is asked for: the workflow id is made of both, and Temporal
 * starts an id once. The request stands in the memo it is started with, so that no worker is needed to compare it.
 *
 * A key holds for as long as Temporal keeps the gate's history: while it waits, and for the namespace's retention after.
 */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { startMemo } from '../domain/audit/memo.ts';
import { SECOND_MS } from '../domain/limits.ts';
import { type HoldpointMemo, MEMO_KEY, REQUEST_MEMO_KEY } from '../domain/messages.ts';
import { externalGateInputSchema } from '../domain/schema/external-gate.ts';
import type { ExternalGate, ExternalGateInput } from '../domain/session/external-gate.ts';
import { digestOfJson } from '../domain/text/digest.ts';
import { isPlainObject } from '../domain/text/json.ts';
import { summaryText } from '../domain/text/summary.ts';
import { whenDone } from './waiting.ts';

export interface RequestedGate {
  readonly id: string;
  /** `repeated`: the same request under the same key. `conflict`: another request has used the key; nothing was started. */
  readonly status: 'started' | 'repeated' | 'conflict';
}

export interface GateKey {
  /** The requester's own, for one thing that it wants to do. */
  readonly key: string;
}

export interface ExternalGateQuestion {
  /** Only a gate of this requester's. Left out: whoever asked for it. */
  readonly requesterId?: string;
  /** How long to wait for it to be settled, ms. Default: not at all. */
  readonly waitMs?: number;
  /** Ends the waiting before its time: what is known is answered. */
  readonly signal?: AbortSignal;
}

interface RequestMemo {
  readonly version: 1;
  readonly requesterId: string;
  /** Of the whole request. */
  readonly digest: string;
}

const START_WITHIN_MS = 10 * SECOND_MS;
const ID_DIGITS = 40;

/** Throws a ZodError where the input is none. */
export async function requestExternalGate(
  client: Client,
  raw: ExternalGateInput,
  { key, taskQueue }: GateKey & { readonly taskQueue: string },
): Promise<RequestedGate> {
  const { requesterId, ...request } = externalGateInputSchema.parse(raw);
  const input = { ...request, requesterId };
  const id = `gate-${digestOfJson([requesterId, key]).slice(0, ID_DIGITS)}`;
  const memo: RequestMemo = {
    version: 1,
    requesterId,
    digest: digestOfJson(JSON.parse(JSON.stringify(input))),
  };
  try {
    await client.withDeadline(Date.now() + START_WITHIN_MS, () =>
      client.workflow.start('externalGate', {
        taskQueue,
        workflowId: id,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        workflowIdConflictPolicy: 'FAIL',
        args: [input],
        memo: { [REQUEST_MEMO_KEY]: memo, [MEMO_KEY]: startMemo(input) },
        staticSummary: summaryText(`${input.actionType} for ${input.agentId}`),
      }),
    );
    return { id, status: 'started' };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const first = await describe(client, id);
    return { id, status: first?.request.digest === memo.digest ? 'repeated' : 'conflict' };
  }
}

/** Undefined: there is no such gate of this requester's. */
export async function readExternalGate(
  client: Client,
  id: string,
  { requesterId, waitMs = 0, signal }: ExternalGateQuestion = {},
): Promise<ExternalGate | undefined> {
  const found = await describe(client, id);
  if (found === undefined) return undefined;
  if (requesterId !== undefined && found.request.requesterId !== requesterId) return undefined;
  if (!found.isRunning) return settledGate(client, id);
  const settled =
    waitMs > 0
      ? await whenDone(client, { waitMs, signal }, async () => settledGate(client, id))
      : undefined;
  if (settled !== undefined) return settled;
  // What has come of it in the meantime: the gate may have opened, or climbed.
  const latest = waitMs > 0 ? ((await describe(client, id)) ?? found) : found;
  return latest.isRunning ? latest.pending : settledGate(client, id);
}

interface Described {
  readonly request: RequestMemo;
  readonly isRunning: boolean;
  readonly pending: ExternalGate;
}

/** Undefined where there is no workflow of this id, or it is no external gate. */
async function describe(client: Client, id: string): Promise<Described | undefined> {
  try {
    const { memo, status } = await client.withDeadline(Date.now() + START_WITHIN_MS, () =>
      client.workflow.getHandle(id).describe(),
    );
    const request = memo?.[REQUEST_MEMO_KEY];
    if (!isRequestMemo(request)) return undefined;
    const gates = (memo?.[MEMO_KEY] as HoldpointMemo | undefined)?.pending ?? [];
    return { request, isRunning: status.name === 'RUNNING', pending: pendingGate(id, gates) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

function isRequestMemo(value: unknown): value is RequestMemo {
  return isPlainObject(value) && typeof value['requesterId'] === 'string' && value['version'] === 1;
}

function pendingGate(id: string, [gate]: HoldpointMemo['pending']): ExternalGate {
  const pending = { id, status: 'pending', proceed: false } as const;
  if (gate === undefined) return pending;
  const { gateId, actionType, payloadDigest, tier, respondBy } = gate;
  return { ...pending, gateId, actionType, payloadDigest, tier, respondBy };
}

/** Waits for its end. However it ended, it is told. */
async function settledGate(client: Client, id: string): Promise<ExternalGate> {
  try {
    return (await client.workflow.getHandle(id).result()) as ExternalGate;
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const message = `The gate was ended from outside: ${error.cause?.message ?? error.message}`;
    return { id, status: 'failed', proceed: false, message };
  }
}
