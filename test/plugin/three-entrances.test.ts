/**
 * One gate, however many entrances: the recorded tasks once through agentSession, once as a plain workflow under the
 * plugin, once over HTTP from a Python process, decided alike. What the three audit trails say of each call agrees.
 *
 * Over the τ²-bench retail tasks where they are (beside the repository, whose they are not), else over a few of our own.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { activityInfo } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { choose } from '../../cli/rehearse/decisions.ts';
import { type RehearsedTask, rehearse } from '../../cli/rehearse/rehearse.ts';
import { callLine, type CallLine } from '../../cli/rehearse/tally.ts';
import { HoldpointClient, type UngatedCall } from '../../client/index.ts';
import { derivedEvents } from '../../domain/audit/derived-events.ts';
import { type AuditEvent, type JsonObject, verifyChain } from '../../domain/index.ts';
import {
  type RecordedTask,
  type RecordedTasks,
  recordedTasksSchema,
} from '../../domain/schema/recorded-tasks.ts';
import { tierNamed } from '../../domain/policy/tier.ts';
import { canonicalJson } from '../../domain/text/canonical-json.ts';
import { createToken, serveGateway } from '../../gateway/index.ts';
import { holdpoint } from '../../workers/plugin.ts';
import { type Rehearsal, startRehearsal } from '../../workers/rehearsal.ts';

const RETAIL = '../shared/data/tau2/retail.json';
const OWN = 'test/plugin/recorded.json';
const FILE = existsSync(RETAIL) ? RETAIL : OWN;
const PATIENCE_MS = 4 * 60_000;
const MODE = { kind: 'random', seed: 'three' } as const;

let recorded: RecordedTasks;
let rehearsal: Rehearsal;
let connection: Connection;
let client: Client;
let people: HoldpointClient;

beforeAll(async () => {
  recorded = recordedTasksSchema.parse(JSON.parse(await readFile(FILE, 'utf8')));
  rehearsal = await startRehearsal({ recorded, isSilent: false, progress: () => {} });
  const { address, namespace, taskQueue } = rehearsal.embedded;
  connection = await Connection.connect({ address });
  client = new Client({ connection, namespace });
  people = new HoldpointClient({ client, taskQueue });
});
afterAll(async () => {
  await connection.close();
  await rehearsal.embedded.close();
});

/** Which recorded call a gate is about: they come one after the other, and a gate that asks again is known. */
class Place {
  readonly #task: RecordedTask;
  readonly #known = new Map<string, number>();
  #next = 0;

  constructor(task: RecordedTask) {
    this.#task = task;
  }

  of(action: string, name: string, payload: JsonObject): number {
    const known = this.#known.get(action);
    if (known !== undefined) return known;
    const call = this.#task.actions.findIndex(
      (one, index) => index >= this.#next && one.name === name && isSame(one.arguments, payload),
    );
    if (call === -1) throw new Error(`Task ${this.#task.id} has no such call: ${name}`);
    this.#known.set(action, call);
    this.#next = call + 1;
    return call;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one as JsonObject) === canonicalJson(other as JsonObject);
}

interface Shown {
  readonly sessionId: string;
  readonly gateId: string;
  readonly runId: string;
  readonly payloadDigest: string;
  readonly tier: string;
  readonly payload: JsonObject;
}

/** As a rehearsal does: by lot, and what may not be modified is approved. */
async function decide(shown: Shown, task: string, call: number): Promise<void> {
  const { sessionId, gateId, runId, payloadDigest, tier, payload } = shown;
  const choice = choose(MODE, { task, call, payload });
  if (choice === undefined) throw new Error('By lot, everything is decided');
  const reviewers = tierNamed(rehearsal.policy.tiers, tier)?.reviewers ?? 'anyone';
  const [reviewerId = 'rehearsal-reviewer'] = reviewers === 'anyone' ? [] : reviewers;
  const over = { gateId, runId, payloadDigest, reviewerId };
  const reply = await people.decide(sessionId, { ...over, ...choice });
  if (reply.status !== 'refused' || choice.decision !== 'modified') return;
  await people.decide(sessionId, { ...over, decision: 'approved', rationale: 'refused' });
}

async function trailOf(sessionId: string): Promise<readonly AuditEvent[]> {
  const events = (await people.auditTrail(sessionId)).map(({ event }) => event);
  expect(verifyChain(events)).toBeUndefined();
  return events;
}

function inOrder(lines: readonly CallLine[]): readonly CallLine[] {
  return lines.toSorted((a, b) => a.task.localeCompare(b.task) || a.call - b.call);
}

async function throughSessions(): Promise<readonly CallLine[]> {
  const done: RehearsedTask[] = [];
  await rehearse({ ...rehearsal, holdpoint: people }, recorded.tasks, {
    mode: MODE,
    done: (task) => done.push(task),
  });
  return inOrder(done.flatMap(({ lines }) => lines));
}

async function throughPlugin(): Promise<readonly CallLine[]> {
  const made = new Map<string, { readonly name: string; readonly args: JsonObject }[]>();
  const { address, namespace, evidence } = rehearsal.embedded;
  const native = await NativeConnection.connect({ address });
  const plugins = [holdpoint({ policy: rehearsal.policy, evidence })];
  const taskQueue = 'plain';
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    plugins,
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('./recorded-workflow.ts', import.meta.url)),
      plugins,
      logger: new DefaultLogger('WARN'),
    }),
    activities: Object.fromEntries(
      recorded.tools.map(({ name }) => [
        name,
        async (args: JsonObject) => {
          const id = activityInfo().workflowExecution?.workflowId ?? '';
          made.set(id, [...(made.get(id) ?? []), { name, args }]);
          return { recorded: true };
        },
      ]),
    ),
  });
  const lines = await worker.runUntil(async () => {
    const waiting = [...recorded.tasks];
    const found: CallLine[] = [];
    const takeTurns = async (): Promise<void> => {
      for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) {
        found.push(...(await onePlain(task, taskQueue, made)));
      }
    };
    await Promise.all(Array.from({ length: 25 }, takeTurns));
    return found;
  });
  await native.close();
  return inOrder(lines);
}

async function onePlain(
  task: RecordedTask,
  taskQueue: string,
  made: ReadonlyMap<string, readonly { readonly name: string; readonly args: JsonObject }[]>,
): Promise<readonly CallLine[]> {
  const workflowId = `plain-${task.id}-${randomUUID()}`;
  const handle = await client.workflow.start('recordedTask', {
    taskQueue,
    workflowId,
    args: [task.actions],
  });
  const place = new Place(task);
  // A run that nothing is held in has no trail to follow, and a trail ends with its run.
  for await (const { event, runId } of people.watch(workflowId)) {
    if (event.eventType !== 'gate_presented') continue;
    const { gateId = '', payloadDigest = '', tier = '', actionId = '', actionPayload } = event;
    const payload = actionPayload ?? {};
    const call = place.of(actionId, event.actionType, payload);
    const shown = { sessionId: workflowId, gateId, runId, payloadDigest, tier, payload };
    await decide(shown, task.id, call);
  }
  await handle.result();
  const runs = [...(made.get(workflowId) ?? [])];
  return linesOfPlain(task, {
    events: await trailOf(workflowId),
    ungated: await people.ungatedCalls(workflowId),
    runs,
  });
}

/** The trail holds what was held, in order; what was not stands in the history, in order. */
function linesOfPlain(
  task: RecordedTask,
  {
    events,
    ungated,
    runs,
  }: {
    readonly events: readonly AuditEvent[];
    readonly ungated: readonly UngatedCall[];
    readonly runs: { readonly name: string; readonly args: JsonObject }[];
  },
): readonly CallLine[] {
  const held = [...new Set(events.flatMap(({ actionId }) => actionId ?? []))];
  const passed = [...ungated];
  return task.actions.map((action, call) => {
    const [next] = passed;
    if (next?.actionType === action.name && isSame(next.arguments[0], action.arguments)) {
      passed.shift();
      runs.shift();
      const own = derivedEvents(next, rehearsal.policy);
      return callLine({ task, call }, own, [next.arguments[0] as JsonObject]);
    }
    const actionId = held.shift();
    const own = events.filter((event) => event.actionId === actionId);
    const isMade = own.some(({ eventType }) => eventType === 'executed');
    const run = isMade ? runs.shift() : undefined;
    return callLine({ task, call }, own, run === undefined ? [] : [run.args]);
  });
}

interface Printed {
  readonly task: string;
  readonly call: number;
  readonly gate: string;
  readonly made: JsonObject | null;
}

async function overHttp(): Promise<readonly CallLine[]> {
  const token = createToken('python');
  const gateway = await serveGateway(
    { host: '127.0.0.1', port: 0 },
    { holdpoint: people, tokens: [token.entry], callbackOrigins: [] },
  );
  const { PATH = '', HOME = '' } = process.env;
  const env = {
    PATH,
    HOME,
    HOLDPOINT_GATEWAY_URL: gateway.url,
    HOLDPOINT_GATEWAY_TOKEN: token.token,
  };
  const python = promisify(execFile)('python3', ['test/plugin/recorded_agent.py', FILE], {
    env,
    maxBuffer: 64 * 1024 * 1024,
  });
  const ended = new AbortController();
  const end = (): void => ended.abort();
  python.then(end, end);
  const places = new Map(recorded.tasks.map((task) => [`task-${task.id}`, new Place(task)]));
  while (!ended.signal.aborted) {
    for await (const { sessionId } of people.everyPending()) {
      for (const gate of await people.gates(sessionId)) {
        const { agentId, actionType, payload } = gate;
        const place = places.get(agentId);
        if (place === undefined) continue;
        const call = place.of(sessionId, actionType, payload);
        await decide({ ...gate, sessionId }, agentId.slice('task-'.length), call);
      }
    }
  }
  const { stdout } = await python;
  await gateway.close();
  const printed = stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Printed);
  const lines = await Promise.all(
    printed.map(async ({ task: id, call, gate, made }) => {
      const task = recorded.tasks.find((one) => one.id === id);
      if (task === undefined) throw new Error(`No task ${id}`);
      return callLine({ task, call }, await trailOf(gate), made === null ? [] : [made]);
    }),
  );
  return inOrder(lines);
}

test(
  'H1, H8: the trails of a session, of a workflow under the plugin and of gates over HTTP agree on every call',
  async () => {
    const sessions = await throughSessions();
    const plugin = await throughPlugin();
    expect(plugin).toEqual(sessions);
    const http = await overHttp();
    expect(http).toEqual(sessions);
    const outcomes = new Set(sessions.map(({ outcome }) => outcome));
    expect(outcomes).toEqual(new Set(['auto_proceeded', 'approved', 'modified', 'rejected']));
  },
  PATIENCE_MS,
);
