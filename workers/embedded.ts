/**
 * Everything in one process, for a demo, development and rehearsals: Temporal's dev server with its UI, evidence in
 * PGlite, and a worker with the tools and the policy that are handed in. Production starts the parts one by one.
 */
import { IllegalStateError } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, type Worker } from '@temporalio/worker';
import { DEFAULT_TASK_QUEUE } from '../domain/messages.ts';
import { openPgliteEvidence } from '../evidence/pglite.ts';
import type { EvidenceStore } from '../evidence/store.ts';
import { MCP_LOCK_FILE } from './mcp-lock.ts';
import { type McpOptions, type McpTools, openMcpTools } from './mcp.ts';
import type { Progress } from './progress.ts';
import { startRecovery } from './recovery.ts';
import {
  startTemporalServer,
  type TemporalServer,
  type TemporalServerOptions,
} from './temporal-server.ts';
import { NO_WATCH } from './telemetry/action-watch.ts';
import { type SessionTracer, startSessionTracer } from './telemetry/session-tracer.ts';
import { whyNotTrusting } from './trust-findings.ts';
import { bundleWorkflows, createHoldpointWorker, type HoldpointWorkerOptions } from './worker.ts';

export interface EmbeddedOptions extends Pick<
  HoldpointWorkerOptions,
  | 'tools'
  | 'policy'
  | 'policyOf'
  | 'model'
  | 'confidenceModel'
  | 'taskQueue'
  | 'activities'
  | 'callbacks'
  | 'keys'
  | 'directory'
  | 'channels'
  | 'inboxUrl'
> {
  /** What happens meanwhile, line by line. */
  readonly progress: Progress;
  /** Keeps evidence and workflows across restarts. Left out: everything is in memory. */
  readonly folder?: string;
  /** Serve Temporal's UI. Default true. */
  readonly ui?: boolean;
  /** Where Temporal and its UI answer. Left out: free ports. */
  readonly port?: number;
  readonly uiPort?: number;
  /** A module that exports workflows of the team's own. */
  readonly workflowsPath?: string;
  /** Of the collector that takes spans. Left out: none are made. */
  readonly tracesUrl?: string;
  /** MCP servers whose tools sessions get as well: connected here, and closed. */
  readonly mcp?: McpOptions;
}

export interface Embedded {
  /** Temporal, as a client connects to it. */
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Temporal's UI, where it is served. */
  readonly uiUrl?: string;
  readonly evidence: EvidenceStore;
  /** The names of all tools, those of MCP servers among them. */
  readonly toolNames: readonly string[];
  /** Drains the worker, then stops what was started. */
  close(): Promise<void>;
}

export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const lacking = whyNotTrusting(options);
  if (lacking !== undefined) throw new TypeError(lacking);
  quieten();
  const { progress, folder, taskQueue = DEFAULT_TASK_QUEUE, workflowsPath } = options;
  // First, since it refuses a folder that another process uses, and Temporal's server would not.
  const evidence: EvidenceStore = await openPgliteEvidence({
    ...(folder === undefined ? {} : { folder: `${folder}/evidence` }),
    onStored: (...what) => spans?.stored(...what, evidence),
  });
  const closeEvidence = async (error: unknown): Promise<never> => {
    await evidence.close();
    throw error;
  };
  const mcp = await openMcpTools({ ...NO_MCP, warn: progress, ...options.mcp }).catch(
    closeEvidence,
  );
  const server = await startTemporalServer(serverOptions(options)).catch(async (error: unknown) => {
    await mcp.close();
    return closeEvidence(error);
  });
  const spans = spansOf(options);
  progress('the evidence store is open (PGlite)');
  const { address, namespace, uiUrl } = server;
  const connection = await NativeConnection.connect({ address });
  const tools = [...options.tools, ...mcp.tools];
  const worker = await createHoldpointWorker({
    ...options,
    tools,
    connection,
    namespace,
    evidence,
    ...(spans === undefined ? {} : { watch: { ...NO_WATCH, ...spans } }),
    ...(workflowsPath === undefined
      ? {}
      : { workflowBundle: await bundleWorkflows({ workflowsPath }) }),
  }).catch(async (error: unknown) => {
    // What was started would keep the process alive.
    await Promise.all([mcp.close(), connection.close(), server.close()]);
    return closeEvidence(error);
  });
  const running = worker.run();
  const recovery = startRecovery({ connection, namespace, evidence, warn: progress });
  progress(`a worker polls the task queue ${taskQueue}`);
  return {
    address,
    namespace,
    taskQueue,
    evidence,
    toolNames: tools.map(({ name }) => name),
    ...(uiUrl === undefined ? {} : { uiUrl }),
    close: () => closeAll({ worker, running, mcp, recovery, connection, spans, evidence, server }),
  };
}

const NO_MCP: McpOptions = { servers: [], lockFile: MCP_LOCK_FILE };

function serverOptions({
  progress,
  folder,
  ui = true,
  port,
  uiPort,
}: EmbeddedOptions): TemporalServerOptions {
  return {
    progress,
    ui,
    ...(folder === undefined ? {} : { databaseFile: `${folder}/temporal.db` }),
    ...(port === undefined ? {} : { port }),
    ...(uiPort === undefined ? {} : { uiPort }),
  };
}

function spansOf({ tracesUrl, progress }: EmbeddedOptions): SessionTracer | undefined {
  if (tracesUrl === undefined) return undefined;
  return startSessionTracer(tracesUrl, { write: (_level, message) => progress(message) });
}

/** The SDK's log, down to warnings: unless the program has set it up in its own way already. */
function quieten(): void {
  try {
    Runtime.install({
      logger: new DefaultLogger('WARN'),
      telemetryOptions: { logging: { filter: 'WARN', forward: {} } },
    });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

async function closeAll(parts: {
  readonly worker: Worker;
  readonly running: Promise<void>;
  readonly mcp: McpTools;
  readonly recovery: { stop(): Promise<void> };
  readonly connection: NativeConnection;
  readonly spans: SessionTracer | undefined;
  readonly evidence: EvidenceStore;
  readonly server: TemporalServer;
}): Promise<void> {
  // On SIGINT and SIGTERM the SDK has begun already, and refuses to be asked twice.
  if (parts.worker.getState() === 'RUNNING') parts.worker.shutdown();
  await parts.running;
  await parts.mcp.close();
  await parts.recovery.stop();
  await parts.connection.close();
  await parts.spans?.settled();
  await parts.evidence.close();
  await parts.spans?.sent();
  await parts.server.close();
}
