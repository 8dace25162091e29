/**
 * Where the attacks on running systems take place: Temporal's dev server, one Holdpoint worker with evidence in PGlite,
 * and beside it a worker of the attacker's, who holds the same credentials and runs workflows of their own.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { HoldpointClient } from '../client/holdpoint-client.ts';
import type { AuditEvent } from '../domain/audit/audit-event.ts';
import type { PendingApproval } from '../domain/messages.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';
import { openPgliteEvidence } from '../evidence/pglite.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { startTemporalServer } from '../workers/temporal-server.ts';
import { bundleWorkflows, createHoldpointWorker } from '../workers/worker.ts';
import {
  AGENT,
  attackedPolicy,
  type Desk,
  openDesk,
  REQUESTER,
  trustedKeys,
  type Turns,
} from './desk.ts';
import type { Target } from './signing.ts';
import type { RogueStep } from './rogue-workflows.ts';
import { until } from './until.ts';

export interface Stage {
  readonly client: Client;
  readonly holdpoint: HoldpointClient;
  readonly evidence: EvidenceStore;
  readonly desk: Desk;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Of the attacker's own worker. */
  readonly rogueQueue: string;
  /** What the workers trust, from now on. */
  trust(keys: readonly TrustedKey[]): void;
  start(turns: Turns, sessionId?: string): Promise<string>;
  gates(sessionId: string, count: number): Promise<readonly PendingApproval[]>;
  oneGate(sessionId: string): Promise<PendingApproval>;
  trail(sessionId: string): Promise<readonly AuditEvent[]>;
  /** Runs steps in a workflow of the attacker's, under this id, and returns what came of each. */
  rogue(sessionId: string, steps: readonly RogueStep[]): Promise<readonly string[]>;
  stopWorker(): Promise<void>;
  startWorker(): Promise<void>;
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  // Here, not at the start: a runtime that no worker uses is ended by nobody, and keeps the process.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    // What the attacks provoke, such as tasks that are gone, is expected.
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const server = await startTemporalServer({ progress: () => undefined });
  const { address, namespace } = server;
  const [connection, native, evidence] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
    openPgliteEvidence({}),
  ]);
  const client = new Client({ connection, namespace });
  const queues = { taskQueue: 'attacked', rogueQueue: 'rogue' };
  const { taskQueue, rogueQueue } = queues;
  const desk = openDesk();
  let keys = trustedKeys();
  const attacked = async (): Promise<() => Promise<void>> =>
    running(
      await createHoldpointWorker({
        connection: native,
        namespace,
        taskQueue,
        evidence,
        policy: attackedPolicy(),
        keys: { keys: async () => keys },
        tools: desk.tools,
        activities: desk.activities,
        model: desk.model,
        confidenceModel: desk.confidenceModel,
      }),
    );
  const rogueWorker = await Worker.create({
    connection: native,
    namespace,
    taskQueue: rogueQueue,
    workflowBundle: await bundleWorkflows({ workflowsPath: modulePath('rogue-workflows') }),
  });
  const stopRogue = running(rogueWorker);
  let stopAttacked: (() => Promise<void>) | undefined = await attacked();
  const stopWorker = async (): Promise<void> => {
    await stopAttacked?.();
    stopAttacked = undefined;
  };
  const holdpoint = new HoldpointClient({ client, taskQueue });
  return {
    client,
    holdpoint,
    evidence,
    desk,
    namespace,
    ...queues,
    trust: (now) => {
      keys = now;
    },
    ...actsOf({ client, holdpoint, desk, ...queues }),
    stopWorker,
    startWorker: async () => {
      stopAttacked ??= await attacked();
    },
    close: async () => {
      await Promise.all([stopWorker(), stopRogue()]);
      await Promise.all([connection.close(), native.close(), evidence.close()]);
      await server.close();
    },
  };
}

/** This module's own kind: source under a test, JavaScript in the build. */
function modulePath(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(`${name}${extension}`, import.meta.url));
}

function running(worker: Worker): () => Promise<void> {
  const run = worker.run();
  return async () => {
    worker.shutdown();
    await run;
  };
}

type Acts = Pick<Stage, 'start' | 'gates' | 'oneGate' | 'trail' | 'rogue'>;

function actsOf({
  client,
  holdpoint,
  desk,
  taskQueue,
  rogueQueue,
}: Pick<Stage, 'client' | 'holdpoint' | 'desk' | 'taskQueue' | 'rogueQueue'>): Acts {
  const gates: Stage['gates'] = async (sessionId, count) =>
    until(`${count} gates of ${sessionId}`, async () => {
      const open = await holdpoint.gates(sessionId);
      return open.length === count && open;
    });
  return {
    start: async (turns, sessionId = `attacked-${randomUUID()}`) => {
      const goal = `goal of ${sessionId}`;
      desk.play(goal, turns);
      return holdpoint.start({ goal, agentId: AGENT, requesterId: REQUESTER, sessionId });
    },
    gates,
    oneGate: async (sessionId) => {
      const [gate] = await gates(sessionId, 1);
      if (gate === undefined) throw new Error('One gate is one gate');
      return gate;
    },
    trail: async (sessionId) => (await holdpoint.auditTrail(sessionId)).map(({ event }) => event),
    rogue: async (sessionId, steps) =>
      client.workflow.execute<(of: string, steps: readonly RogueStep[]) => Promise<string[]>>(
        'rogue',
        { workflowId: sessionId, taskQueue: rogueQueue, args: [taskQueue, steps] },
      ),
  };
}

/** A gate as a decision is aimed at it, under a fresh id. */
export function targetOf({ namespace }: Pick<Stage, 'namespace'>, gate: PendingApproval): Target {
  const { sessionId, gateId, runId, payloadDigest, policyVersion } = gate;
  const decisionId = randomUUID();
  return { namespace, sessionId, gateId, runId, payloadDigest, policyVersion, decisionId };
}
