/** An agent of the examples on its own worker, a model provider that answers from a script, and people who decide. */
import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import type { AgentWorkerOptions } from '../../examples/order-desk/agent-worker.ts';
import { openOrderDesk, type Refund } from '../../examples/order-desk/orders.ts';
import { modelServer, type ModelServer } from '../support/model-server.ts';
import { until } from '../support/until.ts';

export interface AgentWorld {
  readonly people: HoldpointClient;
  readonly model: ModelServer;
  /** What the model was told of its tool calls, in its latest request. */
  readonly told: () => readonly unknown[];
  readonly refunds: readonly Refund[];
  readonly start: (type?: string) => Promise<WorkflowHandle>;
  /** The open gate of a workflow, once there is one. */
  readonly gate: (id: string) => Promise<PendingApproval>;
  /** As many open gates, once they are there. */
  readonly gates: (id: string, count: number) => Promise<readonly PendingApproval[]>;
  readonly decide: (
    id: string,
    gate: PendingApproval,
    how?: object,
  ) => ReturnType<HoldpointClient['decide']>;
  readonly close: () => Promise<void>;
}

export async function openAgentWorld(
  createWorker: (options: AgentWorkerOptions) => Promise<Worker>,
  workflows: Pick<AgentWorkerOptions, 'workflowsPath'> = {},
): Promise<AgentWorld> {
  const address = inject('temporalAddress');
  const namespace = inject('temporalNamespace');
  const [connection, native, evidence, model] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
    openPgliteEvidence({}),
    modelServer(),
  ]);
  const taskQueue = `agents-${randomUUID()}`;
  const { activities: orders, refunds } = openOrderDesk();
  const endpoint = { baseURL: model.baseUrl, apiKey: 'a-key' };
  const worker = await createWorker({
    connection: native,
    namespace,
    taskQueue,
    evidence,
    orders,
    endpoint,
    ...workflows,
  });
  const running = worker.run();
  const client = new Client({ connection, namespace });
  const people = new HoldpointClient({ client, taskQueue });
  return {
    people,
    model,
    refunds,
    told: () => {
      // What a chat completion is asked with, by OpenAI's protocol.
      const messages = model.requests.at(-1)?.body['messages'] as readonly {
        role: string;
        content: unknown;
      }[];
      return messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
    },
    start: (type = 'supportAgent') =>
      client.workflow.start(type, {
        taskQueue,
        workflowId: `${type}-${randomUUID()}`,
        args: [{ task: 'Pay o-7 back.', model: 'served' }],
      }),
    gates: async (id, count) =>
      until(`${count} gates of ${id}`, async () => {
        const open = await people.gates(id);
        return open.length === count && open;
      }),
    gate: (id) => until(`the gate of ${id}`, async () => (await people.gates(id))[0]),
    decide: (id, { gateId, runId, payloadDigest }, how = {}) =>
      people.decide(id, {
        gateId,
        runId,
        payloadDigest,
        decision: 'approved',
        reviewerId: 'rita',
        ...how,
      }),
    close: async () => {
      worker.shutdown();
      await running;
      await Promise.all([model.close(), connection.close(), native.close(), evidence.close()]);
    },
  };
}
