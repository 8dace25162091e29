/** A demo of one agent: it looks orders up, its refund waits, and Rita approves it. */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { HoldpointClient } from 'holdpoint/client';
import { openPgliteEvidence, startTemporalServer } from 'holdpoint/worker';
import type { AgentWorkerOptions } from './agent-worker.ts';
import { openOrderDesk } from './orders.ts';

export async function show(
  createAgentWorker: (options: AgentWorkerOptions) => Promise<Worker>,
): Promise<void> {
  const { OPENAI_BASE_URL: baseURL, OPENAI_MODEL: model, OPENAI_API_KEY: apiKey } = process.env;
  if (baseURL === undefined || model === undefined || apiKey === undefined) {
    console.error('Set OPENAI_BASE_URL (ends in /v1), OPENAI_MODEL and OPENAI_API_KEY.');
    process.exitCode = 2;
    return;
  }
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const progress = (line: string): void => console.log(`· ${line}`);
  const { address, namespace, close } = await startTemporalServer({ progress });
  const connection = await Connection.connect({ address });
  const workerConnection = await NativeConnection.connect({ address });
  const evidence = await openPgliteEvidence({});
  const { activities: orders, refunds } = openOrderDesk();
  const taskQueue = 'order-desk';
  const endpoint = { baseURL, apiKey };
  const worker = await createAgentWorker({
    connection: workerConnection,
    namespace,
    taskQueue,
    evidence,
    orders,
    endpoint,
  });
  await worker.runUntil(async () => {
    const client = new Client({ connection, namespace });
    const holdpoint = new HoldpointClient({ client, taskQueue });
    const workflowId = 'support-1';
    const task = 'Ada was charged twice for her order. Pay it back.';
    const args = [{ task, model }];
    const handle = await client.workflow.start('supportAgent', { taskQueue, workflowId, args });
    for await (const { event } of holdpoint.watch(workflowId)) {
      if (event.eventType !== 'gate_presented') continue;
      for (const gate of await holdpoint.gates(workflowId)) {
        const { gateId, runId, payloadDigest, description } = gate;
        console.log(`Rita approves: ${description}`);
        const approved = { decision: 'approved', reviewerId: 'rita' } as const;
        await holdpoint.decide(workflowId, { gateId, runId, payloadDigest, ...approved });
      }
    }
    console.log(await handle.result());
    console.log('refunds:', refunds);
    console.log(await holdpoint.auditReport(workflowId));
  });
  await Promise.all([connection.close(), workerConnection.close(), evidence.close()]);
  await close();
}
