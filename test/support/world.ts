/**
 * A world for session tests: one worker on a task queue of its own, on the real server, with evidence in PGlite, and
 * a client. `modes` runs a suite twice: with the sticky cache, and with every task replayed from the history.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, inject } from 'vitest';
import { type DecisionAnswer, type DecisionInput, HoldpointClient } from '../../client/index.ts';
import { ask } from '../../client/question.ts';
import { type AuditEvent, type Policy, verifyChain } from '../../domain/index.ts';
import {
  GATES_ATTRIBUTE,
  GATES_OPEN,
  type HoldpointMemo,
  MEMO_KEY,
  type PendingApproval,
  QUERIES,
} from '../../domain/messages.ts';
import type { Tool } from '../../activities/index.ts';
import type { Directory, KeySource } from '../../activities/trust.ts';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import {
  bundleWorkflows,
  createHoldpointWorker,
  type HoldpointWorkerOptions,
  trustOf,
} from '../../workers/worker.ts';
import { createDesk, type Desk, deskPolicy, type Script } from './desk.ts';
import { isThorough } from './thorough.ts';
import { until } from './until.ts';

export interface ModeOptions extends WorldOptions {
  readonly alsoCached?: boolean;
}

export interface WorldOptions {
  readonly policy?: Policy;
  /** A module that exports workflows of the test's own, bundled with Holdpoint's interceptors. */
  readonly workflowsPath?: string;
  /** Activities of those workflows. */
  readonly activities?: HoldpointWorkerOptions['activities'];
  readonly callbacks?: HoldpointWorkerOptions['callbacks'];
  readonly channels?: HoldpointWorkerOptions['channels'];
  readonly inboxUrl?: string;
  readonly maxCachedWorkflows?: number;
  /** Whose signatures count, and who is who. */
  readonly keys?: KeySource;
  readonly directory?: Directory;
  /** Tools beside those of the desk. */
  readonly tools?: readonly Tool[];
  /** What the worker gets for the evidence store: the same, with a test's hand on it. */
  readonly evidence?: (store: EvidenceStore) => EvidenceStore;
  /** Opens the server. Default: the dev server of the run. */
  readonly server?: () => Promise<Server>;
}

export interface Server {
  readonly client: Client;
  readonly native: NativeConnection;
  readonly close: () => Promise<void>;
}

export interface World {
  readonly client: Client;
  readonly holdpoint: HoldpointClient;
  readonly desk: Desk;
  readonly evidence: EvidenceStore;
  readonly taskQueue: string;
  /** Starts a session whose model plays `script`, and returns its id. */
  readonly start: (script: Script, input?: SessionExtras) => Promise<string>;
  /** The open gates, once there are as many. */
  readonly gates: (sessionId: string, count?: number) => Promise<readonly PendingApproval[]>;
  /** The one open gate, once there is one. */
  readonly oneGate: (sessionId: string) => Promise<PendingApproval>;
  /** Decides by update, over what the gate shows. */
  readonly decide: (
    sessionId: string,
    gate: PendingApproval,
    decision: Partial<DecisionInput>,
  ) => Promise<DecisionAnswer>;
  readonly trail: (sessionId: string) => Promise<readonly AuditEvent[]>;
  /** The trail of a session of one run, by query and by history: it answers, and both are whole and agree. */
  readonly wholeTrail: (sessionId: string) => Promise<readonly AuditEvent[]>;
  /** Stops the worker: what arrives from now on waits on the server. */
  readonly stopWorker: () => Promise<void>;
  /** Starts a worker on the same task queue, after {@link stopWorker}. */
  readonly startWorker: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface SessionExtras {
  readonly goal?: string;
  readonly agentId?: string;
  readonly requesterId?: string;
  readonly stakes?: 'low_stakes' | 'medium_stakes' | 'high_stakes';
  readonly sessionId?: string;
}

export const AGENT = 'desk-agent';
export const REVIEWER = 'rita';

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const [server, evidence] = await Promise.all([
    (options.server ?? openDevServer)(),
    openPgliteEvidence({}),
  ]);
  const { client } = server;
  const taskQueue = `test-${randomUUID()}`;
  const desk = createDesk();
  const workflowBundle =
    options.workflowsPath === undefined
      ? { codePath: inject('workflowBundlePath') }
      : await bundleWorkflows({ workflowsPath: options.workflowsPath });
  const workerOptions = {
    connection: server.native,
    namespace: client.options.namespace,
    taskQueue,
    evidence: options.evidence?.(evidence) ?? evidence,
    policy: options.policy ?? deskPolicy(),
    tools: [...desk.tools, ...(options.tools ?? [])],
    model: desk.model,
    confidenceModel: desk.confidenceModel,
    workflowBundle,
    ...(options.activities === undefined ? {} : { activities: options.activities }),
    ...(options.callbacks === undefined ? {} : { callbacks: options.callbacks }),
    ...(options.channels === undefined ? {} : { channels: options.channels }),
    ...(options.inboxUrl === undefined ? {} : { inboxUrl: options.inboxUrl }),
    ...trustOf(options),
    ...(options.maxCachedWorkflows === undefined
      ? {}
      : { maxCachedWorkflows: options.maxCachedWorkflows }),
  };
  const startWorker = async (): Promise<() => Promise<void>> => {
    const worker = await createHoldpointWorker(workerOptions);
    const running = worker.run();
    return async () => stop(worker, running);
  };
  let stopRunning: (() => Promise<void>) | undefined = await startWorker();
  const stopWorker = async (): Promise<void> => {
    await stopRunning?.();
    stopRunning = undefined;
  };
  const holdpoint = new HoldpointClient({ client, taskQueue });
  return {
    client,
    holdpoint,
    desk,
    evidence,
    taskQueue,
    ...actsOf({ client, holdpoint, desk }),
    stopWorker,
    startWorker: async () => {
      stopRunning ??= await startWorker();
    },
    close: async () => {
      await stopWorker();
      await Promise.all([server.close(), evidence.close()]);
    },
  };
}

async function openDevServer(): Promise<Server> {
  const address = inject('temporalAddress');
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ]);
  return {
    client: new Client({ connection, namespace: inject('temporalNamespace') }),
    native,
    close: async () => {
      await connection.close();
      await native.close();
    },
  };
}

async function stop(worker: Worker, running: Promise<void>): Promise<void> {
  worker.shutdown();
  await running;
}

/** How many gates wait in the session's latest run, by its memo. */
async function openCount(client: Client, sessionId: string): Promise<number> {
  const { memo, searchAttributes } = await client.workflow.getHandle(sessionId).describe();
  const written = memo?.[MEMO_KEY] as HoldpointMemo | undefined;
  if (written?.pendingWhile === undefined) return written?.pendingCount ?? 0;
  return searchAttributes[GATES_ATTRIBUTE]?.[0] === GATES_OPEN ? written.pendingCount : 0;
}

function actsOf({
  client,
  holdpoint,
  desk,
}: Pick<World, 'client' | 'holdpoint' | 'desk'>): Pick<
  World,
  'start' | 'gates' | 'oneGate' | 'decide' | 'trail' | 'wholeTrail'
> {
  const gates: World['gates'] = async (sessionId, count = 1) =>
    until(`${count} open gates of ${sessionId}`, async () => {
      // The memo needs no worker: a query at every look would get in the way of the session's own tasks.
      if ((await openCount(client, sessionId)) !== count) return false;
      const open = await holdpoint.gates(sessionId);
      return open.length === count && open;
    });
  return {
    start: async (script, { goal = `goal ${randomUUID()}`, ...extras } = {}) => {
      desk.play(goal, script);
      return holdpoint.start({ goal, agentId: AGENT, requesterId: 'requester', ...extras });
    },
    gates,
    oneGate: async (sessionId) => {
      const [gate] = await gates(sessionId);
      if (gate === undefined) throw new Error('One gate is one gate');
      return gate;
    },
    decide: async (sessionId, gate, decision) =>
      holdpoint.decide(sessionId, {
        gateId: gate.gateId,
        runId: gate.runId,
        payloadDigest: gate.payloadDigest,
        decision: 'approved',
        reviewerId: REVIEWER,
        ...decision,
      }),
    trail: async (sessionId) => (await holdpoint.auditTrail(sessionId)).map(({ event }) => event),
    wholeTrail: async (sessionId) => {
      const asked = await ask<readonly AuditEvent[]>(client, sessionId, QUERIES.auditTrail);
      const written = (await holdpoint.auditTrail(sessionId)).map(({ event }) => event);
      const problem = verifyChain(asked) ?? verifyChain(written);
      if (problem !== undefined) throw new Error(`Chain: ${problem.reason} at ${problem.seq}`);
      const [shorter, longer] = asked.length < written.length ? [asked, written] : [written, asked];
      const isPrefix = shorter.every(({ hash }, index) => hash === longer[index]?.hash);
      if (!isPrefix) throw new Error('The trail of the query and of the history part ways');
      return longer;
    },
  };
}

const REPLAYED = ['replayed at every task', { maxCachedWorkflows: 0 }] as const;
const CACHED = ['cached', {}] as const;

/**
 * The suite on a worker that replays at every task: a line that is not deterministic fails there. Whatever uses a world
 * without modes runs cached, as in production; with HOLDPOINT_THOROUGH=1, or where a suite asks for it, this one does too.
 */
export function modes(
  title: string,
  suite: (world: () => World) => void,
  { alsoCached = isThorough, ...options }: ModeOptions = {},
): void {
  describe.each(alsoCached ? [CACHED, REPLAYED] : [REPLAYED])(`${title} (%s)`, (_mode, extra) => {
    let world: World | undefined;
    beforeAll(async () => {
      world = await openWorld({ ...options, ...extra });
    });
    afterAll(async () => world?.close());
    suite(() => {
      if (world === undefined) throw new Error('The world is not open yet');
      return world;
    });
  });
}
