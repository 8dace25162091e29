/**
 * Temporal's dev server as the embedded default: found or fetched, started, waited for, and stopped with its owner.
 *
 * It is for one machine: demos, development and tests. Production runs Temporal Server or Temporal Cloud, and comes in
 * here only as `TEMPORAL_ADDRESS`, with nothing started and nothing to stop.
 */
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { TypedSearchAttributes } from '@temporalio/common';
import type { SearchAttributeType } from '@temporalio/common';
import { LOOPBACK, freePorts } from './free-port.ts';
import { startGuarded } from './guarded-process.ts';
import type { GuardedProcess } from './guarded-process.ts';
import { secondsSince } from './progress.ts';
import type { Progress } from './progress.ts';
import { locateTemporal } from './temporal-binary.ts';

const DEFAULT_NAMESPACE = 'default';
const READY_WITHIN_MS = 60_000;
const POLL_MS = 20;
const CALL_DEADLINE_MS = 5_000;
const START_ATTEMPTS = 3;
const GRPC_NOT_FOUND = 5;

// A history shard polls its queues at most 20 times a second, and the dev server has a single shard, so every task
// would wait about 40 ms once the burst is spent. Eager execution hands the first activity to the worker in the answer
// to its workflow task, and is off in server 1.29. Together: a gate's round trip of 81 ms without, 15 ms with.
const DYNAMIC_CONFIG = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'system.enableActivityEagerExecution=true',
];

export interface TemporalServerOptions {
  readonly progress: Progress;
  /** Serve Temporal's UI as well. */
  readonly ui?: boolean;
  /** Keeps workflows across restarts; without one they live in memory. One server at a time may use it. */
  readonly databaseFile?: string;
  /** A free port where nothing is said; the same for `uiPort`. */
  readonly port?: number;
  readonly uiPort?: number;
  /** Registered with a new database only: the server skips them when the file has its namespace already. */
  readonly searchAttributes?: Readonly<Record<string, SearchAttributeType>>;
  readonly cacheFolder?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export interface TemporalServer {
  /** host:port of the gRPC service. */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl?: string;
  /** False where `TEMPORAL_ADDRESS` named it: then `close` stops nothing. */
  readonly owned: boolean;
  readonly close: () => Promise<void>;
}

/** Resolves once the server answers. Rejects with its last lines when it does not come up. */
export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const { progress, env = process.env } = options;
  const source = await locateTemporal({ ...options, env });
  if (source.kind === 'address') {
    return {
      address: source.address,
      namespace: env['TEMPORAL_NAMESPACE'] || DEFAULT_NAMESPACE,
      owned: false,
      close: async () => {},
    };
  }
  await refuseTakenPorts(options);
  if (options.databaseFile !== undefined) {
    await mkdir(dirname(options.databaseFile), { recursive: true });
  }
  for (let attempt = 1; ; attempt += 1) {
    const startedAtMs = Date.now();
    const ports = await chosenPorts(options);
    const server = startGuarded({
      command: source.path,
      args: serverArgs(options, ports),
      env,
      // The dev server takes more than a second to end in good order, which only a file on disk is worth.
      stopSignal: options.databaseFile === undefined ? 'KILL' : 'TERM',
    });
    try {
      await untilServing(server, ports);
      progress(
        `Temporal answers at ${LOOPBACK}:${ports.grpc} (started in ${secondsSince(startedAtMs)} s)`,
      );
      return owned(server, ports);
    } catch (error) {
      await server.stop();
      if (attempt === START_ATTEMPTS || !lostItsPort(server, options)) throw error;
    }
  }
}

interface Ports {
  readonly grpc: number;
  readonly ui?: number;
}

async function chosenPorts({ ui = false, port, uiPort }: TemporalServerOptions): Promise<Ports> {
  const [freeForGrpc, freeForUi] = await freePorts();
  const grpc = port ?? freeForGrpc;
  return ui || uiPort !== undefined ? { grpc, ui: uiPort ?? freeForUi } : { grpc };
}

// The server would notice too, but by then the other one on that port may have answered in its place.
async function refuseTakenPorts({ port, uiPort }: TemporalServerOptions): Promise<void> {
  for (const chosen of [port, uiPort]) {
    if (chosen === undefined || !(await accepts(chosen))) continue;
    throw new Error(
      `port ${chosen} is taken. Choose another, or, where it is a Temporal server, use it: TEMPORAL_ADDRESS=${LOOPBACK}:${chosen}`,
    );
  }
}

function serverArgs(options: TemporalServerOptions, ports: Ports): string[] {
  const { databaseFile, searchAttributes = {} } = options;
  const frontend = ['server', 'start-dev', '--ip', LOOPBACK, '--port', String(ports.grpc)];
  return [
    ...frontend,
    ...(ports.ui === undefined ? ['--headless'] : ['--ui-port', String(ports.ui)]),
    ...(databaseFile === undefined ? [] : ['--db-filename', databaseFile]),
    ...DYNAMIC_CONFIG.flatMap((value) => ['--dynamic-config-value', value]),
    ...Object.entries(searchAttributes).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${TypedSearchAttributes.toMetadataType(type)}`,
    ]),
  ];
}

function owned(server: GuardedProcess, ports: Ports): TemporalServer {
  return {
    address: `${LOOPBACK}:${ports.grpc}`,
    namespace: DEFAULT_NAMESPACE,
    ...(ports.ui === undefined ? {} : { uiUrl: `http://${LOOPBACK}:${ports.ui}` }),
    owned: true,
    close: () => server.stop(),
  };
}

// A port that was free a moment ago may be taken by then; with ports of our own choice it is worth another try.
function lostItsPort(server: GuardedProcess, options: TemporalServerOptions): boolean {
  const choseOwnPorts = options.port === undefined && options.uiPort === undefined;
  return choseOwnPorts && server.lastLines().some((line) => /address already in use/.test(line));
}

async function untilServing(server: GuardedProcess, ports: Ports): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  // The port comes first, because a gRPC channel that was refused waits a second before it tries again.
  await until({ server, deadlineMs, holds: () => accepts(ports.grpc) });
  const connection = Connection.lazy({ address: `${LOOPBACK}:${ports.grpc}` });
  try {
    await until({ server, deadlineMs, holds: () => answers(connection) });
  } finally {
    await connection.close();
  }
  const { ui } = ports;
  if (ui !== undefined) await until({ server, deadlineMs, holds: () => accepts(ui) });
}

async function until(condition: {
  server: GuardedProcess;
  deadlineMs: number;
  holds: () => Promise<boolean>;
}): Promise<void> {
  const { server, deadlineMs, holds } = condition;
  while (!server.hasExited()) {
    if (await Promise.race([holds(), server.exited.then(() => false)])) return;
    if (Date.now() > deadlineMs) {
      throw startFailure(server, `did not answer within ${READY_WITHIN_MS / 1000} s`);
    }
    await delay(POLL_MS);
  }
  throw startFailure(server, `ended with code ${await server.exited} while starting`);
}

function startFailure(server: GuardedProcess, what: string): Error {
  const lines = server.lastLines().map((line) => `  ${line}`);
  const output = lines.length === 0 ? ['  (nothing)'] : lines;
  return new Error([`Temporal's dev server ${what}. The last it printed:`, ...output].join('\n'));
}

// The frontend accepts calls before the history shard is ours. Asking for a workflow that is not there goes through
// both, and the namespace besides.
async function answers(connection: Connection): Promise<boolean> {
  const namespace = DEFAULT_NAMESPACE;
  const service = connection.workflowService;
  try {
    return await connection.withDeadline(Date.now() + CALL_DEADLINE_MS, async () => {
      await service.describeNamespace({ namespace });
      return service
        .describeWorkflowExecution({ namespace, execution: { workflowId: 'holdpoint-is-it-up' } })
        .then(() => true, isNotFound);
    });
  } catch {
    return false;
  }
}

function isNotFound(error: unknown): boolean {
  return isGrpcServiceError(error) && (error.code as number) === GRPC_NOT_FOUND;
}

async function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: LOOPBACK, port });
    const settle = (isOpen: boolean): void => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
