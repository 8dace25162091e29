/**
 * A worker of the benchmark, in a process of its own so that its CPU and memory are its own: of the hand-written agent,
 * or of Holdpoint. Started by worker-handle.ts. Models and tools are the same for both and do nothing but answer.
 */
import { activityInfo } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { definePolicy, type PolicySource } from 'holdpoint/policy';
import {
  defineTool,
  type Model,
  scriptedConfidence,
  scriptedModel,
  type Tool,
} from 'holdpoint/tools';
import {
  createHoldpointWorker,
  type EvidenceStore,
  openPgliteEvidence,
  openPostgresEvidence,
} from 'holdpoint/worker';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Turn, TurnInput } from './hand-written-agent.ts';
import { allTasks, type BenchTasks, type BenchTool } from './tasks.ts';
import { type FromWorker, obeyDriver, type WorkerPlan } from './worker-handle.ts';

const plan = JSON.parse(process.argv[2] ?? '{}') as WorkerPlan;
const known = allTasks(plan.recorded);
let modelTurns = 0;

function tell(message: FromWorker): void {
  process.send?.(message);
}

/** The tool's whole work: the clock of this machine, which the driver reads too. */
function noteExecution(): { readonly recorded: true } {
  const workflowId = activityInfo().workflowExecution?.workflowId ?? '';
  tell({ executed: workflowId, atNs: String(process.hrtime.bigint()) });
  return { recorded: true };
}

const END = { text: 'Done.' };

function holdpointModel({ tasks }: BenchTasks): Model {
  const parts = new Map(
    tasks.map((task) => {
      const turns = task.actions.map((call) => ({ calls: [call] }));
      const [first, ...others] = [...turns, END];
      return [task.goal, scriptedModel([first, ...others])];
    }),
  );
  return {
    name: 'script of the benchmark',
    respond: async (request) => {
      modelTurns += 1;
      const part = parts.get(request.goal);
      if (part === undefined) throw new Error('No such task');
      return part.respond(request);
    },
  };
}

function holdpointTool({ name, description, kind }: BenchTool): Tool {
  return defineTool({
    name,
    description,
    input: z.looseObject({}),
    ...(kind === 'read' ? { readOnly: true, quick: true } : { reversibility: kind }),
    execute: noteExecution,
  });
}

/** The default policy: what can't be undone waits for a person. */
function benchPolicy({ tools, tasks }: BenchTasks): PolicySource {
  const classified = tools.map(({ name, kind }) => [
    name,
    kind === 'read' ? { readOnly: true } : { reversibility: kind },
  ]);
  const callsMax = Math.max(...tasks.map(({ actions }) => actions.length));
  return {
    name: 'bench',
    version: '1',
    tools: Object.fromEntries(classified) as NonNullable<PolicySource['tools']>,
    limits: { stepsMax: callsMax + 1 },
  };
}

async function openEvidence(): Promise<EvidenceStore> {
  return plan.databaseUrl === undefined
    ? openPgliteEvidence({})
    : openPostgresEvidence({ url: plan.databaseUrl });
}

async function holdpointWorker(connection: NativeConnection): Promise<Worker> {
  return createHoldpointWorker({
    connection,
    namespace: plan.namespace,
    taskQueue: plan.taskQueue,
    policy: definePolicy(benchPolicy(known)),
    evidence: await openEvidence(),
    tools: known.tools.map(holdpointTool),
    model: holdpointModel(known),
    confidenceModel: scriptedConfidence([{ score: 1 }]),
    ...cacheSize(),
  });
}

async function handWrittenWorker(connection: NativeConnection): Promise<Worker> {
  const parts = new Map(known.tasks.map((task) => [task.goal, task.actions]));
  const risky = known.tools.filter(({ kind }) => kind === 'irreversible').map(({ name }) => name);
  const modelTurn = async ({ goal, messages }: TurnInput): Promise<Turn> => {
    modelTurns += 1;
    const step = messages.filter(({ role }) => role === 'assistant').length;
    const call = parts.get(goal)?.[step];
    if (call === undefined) return { text: 'Done.', calls: [] };
    const callId = `scripted-${step}-0`;
    return { text: '', calls: [{ ...call, callId, risky: risky.includes(call.name) }] };
  };
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return Worker.create({
    connection,
    namespace: plan.namespace,
    taskQueue: plan.taskQueue,
    workflowsPath: fileURLToPath(new URL(`hand-written-agent${extension}`, import.meta.url)),
    activities: {
      modelTurn,
      ...Object.fromEntries(known.tools.map(({ name }) => [name, async () => noteExecution()])),
    },
    ...cacheSize(),
  });
}

function cacheSize(): { readonly maxCachedWorkflows?: number } {
  const { maxCachedWorkflows } = plan;
  return maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows };
}

Runtime.install({
  logger: new DefaultLogger('WARN'),
  telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
});
const connection = await NativeConnection.connect({ address: plan.address });
const worker =
  plan.contender === 'holdpoint'
    ? await holdpointWorker(connection)
    : await handWrittenWorker(connection);
obeyDriver(() => modelTurns);
await worker.run();
