/** What attackers and honest people do alike, and how it is heard: a decision is sent, a tool is scheduled, all is settled. */
import type { Consent } from '../domain/action/consent.ts';
import type { Decision } from '../domain/gate/decision.ts';
import type { Vote } from '../domain/gate/gate.ts';
import { UPDATES } from '../domain/messages.ts';
import type { DecisionReply } from '../domain/session/reply.ts';
import { payloadDigest } from '../domain/text/digest.ts';
import type { RogueStep } from './rogue-workflows.ts';
import type { Target } from './signing.ts';
import type { Stage } from './stage.ts';
import { until } from './until.ts';

const RECORD = { id: 'c-1' };
export const DELETION = { name: 'delete_record', arguments: RECORD };
export const DIGEST = payloadDigest({
  actionType: 'delete_record',
  toolVersion: '1',
  arguments: RECORD,
});
/**
 * `decided`, `refused`, `kept` where no such gate is open, or `malformed` where its validator turned it away. Asked again
 * while keys are looked up.
 */
export async function answered(stage: Stage, session: string, said: object): Promise<string> {
  const handle = stage.client.workflow.getHandle(session);
  return until('an answer', async () => {
    try {
      const reply = await handle.executeUpdate<DecisionReply, [object]>(UPDATES.submitDecision, {
        args: [said],
      });
      if (reply.status !== 'recorded') return reply.status;
      return reply.keptFor === 'gate' && 'kept';
    } catch (error) {
      if (error instanceof Error && error.name === 'WorkflowUpdateFailedError') return 'malformed';
      throw error;
    }
  });
}

/** The deletion, with a consent that fits in everything but for who said yes. */
export function scheduled(target: Target, said: Decision, more: Partial<Consent> = {}): RogueStep {
  const { decisionId, gateId, runId, reviewerId, decision } = said;
  return {
    activity: 'delete_record',
    args: [RECORD],
    consent: {
      payloadDigest: DIGEST,
      policyVersion: target.policyVersion,
      ancestorRuns: [target.runId],
      agentId: 'attacked-agent',
      requesterId: 'rosa',
      tier: 'synchronous_gate',
      decision: {
        decisionId,
        gateId,
        runId,
        reviewerId,
        decision,
        votes: [voteOf(said)],
        ...(decision === 'modified' ? { shown: RECORD } : {}),
      },
      ...more,
    },
  };
}

export function voteOf(decision: Decision): Vote {
  const personId = decision.reviewerId;
  return { decision, personId, groups: ['ops'], tier: 'escalation', proof: 'signed', at: 0 };
}

/** Nothing is on its way: what was going to happen has. */
export async function settled({ client }: Stage, session: string): Promise<void> {
  let quiet = 0;
  await until(`${session} is settled`, async () => {
    const { raw, status } = await client.workflow.getHandle(session).describe();
    const isQuiet =
      status.name !== 'RUNNING' ||
      ((raw.pendingActivities ?? []).length === 0 && raw.pendingWorkflowTask == null);
    quiet = isQuiet ? quiet + 1 : 0;
    return quiet >= 3;
  });
}
