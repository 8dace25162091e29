/**
 * A worker's log: one JSON object a line, by pino, with the ids of what happened and never what it was about.
 *
 * 1. Our own lines take the fields of `LogFields` and no others: no payload, argument, rationale or result fits in.
 * 2. Of what the SDK logs, its message and these ids pass. Its other attributes do not: an error's message may quote what
 *    a tool was given. Of an error the name, type and code positions remain.
 */
import { IllegalStateError, type LogLevel as SdkLevel, type Logger } from '@temporalio/common';
import { Runtime } from '@temporalio/worker';
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Ids, names that a team chose, codes and numbers. */
export interface LogFields {
  readonly sessionId?: string;
  readonly runId?: string;
  readonly gateId?: string;
  readonly actionId?: string;
  readonly tool?: string;
  readonly agentId?: string;
  readonly operatorId?: string;
  readonly tier?: string;
  readonly event?: string;
  readonly seq?: number;
  readonly code?: string;
  readonly outcome?: string;
  readonly attempt?: number;
  readonly tookMs?: number;
  readonly events?: number;
  readonly taskQueue?: string;
  readonly namespace?: string;
  readonly address?: string;
  readonly url?: string;
  readonly version?: string;
}

export interface WorkerLog {
  /** `message` is a fixed text, or one of our own errors. */
  readonly write: (level: LogLevel, message: string, fields?: LogFields) => void;
  /** The SDK's lines, in the same stream. */
  readonly sdk: Logger;
}

export function isLogLevel(text: string): text is LogLevel {
  return LOG_LEVELS.some((level) => level === text);
}

/** `to`: left out, standard output, written at once so that a process that ends loses no line. */
export function createWorkerLog(
  level: LogLevel,
  to: DestinationStream = destination({ fd: 1, sync: true }),
): WorkerLog {
  const log = pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
  const sdk = (severity: SdkLevel, message: string, meta: object = {}): void =>
    log[PINO_LEVELS[severity]](sdkFields(meta), message);
  return {
    write: (severity, message, fields = {}) => log[severity](fields, message),
    sdk: {
      log: sdk,
      trace: (message, meta) => sdk('TRACE', message, meta),
      debug: (message, meta) => sdk('DEBUG', message, meta),
      info: (message, meta) => sdk('INFO', message, meta),
      warn: (message, meta) => sdk('WARN', message, meta),
      error: (message, meta) => sdk('ERROR', message, meta),
    },
  };
}

/** Once a process, before anything connects. A runtime that the program has set up in its own way stays. */
export function installRuntime(log: WorkerLog): void {
  try {
    Runtime.install({
      logger: log.sdk,
      telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
      // Whoever serves ends the worker: in its own order, and at once on a second signal.
      shutdownSignals: [],
    });
  } catch (error) {
    if (!(error instanceof IllegalStateError)) throw error;
  }
}

/** A runtime that never connected keeps its process alive: for who gives up before that. */
export async function endRuntime(): Promise<void> {
  await Runtime.instance().shutdown();
}

const PINO_LEVELS = {
  TRACE: 'debug',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<SdkLevel, LogLevel>;

/** The SDK's attributes that are ids, under our names. */
const SDK_FIELDS: Readonly<Record<string, string>> = {
  workflowId: 'sessionId',
  runId: 'runId',
  workflowType: 'workflow',
  activityType: 'tool',
  activityId: 'activityId',
  attempt: 'attempt',
  taskQueue: 'taskQueue',
  namespace: 'namespace',
  sdkComponent: 'from',
};
const FIELD_CHARS_MAX = 256;
const FRAMES_MAX = 5;

function sdkFields(meta: object): Readonly<Record<string, unknown>> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(meta)) {
    const ours = SDK_FIELDS[name];
    if (ours === undefined) continue;
    if (typeof value === 'number') fields[ours] = value;
    if (typeof value === 'string') fields[ours] = value.slice(0, FIELD_CHARS_MAX);
  }
  const error: unknown = 'error' in meta ? meta.error : undefined;
  return error instanceof Error ? { ...fields, error: errorFields(error) } : fields;
}

/** Where it broke, not what it says. */
function errorFields(error: Error): Readonly<Record<string, unknown>> {
  const lines = (error.stack ?? '').split('\n').filter((line) => /^ {4}at .*:\d+\)?$/.test(line));
  const type = 'type' in error && typeof error.type === 'string' ? error.type : undefined;
  return {
    name: error.name,
    ...(type === undefined ? {} : { type: type.slice(0, FIELD_CHARS_MAX) }),
    at: lines.slice(0, FRAMES_MAX).map((line) => line.trim()),
  };
}
