/** What a worker process takes from its environment. Temporal's own variables are read by workers/connection.ts. */
import { directoryFrom, trustedKeysFrom } from '../activities/adapters/trust-sources.ts';
import type { Directory, KeySource } from '../activities/trust.ts';
import { isLogLevel, type LogLevel } from './telemetry/log.ts';
import { readCallbackOrigins } from '../domain/gate/callback.ts';
import type { CallbackSettings, WorkerVersion } from './worker.ts';

export interface ServeSettings {
  /** postgres://user:password@host:port/database */
  readonly evidenceUrl: string;
  /** Where health and metrics answer. */
  readonly httpHost: string;
  /** 0: any free port. */
  readonly httpPort: number;
  /** How long what runs may go on after the process was asked to end. */
  readonly drainMs: number;
  readonly logLevel: LogLevel;
  /** Of the collector that takes spans. Left out: none are made. */
  readonly tracesUrl?: string;
  /** Left out: outcomes of external gates are sent nowhere. */
  readonly callbacks?: CallbackSettings;
  /** Whose signed decisions count; left out: as the configuration says. */
  readonly keys?: KeySource;
  /** Who stands behind accounts; likewise. */
  readonly directory?: Directory;
  /** Where the inbox is: notices link into it. */
  readonly inboxUrl?: string;
  /** Left out: an unversioned worker. */
  readonly deployment?: WorkerVersion;
}

/** As on a command line: what is said there goes before the environment. */
export interface ServeFlags {
  readonly httpHost?: string;
  readonly httpPort?: string;
  readonly drainSeconds?: string;
}

const LOOPBACK_HOST = '127.0.0.1';

/** What Prometheus' own list of default ports gives to exporters of this kind. */
const HTTP_PORT = '9464';

/** With the SDK's 5 s for what does not stop, within the 30 s that Kubernetes waits. */
const DRAIN_SECONDS = '20';
const DRAIN_SECONDS_MAX = 24 * 3600;

/** Throws an error that names the variable and what to write. */
export function serveSettings(env: NodeJS.ProcessEnv, flags: ServeFlags = {}): ServeSettings {
  const level = env['HOLDPOINT_LOG_LEVEL'] || 'info';
  if (!isLogLevel(level)) {
    throw new TypeError(`HOLDPOINT_LOG_LEVEL is debug, info, warn or error, not ${level}.`);
  }
  return {
    evidenceUrl: evidenceUrl(env),
    httpHost: flags.httpHost || env['HOLDPOINT_HTTP_HOST'] || LOOPBACK_HOST,
    httpPort: numberOf(flags.httpPort || env['HOLDPOINT_HTTP_PORT'] || HTTP_PORT, {
      name: 'HOLDPOINT_HTTP_PORT (--http-port)',
      max: 65_535,
    }),
    drainMs:
      numberOf(flags.drainSeconds || env['HOLDPOINT_DRAIN_SECONDS'] || DRAIN_SECONDS, {
        name: 'HOLDPOINT_DRAIN_SECONDS (--drain-seconds)',
        max: DRAIN_SECONDS_MAX,
      }) * 1_000,
    logLevel: level,
    ...tracesSettings(env),
    ...callbacksOf(env),
    ...trustSettings(env),
    ...inboxSettings(env),
    ...deploymentOf(env),
  };
}

export function inboxSettings(env: NodeJS.ProcessEnv): Pick<ServeSettings, 'inboxUrl'> {
  const url = env['HOLDPOINT_INBOX_URL'] || undefined;
  if (url === undefined) return {};
  const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (isHttp) return { inboxUrl: url };
  throw new TypeError(
    'HOLDPOINT_INBOX_URL is where people open the inbox, such as https://holdpoint.example.com.',
  );
}

/** Where keys and people are kept: what is said here goes before the configuration. */
export function trustSettings(env: NodeJS.ProcessEnv): Pick<ServeSettings, 'keys' | 'directory'> {
  const keys = env['HOLDPOINT_TRUSTED_KEYS'] || undefined;
  const directory = env['HOLDPOINT_DIRECTORY'] || undefined;
  const token = env['HOLDPOINT_DIRECTORY_TOKEN'] || undefined;
  const bearer = token === undefined ? {} : { token };
  return {
    ...(keys === undefined ? {} : { keys: trustedKeysFrom(keys) }),
    ...(directory === undefined ? {} : { directory: directoryFrom(directory, bearer) }),
  };
}

/** As OpenTelemetry specifies: the one for traces as it stands, the one for all signals with their path added. */
export function tracesSettings(env: NodeJS.ProcessEnv): Pick<ServeSettings, 'tracesUrl'> {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return {};
  const own = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || undefined;
  if (own !== undefined) return { tracesUrl: httpUrl('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', own) };
  const all = env['OTEL_EXPORTER_OTLP_ENDPOINT'] || undefined;
  if (all === undefined) return {};
  const url = httpUrl('OTEL_EXPORTER_OTLP_ENDPOINT', all);
  return { tracesUrl: `${url.replace(/\/$/, '')}/v1/traces` };
}

function httpUrl(name: string, text: string): string {
  const isHttp = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isHttp) return text;
  throw new TypeError(
    `${name} is the address of a collector that takes OTLP over HTTP, such as http://localhost:4318.`,
  );
}

/** Where outcomes of external gates may be sent. Throws an error that names the variable and what to write. */
export function callbacksOf(env: NodeJS.ProcessEnv): { readonly callbacks?: CallbackSettings } {
  const named = env['HOLDPOINT_CALLBACK_ORIGINS'] || undefined;
  const secret = env['HOLDPOINT_CALLBACK_SECRET'] || undefined;
  if (named === undefined && secret === undefined) return {};
  if (named === undefined || secret === undefined) {
    throw new TypeError(
      'To send outcomes a worker needs both HOLDPOINT_CALLBACK_ORIGINS and HOLDPOINT_CALLBACK_SECRET; otherwise neither.',
    );
  }
  const origins = readCallbackOrigins(named);
  if (!origins.ok) throw new TypeError(`HOLDPOINT_CALLBACK_ORIGINS: ${origins.problem}.`);
  return { callbacks: { origins: origins.value, secret } };
}

function deploymentOf(env: NodeJS.ProcessEnv): Pick<ServeSettings, 'deployment'> {
  const deploymentName = env['HOLDPOINT_DEPLOYMENT_NAME'] || undefined;
  const buildId = env['HOLDPOINT_BUILD_ID'] || undefined;
  if (deploymentName === undefined && buildId === undefined) return {};
  if (deploymentName !== undefined && buildId !== undefined) {
    return { deployment: { deploymentName, buildId } };
  }
  throw new TypeError(
    'A versioned worker needs both HOLDPOINT_DEPLOYMENT_NAME and HOLDPOINT_BUILD_ID; an unversioned one neither.',
  );
}

/** Undefined where nothing is said. */
export function namedEvidenceUrl(env: NodeJS.ProcessEnv): string | undefined {
  return env['HOLDPOINT_EVIDENCE_URL'] || undefined;
}

function evidenceUrl(env: NodeJS.ProcessEnv): string {
  const url = namedEvidenceUrl(env);
  if (url !== undefined) return url;
  throw new TypeError(
    [
      'Where is the evidence kept? A worker needs a PostgreSQL database for it:',
      '  export HOLDPOINT_EVIDENCE_URL=postgres://user:password@host:5432/database',
      'Then, once: holdpoint setup. Without PostgreSQL, for one process on one machine: holdpoint dev.',
    ].join('\n'),
  );
}

function numberOf(text: string, { name, max }: { readonly name: string; readonly max: number }) {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= max) return number;
  throw new TypeError(`${name} is a whole number from 0 to ${max}, not ${text}.`);
}
