/** One's own tool and policy, and a session that uses them: what the README shows, run by CI. */
import { Client, Connection } from '@temporalio/client';
import { HoldpointClient } from 'holdpoint/client';
import { definePolicy } from 'holdpoint/policy';
import { defineTool, scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { startEmbedded } from 'holdpoint/worker';
import { z } from 'zod';

// region: refund
const refund = defineTool({
  name: 'refund',
  description: 'Pays money back for an order.',
  input: z.object({ order: z.string(), amount: z.number().positive() }),
  execute: ({ order, amount }) => `paid ${amount} back for ${order}`,
});
const policy = definePolicy({
  name: 'shop',
  version: '1',
  tools: { refund: { reversibility: 'partially_reversible', value: '/amount' } },
});
// endregion

const embedded = await startEmbedded({
  progress: (line) => console.log(`· ${line}`),
  ui: false,
  tools: [refund],
  policy,
  // A real one: modelFromConfig({ provider: 'openai', model: '…' })
  model: scriptedModel([
    { calls: [{ name: 'refund', arguments: { order: 'o-1', amount: 80 } }] },
    { text: 'Done.' },
  ]),
  confidenceModel: scriptedConfidence([{ score: 0.9 }]),
});
const { address, namespace, taskQueue } = embedded;
const connection = await Connection.connect({ address });
const holdpoint = new HoldpointClient({ client: new Client({ connection, namespace }), taskQueue });
const sessionId = await holdpoint.start({ goal: 'Pay o-1 back.', agentId: 'shop-agent' });
console.log(await holdpoint.result(sessionId));
console.log(await holdpoint.auditReport(sessionId));
await connection.close();
await embedded.close();
