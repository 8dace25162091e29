/**
 * Two orders through a workflow that knows nothing of Holdpoint. The first is shipped once Rita has approved. Of the
 * second she approves the charge, which is high, and rejects the shipment: the workflow undoes what it did.
 */
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { HoldpointClient } from 'holdpoint/client';
import { holdpoint, openPgliteEvidence, startTemporalServer } from 'holdpoint/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { openDesk } from './desk.ts';
import { policy } from './policy.ts';
import { orderWorker, TASK_QUEUE } from './worker.ts';
import type { Fulfilment, Order } from './workflows.ts';

type FulfilOrder = (order: Order) => Promise<Fulfilment>;

Runtime.install({ logger: new DefaultLogger('WARN') });
const server = await startTemporalServer({ progress: (line) => console.log(`· ${line}`) });
const { address, namespace } = server;
const evidence = await openPgliteEvidence({});
const native = await NativeConnection.connect({ address });
const activities = openDesk((line) => console.log(`  ${line}`));
const worker = await orderWorker({ connection: native, evidence, activities });
const running = worker.run();

const connection = await Connection.connect({ address });
// region: client
const client = new Client({
  connection,
  namespace,
  plugins: [holdpoint({ policy, requesterId: 'web-shop' })],
});
const people = new HoldpointClient({ client });
// endregion

interface Answer {
  readonly reviewerId: string;
  readonly decision: 'approved' | 'rejected';
  readonly rationale?: string;
}

type Running = WorkflowHandle<FulfilOrder>;

/** Gives these answers in turn, each to the gate that waits then. */
async function review({ workflowId }: Running, answers: readonly Answer[]): Promise<void> {
  const ended = new Set<string>();
  for (const answer of answers) {
    let [gate] = await people.gates(workflowId);
    while (gate === undefined || ended.has(gate.gateId)) {
      await delay(100);
      [gate] = await people.gates(workflowId);
    }
    const { gateId, runId, payloadDigest, description } = gate;
    const reply = await people.decide(workflowId, { gateId, runId, payloadDigest, ...answer });
    if (reply.status === 'decided') ended.add(gateId);
    const said = reply.status === 'refused' ? `refused, ${reply.code}` : answer.decision;
    console.log(`? ${description} → ${answer.reviewerId}: ${said}`);
  }
}

async function fulfil(order: Order, answers: readonly Answer[]): Promise<void> {
  const handle = await client.workflow.start<FulfilOrder>('fulfilOrder', {
    taskQueue: TASK_QUEUE,
    workflowId: `order-${order.order}`,
    args: [order],
  });
  await review(handle, answers);
  console.log(JSON.stringify(await handle.result()));
  console.log(await people.auditReport(handle.workflowId));
}

const yes = { reviewerId: 'rita', decision: 'approved' } as const;
const no = { reviewerId: 'rita', decision: 'rejected', rationale: 'no such address' } as const;
await fulfil({ order: '1', item: 'tea', amount: 80, address: '1 Quay Street' }, [
  // Who asked for it may not decide about it.
  { ...yes, reviewerId: 'web-shop' },
  yes,
]);
await fulfil({ order: '2', item: 'piano', amount: 900, address: 'unknown' }, [yes, no, yes]);

worker.shutdown();
await running;
await Promise.all([connection.close(), native.close(), evidence.close()]);
await server.close();
