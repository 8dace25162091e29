/** Whether a worker can do its work right now: it runs, and Temporal and the evidence store answer. */
import { isGrpcServiceError } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import type { EvidenceStore } from '../evidence/store.ts';

export interface Needed {
  /** Of the worker. */
  readonly state: string;
  readonly evidence: EvidenceStore;
  /** Undefined: the worker has not connected yet, and its state says so. */
  readonly temporal: NativeConnection | undefined;
}

const READY_WITHIN_MS = 3_000;

/** A digest that nothing has: asking for it costs one look-up by key. */
const NO_DIGEST = '0'.repeat(64);

/** What is missing, in words. Nothing: it is ready. */
export async function whyNotReady({
  state,
  evidence,
  temporal,
}: Needed): Promise<readonly string[]> {
  const [isStoreThere, isTemporalThere] = await Promise.all([
    inTime(evidence.content(NO_DIGEST).then(() => true)),
    temporal === undefined ? true : inTime(isThere(temporal)),
  ]);
  return [
    ...(state === 'RUNNING' ? [] : [`the worker is ${state}`]),
    ...(isTemporalThere === true ? [] : ['Temporal does not answer']),
    ...(isStoreThere === true ? [] : ['the evidence store does not answer']),
  ];
}

/** gRPC's codes for: no answer in time; nobody there. Whoever refuses is there. */
const NOBODY_THERE: readonly number[] = [4, 14];

async function isThere(temporal: NativeConnection): Promise<boolean> {
  try {
    await temporal.withDeadline(Date.now() + READY_WITHIN_MS, async () =>
      temporal.workflowService.getSystemInfo({}),
    );
    return true;
  } catch (error) {
    return isGrpcServiceError(error) && !NOBODY_THERE.includes(error.code);
  }
}

/** Undefined: it failed, or took longer than readiness may. */
export async function inTime<T>(answer: Promise<T>): Promise<T | undefined> {
  let limit: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => {
    limit = setTimeout(() => resolve(undefined), READY_WITHIN_MS);
  });
  try {
    return await Promise.race([answer.catch(() => undefined), tooLate]);
  } finally {
    clearTimeout(limit);
  }
}
