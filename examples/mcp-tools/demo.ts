/** A session with the tools of an MCP server: the read passes, the removal waits, and Rita approves it. */
import { Client, Connection } from '@temporalio/client';
import { HoldpointClient } from 'holdpoint/client';
import { startEmbedded } from 'holdpoint/worker';
import config from './holdpoint.config.ts';

const { tools, model, policy, mcpServers = [] } = config;
if (!('confidenceModel' in model) || typeof policy !== 'object') throw new Error('Its own parts');
const embedded = await startEmbedded({
  progress: (line) => console.log(`· ${line}`),
  ui: false,
  tools,
  policy,
  ...model,
  mcp: { servers: mcpServers, lockFile: 'examples/mcp-tools/holdpoint.mcp-lock.json' },
});
const { address, namespace, taskQueue } = embedded;
const connection = await Connection.connect({ address });
const holdpoint = new HoldpointClient({ client: new Client({ connection, namespace }), taskQueue });
const sessionId = await holdpoint.start({ goal: 'Tidy up the notes.', agentId: 'notes-agent' });
for await (const { event } of holdpoint.watch(sessionId)) {
  if (event.eventType !== 'gate_presented') continue;
  const [gate] = await holdpoint.gates(sessionId);
  if (gate === undefined) continue;
  const { gateId, runId, payloadDigest } = gate;
  const approved = { decision: 'approved', reviewerId: 'rita', rationale: 'a duplicate' } as const;
  await holdpoint.decide(sessionId, { gateId, runId, payloadDigest, ...approved });
}
console.log(await holdpoint.result(sessionId));
console.log(await holdpoint.auditReport(sessionId));
await connection.close();
await embedded.close();
