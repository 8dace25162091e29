/**
 * What a gate costs: Holdpoint against a hand-written workflow of the same shape, on the same server, in one run, taking
 * turns. `npm run bench:gate`; what each number means: docs/design/cost.md.
 */
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { startTemporalServer, type TemporalServer } from 'holdpoint/worker';
import {
  type Contender,
  type ContenderName,
  CONTENDERS,
  handWritten,
  holdpoint,
} from './contenders.ts';
import {
  actionCost,
  both,
  type Contenders,
  load,
  manySessions,
  parkedBytes,
  recordedEvents,
  roundTrip,
} from './measurements.ts';
import { type Comparison, compare, type Pair } from './medians.ts';
import { conclusionOf, type Results } from './report.ts';
import { readRecordedTasks, type RecordedFile, recordedFile } from './tasks.ts';
import { WorkerHandle } from './worker-handle.ts';

const HELP = `npm run bench:gate -- [--quick] [--database URL] [FILE]

  FILE            recorded tasks in the shape of tau2-bench; left out: its retail tasks where they are at hand
  --quick         a look in half a minute: few sessions, the times say little; no memory
  --database URL  the evidence store is this PostgreSQL, not PGlite within the worker

Ends with code 1 when an aim for events or workflow tasks is missed.`;

interface Plan {
  readonly costRounds: number;
  readonly roundTrip: { readonly rounds: number; readonly sessions: number };
  readonly load: { readonly rounds: number; readonly sessions: number };
  readonly warmUp: number;
  /** Of each a worker of its own: where memory is not looked at, left out. */
  readonly parking?: {
    readonly cached: { readonly rounds: number; readonly sessions: number };
    readonly evicted: { readonly rounds: number; readonly sessions: number };
  };
}

const FULL: Plan = {
  costRounds: 3,
  roundTrip: { rounds: 5, sessions: 30 },
  load: { rounds: 5, sessions: 100 },
  warmUp: 100,
  parking: { cached: { rounds: 2, sessions: 2_000 }, evicted: { rounds: 2, sessions: 1_000 } },
};

const QUICK: Plan = {
  costRounds: 1,
  roundTrip: { rounds: 1, sessions: 5 },
  load: { rounds: 1, sessions: 20 },
  warmUp: 4,
};

/** A cache that holds hardly any of the parked sessions. */
const SMALL_CACHE = 10;

interface Stage {
  readonly server: TemporalServer;
  readonly client: Client;
  readonly recorded: RecordedFile;
  readonly databaseUrl: string | undefined;
}

function say(line: string): void {
  console.log(`· ${line}`);
}

async function enter(
  { server, client, recorded, databaseUrl }: Stage,
  name: ContenderName,
  cache?: number,
): Promise<Contender> {
  const taskQueue = `bench-${name}-${cache ?? 'default'}`;
  const { address, namespace } = server;
  const worker = await WorkerHandle.start({
    contender: name,
    address,
    namespace,
    taskQueue,
    recorded: recorded.path,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(cache === undefined ? {} : { maxCachedWorkflows: cache }),
  });
  return (name === 'holdpoint' ? holdpoint : handWritten)({ client, worker, taskQueue });
}

interface Parking {
  readonly rounds: number;
  readonly sessions: number;
  readonly cache: number;
  /** Which of the two begins. */
  readonly from: number;
}

/** Each time in a worker that has done nothing else. */
async function measureParked(
  stage: Stage,
  { rounds, sessions, cache, from }: Parking,
): Promise<Comparison> {
  const kib: Pair[] = [];
  for (let round = from; round < from + rounds; round += 1) {
    const measured = await both(round, async (name) => {
      const contender = await enter(stage, name, cache);
      const bytes = await parkedBytes(contender, sessions);
      await contender.worker.stop();
      say(`  ${name}: ${Math.round(bytes / 1024)} KiB`);
      return bytes / 1024;
    });
    kib.push(measured);
  }
  return compare(kib);
}

type Running = Omit<Results, 'quick' | 'evidence' | 'parkedKiB'>;

async function measureRunning(
  contenders: Contenders,
  { path, isStandIn }: RecordedFile,
  plan: Plan,
): Promise<Running> {
  say(`warming up: ${plan.warmUp} sessions each`);
  for (const name of CONTENDERS) await manySessions(contenders[name], plan.warmUp);
  say('events, workflow tasks and bytes of one more action');
  const gated = await actionCost(contenders, 'gated', plan.costRounds);
  const ungated = await actionCost(contenders, 'ungated', plan.costRounds);
  const quickRead = await actionCost(contenders, 'quickRead', plan.costRounds);
  const { rounds, sessions } = plan.roundTrip;
  say(`decision → tool called: ${rounds} rounds of ${sessions} sessions each, one at a time`);
  const roundTripMs = await roundTrip(contenders, plan.roundTrip);
  say(`${plan.load.rounds} rounds of ${plan.load.sessions} sessions each, 50 at a time`);
  const loaded = await load(contenders, plan.load);
  const { tools, tasks } = readRecordedTasks(path);
  const calls = tasks.flatMap(({ actions }) => actions);
  const isGated = (name: string): boolean =>
    tools.some((tool) => tool.name === name && tool.kind === 'irreversible');
  const gatedCalls = calls.filter(({ name }) => isGated(name)).length;
  say(`${tasks.length} recorded tasks of ${path}: ${calls.length} calls, ${gatedCalls} gated`);
  const events = await recordedEvents(contenders, tasks);
  const file = basename(path);
  const size = { tasks: tasks.length, calls: calls.length, gated: gatedCalls };
  const recorded = { file, isStandIn, ...size, ...events };
  return { recorded, gated, ungated, quickRead, roundTripMs, load: loaded };
}

async function measure(stage: Stage, plan: Plan): Promise<Results> {
  const contenders = {
    handWritten: await enter(stage, 'handWritten'),
    holdpoint: await enter(stage, 'holdpoint'),
  };
  const running = await measureRunning(contenders, stage.recorded, plan);
  for (const name of CONTENDERS) await contenders[name].worker.stop();
  return {
    quick: plan === QUICK,
    evidence: stage.databaseUrl === undefined ? 'PGlite' : 'PostgreSQL',
    ...running,
    ...(plan.parking === undefined ? {} : { parkedKiB: await measureParking(stage, plan.parking) }),
  };
}

async function measureParking(
  stage: Stage,
  { cached: all, evicted: few }: NonNullable<Plan['parking']>,
): Promise<NonNullable<Results['parkedKiB']>> {
  const { sessions } = all;
  say(`${sessions} sessions parked at a gate, in new workers that keep all of them cached`);
  const cached = await measureParked(stage, { ...all, cache: sessions + 100, from: 0 });
  say(`${few.sessions} sessions parked, in new workers that keep ${SMALL_CACHE} cached`);
  const evicted = await measureParked(stage, { ...few, cache: SMALL_CACHE, from: 1 });
  return { sessions, cached, evicted };
}

async function run(plan: Plan, recorded: RecordedFile, databaseUrl?: string): Promise<number> {
  if (recorded.isStandIn) {
    say(`${recorded.path} stands in for the retail tasks of tau2-bench: its ratio is not judged`);
  }
  const server = await startTemporalServer({ progress: say });
  const connection = await Connection.connect({ address: server.address });
  const client = new Client({ connection, namespace: server.namespace });
  try {
    const results = await measure({ server, client, recorded, databaseUrl }, plan);
    const { text, exitCode } = conclusionOf(results);
    console.log(text);
    return exitCode;
  } finally {
    await connection.close();
    await server.close();
  }
}

function argumentsOf(): ReturnType<typeof parsed> | undefined {
  try {
    return parsed();
  } catch {
    return undefined;
  }
}

function parsed() {
  return parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      database: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
}

const given = argumentsOf();
if (given === undefined || given.values.help || given.positionals.length > 1) {
  console.log(HELP);
  process.exitCode = given?.values.help === true ? 0 : 2;
} else {
  const { values, positionals } = given;
  const plan = values.quick ? QUICK : FULL;
  process.exitCode = await run(plan, recordedFile(positionals[0]), values.database);
}
