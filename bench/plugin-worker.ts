/**
 * A worker of the plugin's benchmark, in a process of its own so that its CPU is its own: the same plain workflows and
 * activities, with the plugin or without it. Started by worker-handle.ts.
 */
import { fileURLToPath } from 'node:url';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { holdpoint, openPgliteEvidence } from 'holdpoint/worker';
import type { PluginWorkerPlan } from './plugin-plan.ts';
import { pluginPolicy } from './plugin-policy.ts';
import type { PluginActivities } from './plugin-workflows.ts';
import { obeyDriver } from './worker-handle.ts';

const plan = JSON.parse(process.argv[2] ?? '{}') as PluginWorkerPlan;
const { address, namespace, taskQueue, contender } = plan;

Runtime.install({
  logger: new DefaultLogger('WARN'),
  telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
});
const connection = await NativeConnection.connect({ address });
const one = async (): Promise<number> => 1;
const activities: PluginActivities = { look: one, note: one, publish: one };
// Open on both sides, so that both processes hold the same.
const evidence = await openPgliteEvidence({});
const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const worker = await Worker.create({
  connection,
  namespace,
  taskQueue,
  workflowsPath: fileURLToPath(new URL(`plugin-workflows${extension}`, import.meta.url)),
  activities: { ...activities },
  plugins: contender === 'with' ? [holdpoint({ policy: pluginPolicy, evidence })] : [],
});
obeyDriver(() => 0);
await worker.run();
