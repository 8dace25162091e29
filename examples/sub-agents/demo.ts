/** A clerk hands work to a cleaner, whose deletion waits under the clerk's session until Rita approves it. */
import { Client, Connection } from '@temporalio/client';
import { HoldpointClient } from 'holdpoint/client';
import { startEmbedded } from 'holdpoint/worker';
import { confidenceModel, GOAL, model, policy, tools } from './agents.ts';

const embedded = await startEmbedded({
  progress: (line) => console.log(`· ${line}`),
  ui: false,
  tools,
  policy,
  model,
  confidenceModel,
});
const { address, namespace, taskQueue } = embedded;
const connection = await Connection.connect({ address });
const holdpoint = new HoldpointClient({ client: new Client({ connection, namespace }), taskQueue });

const rootSessionId = await holdpoint.start({ goal: GOAL, agentId: 'clerk', requesterId: 'ada' });
for await (const page of holdpoint.watchPending({ rootSessionId, everyMs: 200 })) {
  if (page.sessions.length > 0) break;
}
// region: tree
// Which sessions of the tree wait, and how many gates in each. Asks no worker.
const { sessions } = await holdpoint.pending({ rootSessionId });
// Every open gate of the tree, payloads whole.
const gates = await holdpoint.gatesUnder(rootSessionId);
// endregion
console.log(`${sessions.map(({ gatesCount }) => gatesCount).join()} listed, ${gates.length} shown`);
for (const gate of gates) {
  console.log(`${gate.agentId} wants: ${gate.description}`);
  const { sessionId, gateId, runId, payloadDigest } = gate;
  const shown = { gateId, runId, payloadDigest, decision: 'approved' } as const;
  // The agent above is refused: whose work it is, does not decide.
  const above = await holdpoint.decide(sessionId, { ...shown, reviewerId: 'clerk' });
  console.log('clerk:', above.status, 'code' in above ? above.code : '');
  const rita = await holdpoint.decide(sessionId, { ...shown, reviewerId: 'rita' });
  console.log('rita:', rita.status);
}
console.log(await holdpoint.result(rootSessionId));
const trail = await holdpoint.auditTrail(rootSessionId);
console.log(await holdpoint.auditReport(rootSessionId));
for (const { event } of trail) {
  const child = event.details?.['childSessionId'];
  if (event.eventType === 'child_ended' && typeof child === 'string') {
    console.log(await holdpoint.auditReport(child));
  }
}
await connection.close();
await embedded.close();
