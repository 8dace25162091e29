/** Each workflow of the example once, with Rita who decides and Olga who pauses. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { HoldpointClient, type PendingApproval } from 'holdpoint/client';
import { definePolicy } from 'holdpoint/policy';
import { scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { startEmbedded } from 'holdpoint/worker';
import { bank } from './bank.ts';

// region: worker
const embedded = await startEmbedded({
  progress: (line) => console.log(`· ${line}`),
  ui: false,
  workflowsPath: fileURLToPath(new URL('workflows.js', import.meta.url)),
  activities: { ...bank },
  policy: definePolicy({
    name: 'bank',
    version: '1',
    tools: {
      pay_invoice: { reversibility: 'irreversible', allowedModifications: ['amount'] },
      readAccount: { readOnly: true },
      closeAccount: { reversibility: 'irreversible' },
      wire: { reversibility: 'partially_reversible', value: '/amount' },
      renew: { reversibility: 'irreversible' },
    },
    limits: { historyEventsMax: 50 },
  }),
  // No session runs here, so no model is asked: the first call of one would fail.
  tools: [],
  model: scriptedModel([{ text: 'There is no model here.' }]),
  confidenceModel: scriptedConfidence([{ score: 0 }]),
});
// endregion
const { address, namespace, taskQueue } = embedded;
const connection = await Connection.connect({ address });
const client = new Client({ connection, namespace });
const people = new HoldpointClient({ client, taskQueue });

async function begin(type: string, ...args: readonly unknown[]): Promise<WorkflowHandle> {
  const workflowId = `${type}-${randomUUID()}`;
  return client.workflow.start(type, { taskQueue, workflowId, args: [...args] });
}

/** The gate that waits in a workflow, once there is one, and what has to be said to answer it. */
async function gateOf({ workflowId }: WorkflowHandle): Promise<PendingApproval> {
  for (;;) {
    const [gate] = await people.gates(workflowId);
    if (gate !== undefined) return gate;
    await delay(100);
  }
}

async function tell(
  handle: WorkflowHandle,
  how: {
    readonly decision: 'approved' | 'rejected' | 'modified';
    readonly rationale?: string;
    readonly modifications?: Record<string, string | number>;
  },
): Promise<void> {
  const { gateId, runId, payloadDigest } = await gateOf(handle);
  const shown = { gateId, runId, payloadDigest, reviewerId: 'rita' };
  await people.decide(handle.workflowId, { ...shown, ...how });
}

async function show(handle: WorkflowHandle): Promise<void> {
  const type = handle.workflowId.split('-')[0] ?? '';
  console.log(`${type} → ${JSON.stringify(await handle.result())}`);
}

async function showRuns({ workflowId }: WorkflowHandle): Promise<void> {
  const { trail } = await people.history(workflowId);
  const runs = new Set(trail.map(({ runId }) => runId)).size;
  const gates = trail.filter(({ event }) => event.eventType === 'gate_presented').length;
  console.log(`${workflowId.split('-')[0]} took ${runs} runs, and asked ${gates} times`);
}

const paying = await begin('payInvoice', 'acme', 120);
await tell(paying, { decision: 'modified', modifications: { amount: 100 } });
await show(paying);

const closing = await begin('closeAccount', 'a-1');
await tell(closing, { decision: 'rejected', rationale: 'it is in use' });
await show(closing);

await show(await begin('wireAll', ['a-1', 'a-2']));

const choosing = await begin('chooseSupplier', ['north', 'south']);
await tell(choosing, { decision: 'approved', modifications: { answer: 'south' } });
await show(choosing);

await show(await begin('answerCustomer', 'It comes on Monday.', 0.9));
const unsure = await begin('answerCustomer', 'It comes on Monday.', 0.5);
await tell(unsure, { decision: 'modified', modifications: { answer: 'It comes on Tuesday.' } });
await show(unsure);

// Paused before its first step, told something, and let go.
const olga = { operatorId: 'olga', reason: 'the source is being repaired' };
const importing = await client.workflow.signalWithStart('importRows', {
  taskQueue,
  workflowId: `importRows-${randomUUID()}`,
  args: [{ from: 1, to: 20 }],
  signal: 'holdpoint_pause',
  signalArgs: [olga],
});
const { phase, inFlight } = await people.status(importing.workflowId);
console.log(`importRows is ${phase}, in flight: ${inFlight.length}`);
await people.instruct(importing.workflowId, { ...olga, message: 'leave out 7' });
await people.resume(importing.workflowId, { ...olga, reason: 'it is repaired' });
await show(importing);
await showRuns(importing);

// Each contract waits for a person; the run is left meanwhile, and no gate is asked about again.
const renewing = await begin(
  'renewAll',
  Array.from({ length: 20 }, (_none, index) => `c-${index + 1}`),
);
for (let decided = 0; decided < 20; decided += 1) await tell(renewing, { decision: 'approved' });
await show(renewing);
await showRuns(renewing);

await connection.close();
await embedded.close();
