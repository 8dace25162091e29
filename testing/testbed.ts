/** An agent under test: Temporal's dev server, a worker with a team's tools and policy, and a client, in one process. */
import { Client, Connection } from '@temporalio/client';
import { scriptedConfidence } from '../activities/adapters/scripted-model.ts';
import type { ConfidenceModel, Model } from '../activities/ports.ts';
import type { Tool } from '../activities/tool.ts';
import type { Directory, KeySource } from '../activities/trust.ts';
import type { StartOptions } from '../client/client-options.ts';
import { HoldpointClient } from '../client/holdpoint-client.ts';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { defaultPolicy } from '../domain/schema/policy.ts';
import type { SessionResult } from '../domain/session/agent-loop.ts';
import { startEmbedded } from '../workers/embedded.ts';
import type { Reviewer } from './reviewer.ts';

export interface TestbedOptions {
  readonly tools: readonly Tool[];
  readonly model: Model;
  /** Left out: the default policy. */
  readonly policy?: Policy;
  /** Whose signed decisions count, for a policy that takes proof. */
  readonly keys?: KeySource;
  /** Who stands behind accounts, for a policy that says `people: directory`. */
  readonly directory?: Directory;
  /** Left out: every answer is sure. */
  readonly confidenceModel?: ConfidenceModel;
  /** What happens meanwhile, line by line. Left out: nothing is said. */
  readonly progress?: (line: string) => void;
}

export interface SessionRun {
  readonly sessionId: string;
  readonly result: SessionResult;
  readonly events: readonly AuditEvent[];
}

export interface Testbed {
  readonly holdpoint: HoldpointClient;
  /** Runs a session to its end, with somebody at its gates, or several one after the other. Rejects where it fails. */
  readonly run: (
    input: Omit<StartOptions, 'agentId'> & { readonly agentId?: string },
    reviewers: Reviewer | readonly Reviewer[],
  ) => Promise<SessionRun>;
  readonly close: () => Promise<void>;
}

export async function openTestbed(options: TestbedOptions): Promise<Testbed> {
  const { policy = defaultPolicy(), progress = () => {} } = options;
  const confidenceModel = options.confidenceModel ?? scriptedConfidence([{ score: 1 }]);
  const embedded = await startEmbedded({
    ...options,
    policy,
    progress,
    confidenceModel,
    ui: false,
  });
  const { address, namespace, taskQueue } = embedded;
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace });
  const holdpoint = new HoldpointClient({ client, taskQueue });
  return {
    holdpoint,
    run: async (input, reviewers) => {
      const sessionId = await holdpoint.start({ agentId: 'test-agent', ...input });
      const events = await attend(holdpoint, sessionId, [reviewers].flat());
      return { sessionId, events, result: await holdpoint.result(sessionId) };
    },
    close: async () => {
      await connection.close();
      await embedded.close();
    },
  };
}

/** Somebody is at the gates of a session, and of the sub-agents it starts, until it has ended. */
async function attend(
  holdpoint: HoldpointClient,
  sessionId: string,
  reviewers: readonly Reviewer[],
): Promise<readonly AuditEvent[]> {
  const events: AuditEvent[] = [];
  const below: Promise<unknown>[] = [];
  for await (const { event } of holdpoint.watch(sessionId)) {
    events.push(event);
    const childId =
      event.eventType === 'child_started' ? event.details?.['childSessionId'] : undefined;
    if (typeof childId === 'string') below.push(attend(holdpoint, childId, reviewers));
    if (event.eventType === 'gate_presented') {
      const { gateId = '' } = event;
      for (const reviewer of reviewers)
        await decideGate(holdpoint, { sessionId, gateId }, reviewer);
    }
  }
  await Promise.all(below);
  return events;
}

async function decideGate(
  holdpoint: HoldpointClient,
  { sessionId, gateId }: { readonly sessionId: string; readonly gateId: string },
  reviewer: Reviewer,
): Promise<void> {
  const gate = (await holdpoint.gates(sessionId)).find((one) => one.gateId === gateId);
  const said = gate === undefined ? undefined : reviewer.decide(gate);
  if (gate === undefined || said === undefined) return;
  const { runId, payloadDigest, policyVersion } = gate;
  const { id: reviewerId, signer } = reviewer;
  const decision = { gateId, runId, payloadDigest, reviewerId, ...said };
  const proof = signer === undefined ? {} : { proof: { signer, policyVersion } };
  await holdpoint.decide(sessionId, decision, proof);
}
