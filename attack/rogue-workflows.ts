/**
 * Workflows of somebody who holds the worker's credentials for Temporal: they schedule a team's tools on the worker's own
 * task queue, with no consent or one that is made up, and hand made-up states on to Holdpoint's own workflows.
 */
import { ApplicationFailure } from '@temporalio/common';
import {
  ActivityFailure,
  makeContinueAsNewFunc,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Consent } from '../domain/action/consent.ts';
import type { JsonObject } from '../domain/text/json.ts';
import { scheduleWith } from '../workflows/consent-header.ts';

/** One activity of the attacked worker. */
export interface RogueStep {
  readonly activity: string;
  readonly args: readonly unknown[];
  /** What is changed of a consent that fits this workflow. Left out: there is none. */
  readonly consent?: Partial<Consent>;
}

/** Of each step `ran`, or the type of its failure. */
export async function rogue(attacked: string, steps: readonly RogueStep[]): Promise<string[]> {
  const came: string[] = [];
  for (const step of steps) came.push(await tried(attacked, step));
  return came;
}

async function tried(taskQueue: string, step: RogueStep): Promise<string> {
  const { activity, args, consent } = step;
  const activities = proxyActivities<
    Record<string, (...given: readonly unknown[]) => Promise<unknown>>
  >({
    taskQueue,
    startToCloseTimeout: '30 seconds',
    retry: { maximumAttempts: 1 },
  });
  const schedule = async (): Promise<unknown> => activities[activity]?.(...args);
  try {
    await (consent === undefined ? schedule() : scheduleWith(fitting(consent), schedule));
    return 'ran';
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    return cause instanceof ApplicationFailure ? (cause.type ?? 'failed') : 'failed';
  }
}

function fitting(change: Partial<Consent>): Consent {
  const { workflowId: sessionId, firstExecutionRunId } = workflowInfo();
  return {
    version: 1,
    sessionId,
    agentId: 'attacked-agent',
    firstExecutionRunId,
    ancestorRuns: [],
    actionId: '1/1',
    actionType: 'delete_record',
    toolVersion: '1',
    payloadDigest: '',
    policyVersion: 'none',
    tier: 'automated',
    oneShot: true,
    evidence: [],
    ...change,
  };
}

/** Goes on as a session of Holdpoint's, with a record in which everything is decided already. */
export async function impostor(
  taskQueue: string,
  input: JsonObject,
  carried: JsonObject,
): Promise<void> {
  const { runId } = workflowInfo();
  const record = { ...(carried['record'] as JsonObject), ancestorRuns: [runId] };
  const goOn = makeContinueAsNewFunc<(...args: readonly unknown[]) => Promise<unknown>>({
    workflowType: 'agentSession',
    taskQueue,
  });
  await goOn(input, { ...carried, record });
}
