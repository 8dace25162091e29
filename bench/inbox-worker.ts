/** The worker of the inbox's benchmark, in a process of its own: gates that wait, and tools that never run. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { definePolicy } from 'holdpoint/policy';
import { defineTool, scriptedConfidence, scriptedModel } from 'holdpoint/tools';
import { createHoldpointWorker, openPgliteEvidence } from 'holdpoint/worker';
import { z } from 'zod';
import { obeyDriver, type WorkerPlan } from './worker-handle.ts';

const plan = JSON.parse(process.argv[2] ?? '{}') as WorkerPlan;

Runtime.install({ logger: new DefaultLogger('ERROR') });
const worker = await createHoldpointWorker({
  connection: await NativeConnection.connect({ address: plan.address }),
  namespace: plan.namespace,
  taskQueue: plan.taskQueue,
  evidence: await openPgliteEvidence({}),
  policy: definePolicy({ name: 'bench', version: '1' }),
  tools: [
    defineTool({
      name: 'delete_record',
      description: 'Deletes a record.',
      input: z.object({ name: z.string() }),
      execute: () => 'deleted',
    }),
  ],
  model: scriptedModel([{ text: 'Done.' }]),
  confidenceModel: scriptedConfidence([{ score: 1 }]),
});
obeyDriver(() => 0);
await worker.run();
