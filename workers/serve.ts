/**
 * A worker process for production: Temporal by its profiles, evidence in PostgreSQL, recovery beside it, health and
 * metrics over HTTP, a log of ids. Any number of them may run; each drains when it is asked to end.
 *
 * What it is not: it installs no signal handlers and ends no process. Who calls it does (cli/commands/worker.ts).
 */
import type { NativeConnection, Worker } from '@temporalio/worker';
import type { Tool } from '../activities/tool.ts';
import { DEFAULT_TASK_QUEUE } from '../domain/messages.ts';
import type { StoredKill } from '../domain/action/kill.ts';
import { openPostgresEvidence } from '../evidence/postgres.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import type { WorkerParts } from './config.ts';
import { connectNative, type TemporalChoice, temporalTarget } from './connection.ts';
import { serveHealth } from './health-server.ts';
import { openMcpTools } from './mcp.ts';
import { inTime, whyNotReady } from './readiness.ts';
import { startRecovery } from './recovery.ts';
import type { ServeSettings } from './serve-settings.ts';
import { createWorkerLog, endRuntime, installRuntime, type WorkerLog } from './telemetry/log.ts';
import { type OpenGates, openGatesReader } from './telemetry/open-gates.ts';
import { createTelemetry, type WorkerTelemetry } from './telemetry/worker-telemetry.ts';
import { trustFindings, whyNotTrusting } from './trust-findings.ts';
import {
  bundleWorkflows,
  createHoldpointWorker,
  type HoldpointWorkerOptions,
  trustOf,
} from './worker.ts';

export interface ServeOptions extends WorkerParts, TemporalChoice {
  readonly settings: ServeSettings;
  /** Left out: JSON lines on standard output. */
  readonly log?: WorkerLog;
}

export interface Serving {
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Of /livez, /readyz and /metrics. */
  readonly httpUrl: string;
  /** Settles once the worker has ended and everything is closed: rejects where it failed, or did not drain in time. */
  readonly ended: Promise<void>;
  /** Takes no further work, waits for what runs, then ends. */
  readonly drain: () => void;
}

export async function serveWorker(options: ServeOptions): Promise<Serving> {
  const { settings, taskQueue = DEFAULT_TASK_QUEUE } = options;
  const trusting = { policy: options.policy, ...trustedBy(options) };
  const lacking = whyNotTrusting(trusting);
  if (lacking !== undefined) throw new TypeError(lacking);
  const log = options.log ?? createWorkerLog(settings.logLevel);
  installRuntime(log);
  const target = temporalTarget(options);
  const { namespace, address } = target;
  const closing = new Closing();
  closing.last(endRuntime);
  try {
    let state = (): string => 'STARTING';
    let temporal: NativeConnection | undefined;
    const tools = await allTools(options, { log, closing });
    const telemetry = createTelemetry({ ...options, tools, log, tracesUrl: settings.tracesUrl });
    closing.last(telemetry.sent);
    const evidence: EvidenceStore = await openPostgresEvidence({
      url: settings.evidenceUrl,
      onStored: (...what) => telemetry.stored(...what, evidence),
    });
    closing.last(() => evidence.close());
    closing.last(telemetry.settled);
    telemetry.killsStand(await evidence.kills());
    let openGates: () => Promise<OpenGates | undefined> = async () => undefined;
    const http = await serveHealth(
      { host: settings.httpHost, port: settings.httpPort },
      {
        notReady: () => whyNotReady({ state: state(), evidence, temporal }),
        metrics: exposition(telemetry, {
          openGates: () => openGates(),
          kills: () => inTime(evidence.kills()),
        }),
      },
    );
    closing.last(() => http.close());
    const connection = await connectNative(target);
    closing.last(() => connection.close());
    temporal = connection;
    openGates = openGatesReader(connection, namespace);
    const { watch } = telemetry;
    const worker = await createWorker(
      { ...options, tools },
      { connection, namespace, evidence, watch, log },
    );
    state = () => worker.getState();
    const recovery = startRecovery({
      connection,
      namespace,
      evidence,
      warn: (line) => log.write('warn', line),
    });
    closing.last(() => recovery.stop());
    await warnOfTrust(trusting, log);
    log.write('info', 'worker started', { address, namespace, taskQueue, url: http.url });
    return {
      address,
      namespace,
      taskQueue,
      httpUrl: http.url,
      ended: run(worker, { closing, log }),
      drain: () => drain(worker, log),
    };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** What is counted, with what stands at the moment of asking. */
function exposition(
  { metrics }: WorkerTelemetry,
  standing: {
    readonly openGates: () => Promise<OpenGates | undefined>;
    readonly kills: () => Promise<readonly StoredKill[] | undefined>;
  },
): () => Promise<{ readonly contentType: string; readonly text: string }> {
  return async () => {
    const [openGates, kills] = await Promise.all([standing.openGates(), standing.kills()]);
    return { contentType: metrics.contentType, text: await metrics.text({ openGates, kills }) };
  };
}

/** Whom it believes: what the environment says goes before the configuration. */
function trustedBy(options: ServeOptions): ReturnType<typeof trustOf> {
  return { ...trustOf(options), ...trustOf(options.settings) };
}

/** What does not answer now may answer later, and is asked anew each time: the worker starts, and says so. */
async function warnOfTrust(
  trusting: Parameters<typeof trustFindings>[0],
  log: WorkerLog,
): Promise<void> {
  for (const { name, status, found } of await trustFindings(trusting)) {
    if (status === 'missing') log.write('warn', `${name}: ${found}`);
  }
}

/** The team's own tools, and those of its MCP servers. */
async function allTools(
  { tools, mcp }: ServeOptions,
  { log, closing }: { readonly log: WorkerLog; readonly closing: Closing },
): Promise<readonly Tool[]> {
  if (mcp === undefined) return tools;
  const opened = await openMcpTools({ warn: (line) => log.write('warn', line), ...mcp });
  closing.last(() => opened.close());
  return [...tools, ...opened.tools];
}

type Parts = Pick<HoldpointWorkerOptions, 'connection' | 'namespace' | 'evidence' | 'watch'> & {
  readonly log: WorkerLog;
};

async function createWorker(
  { settings, workflowsPath, ...options }: ServeOptions,
  { log, ...parts }: Parts,
): Promise<Worker> {
  const bundled =
    workflowsPath === undefined ? {} : { workflowBundle: await bundleWorkflows({ workflowsPath }) };
  return createHoldpointWorker({
    ...options,
    ...parts,
    ...bundled,
    drainMs: settings.drainMs,
    ...(settings.callbacks === undefined ? {} : { callbacks: settings.callbacks }),
    ...trustedBy({ ...options, settings }),
    ...(settings.inboxUrl === undefined ? {} : { inboxUrl: settings.inboxUrl }),
    ...(settings.deployment === undefined ? {} : { deployment: settings.deployment }),
    warn: (line) => log.write('warn', line),
  });
}

function drain(worker: Worker, log: WorkerLog): void {
  if (worker.getState() !== 'RUNNING') return;
  log.write('info', 'draining: takes no further work, waits for what runs');
  worker.shutdown();
}

async function run(
  worker: Worker,
  { closing, log }: { readonly closing: Closing; readonly log: WorkerLog },
): Promise<void> {
  try {
    await worker.run();
    log.write('info', 'worker ended: drained');
  } catch (error) {
    log.write('error', 'worker ended: it failed, or what ran did not end in time', {
      code: error instanceof Error ? error.name : 'unknown',
    });
    throw error;
  } finally {
    await closing.close();
  }
}

/** What was opened, closed in the opposite order; what fails at that stops nothing. */
class Closing {
  readonly #opened: (() => Promise<unknown>)[] = [];

  last(close: () => Promise<unknown>): void {
    this.#opened.push(close);
  }

  async close(): Promise<void> {
    for (const close of this.#opened.splice(0).toReversed()) await close().catch(() => {});
  }
}
