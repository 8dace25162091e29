/**
 * What the plugin costs a workflow that it has nothing to hold in: the same workflows and activities on the same server,
 * with the plugin and without, in one run, taking turns. `npm run bench:plugin`; what each number means:
 * docs/design/cost.md.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Runtime } from '@temporalio/worker';
import { holdpoint, startTemporalServer, type TemporalServer } from 'holdpoint/worker';
import {
  callCounts,
  replayMs,
  schedulingMs,
  type Side,
  type Stage,
  workflowMs,
} from './plugin-measurements.ts';
import type { PluginContender } from './plugin-plan.ts';
import { pluginPolicy } from './plugin-policy.ts';
import { pluginAimsOf, type PluginResults, pluginTableOf, UNGATED } from './plugin-report.ts';
import { verdictsOf } from './report.ts';
import { WorkerHandle } from './worker-handle.ts';

const HELP = `npm run bench:plugin -- [--quick]

  --quick   a look: the counts are right, the times say little and are not judged

Ends with code 1 when an aim that is judged is missed.`;

const FULL = {
  workflow: { rounds: 7, workflows: 50 },
  scheduling: { rounds: 7, workflows: 10, calls: 150 },
  replay: { rounds: 7, workflows: 10, calls: 100 },
};

const QUICK = {
  workflow: { rounds: 1, workflows: 3 },
  scheduling: { rounds: 1, workflows: 2, calls: 20 },
  replay: { rounds: 1, workflows: 1, calls: 10 },
};

function say(line: string): void {
  console.log(`· ${line}`);
}

async function enter(
  { address, namespace }: TemporalServer,
  contender: PluginContender,
): Promise<Side> {
  const taskQueue = `plugin-${contender}`;
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  const path = `plugin-workflows${extension}`;
  const [worker, bundle] = await Promise.all([
    WorkerHandle.start({ contender, address, namespace, taskQueue }, 'plugin-worker'),
    bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL(path, import.meta.url)),
      plugins: contender === 'with' ? [holdpoint({ policy: pluginPolicy })] : [],
      logger: new DefaultLogger('WARN'),
    }),
  ]);
  return { worker, taskQueue, bundle };
}

async function measure(stage: Stage, plan: typeof FULL): Promise<PluginResults> {
  say('events and workflow tasks of calls');
  const plain = await callCounts(stage, 'without', { name: 'publish', bytes: 10 });
  const gated = await callCounts(stage, 'with', { name: 'publish', bytes: 10 });
  say('worker CPU of a workflow that calls nothing');
  // The first of each is colder than all that follow.
  await workflowMs(stage, { ...plan.workflow, rounds: 1 });
  const workflow = await workflowMs(stage, plan.workflow);
  const ungated: PluginResults['ungated'][number][] = [];
  for (const shape of UNGATED) {
    const { rounds, workflows, calls } = plan.scheduling;
    say(`${shape.title}: ${rounds} rounds of ${workflows} workflows with ${calls} calls each`);
    ungated.push({
      title: shape.title,
      without: await callCounts(stage, 'without', shape),
      with: await callCounts(stage, 'with', shape),
      schedulingMs: await schedulingMs(stage, plan.scheduling, shape),
      replayMs: await replayMs(stage, plan.replay, shape),
    });
  }
  return { quick: plan === QUICK, plain, gated, workflowMs: workflow, ungated };
}

async function run(plan: typeof FULL): Promise<number> {
  Runtime.install({
    logger: new DefaultLogger('WARN'),
    telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
  });
  const server = await startTemporalServer({ progress: say });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection, namespace: server.namespace });
  try {
    const sides = { without: await enter(server, 'without'), with: await enter(server, 'with') };
    const results = await measure({ client, sides }, plan);
    for (const { worker } of Object.values(sides)) await worker.stop();
    const aims = pluginAimsOf(results);
    console.log(`\n${pluginTableOf(results)}\n\n${verdictsOf(aims)}\n`);
    console.log(JSON.stringify({ ...results, aims }));
    return aims.some(({ isJudged, isMet }) => isJudged && !isMet) ? 1 : 0;
  } finally {
    await connection.close();
    await server.close();
  }
}

function parsed() {
  try {
    const flag = { type: 'boolean', default: false } as const;
    return parseArgs({ options: { quick: flag, help: flag } }).values;
  } catch {
    return undefined;
  }
}

const given = parsed();
if (given === undefined || given.help) {
  console.log(HELP);
  process.exitCode = given === undefined ? 2 : 0;
} else {
  process.exitCode = await run(given.quick ? QUICK : FULL);
}
