/** A workflow that does what none should: it schedules a tool past the gate, with no consent or one of its own making. */
import { ApplicationFailure } from '@temporalio/common';
import { ActivityFailure, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Consent } from '../../domain/action/consent.ts';
import type { JsonObject } from '../../domain/text/json.ts';
import { scheduleWith } from '../../workflows/consent-header.ts';

export interface PastTheGate {
  readonly tool: string;
  readonly args: JsonObject;
  /** Over the consent that would fit but for its decision; left out: none. */
  readonly consent?: Partial<Consent>;
}

/** `ran`, or the type of the failure. */
export async function pastTheGate({ tool, args, consent }: PastTheGate): Promise<string> {
  const tools = proxyActivities<Record<string, (args: JsonObject) => Promise<unknown>>>({
    startToCloseTimeout: '20 seconds',
    retry: { maximumAttempts: 1 },
  });
  const schedule = async (): Promise<unknown> => tools[tool]?.(args);
  try {
    await (consent === undefined ? schedule() : scheduleWith(forged(consent), schedule));
    return 'ran';
  } catch (error) {
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (!(cause instanceof ApplicationFailure)) throw error;
    return cause.type ?? '';
  }
}

function forged(change: Partial<Consent>): Consent {
  const { workflowId: sessionId, firstExecutionRunId } = workflowInfo();
  return {
    version: 1,
    sessionId,
    agentId: 'agent',
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
