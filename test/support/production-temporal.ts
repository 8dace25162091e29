/**
 * Temporal Server as production runs it, without containers: built once by `go install`, its four services in one process,
 * its stores in a PostgreSQL database, set up by Temporal's own schema tool.
 */
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { defaultCacheFolder, ensureCacheEntry } from '../../workers/cache-entry.ts';
import { LOOPBACK } from '../../workers/free-port.ts';
import { type GuardedProcess, runGuarded, startGuarded } from '../../workers/guarded-process.ts';
import { programOnPath } from '../../workers/program.ts';
import { announced } from '../../workers/progress.ts';
import { skip, type Skip } from './skip.ts';
import { until } from './until.ts';

/** A version whose go.mod has no `replace`, which `go install` would refuse. */
const VERSION = '1.32.0';
const MODULE = 'go.temporal.io/server/cmd';
const BUILD_AT_MOST_MS = 20 * 60_000;
const TOOL_AT_MOST_MS = 60_000;
const READY_WITHIN_MS = 120_000;
const NAMESPACE = 'default';
const RETENTION_S = 24 * 3600;

/** Its ports stand in a smallint of its own database. */
const PORTS = { from: 20_000, to: 32_000 } as const;

export interface ProductionTemporal {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** The folder of its programs; fetched and built where they are not in the cache. */
export async function productionPrograms(): Promise<{ readonly folder: string } | Skip> {
  const folder = join(defaultCacheFolder(process.env), `temporal-server-${VERSION}`);
  const go = await programOnPath('go', process.env);
  if (go === undefined) return skip('Go is not on the PATH, to build Temporal Server with');
  const progress = (line: string): void => console.log(`temporal-server: ${line}`);
  const step = `building Temporal Server ${VERSION} with go install (some 9 minutes on 2 cores, once)`;
  const make = async (partial: string): Promise<string> => {
    const programs = join(partial, 'programs');
    await mkdir(programs);
    await announced({ progress, step }, () =>
      runGuarded({
        command: go,
        args: ['install', `${MODULE}/server@v${VERSION}`, `${MODULE}/tools/sql@v${VERSION}`],
        env: { ...process.env, GOBIN: programs },
        cwd: partial,
        atMostMs: BUILD_AT_MOST_MS,
      }),
    );
    return programs;
  };
  return { folder: await ensureCacheEntry({ path: folder, make, progress }) };
}

/** `databaseUrl`: a PostgreSQL whose user may create databases. */
export async function startProductionTemporal(
  programs: string,
  databaseUrl: string,
): Promise<ProductionTemporal> {
  const database = new URL(databaseUrl);
  await setUpSchema(programs, database, { name: 'temporal', schema: 'temporal' });
  await setUpSchema(programs, database, { name: 'temporal_visibility', schema: 'visibility' });
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-temporal-'));
  const ports = await freeLowPorts();
  const config = join(folder, 'temporal.yaml');
  await writeFile(config, JSON.stringify(configOf(database, ports)));
  const server = startGuarded({
    command: join(programs, 'server'),
    args: ['--config-file', config, '--allow-no-auth', 'start'],
    env: process.env,
    cwd: folder,
    removeFolder: folder,
  });
  const address = `${LOOPBACK}:${ports.frontend}`;
  try {
    await untilServing(server, address);
  } catch (error) {
    await server.stop();
    throw new Error(`Temporal Server did not come up:\n${server.lastLines().join('\n')}`, {
      cause: error,
    });
  }
  return { address, close: () => server.stop() };
}

async function setUpSchema(
  programs: string,
  { hostname, port, username }: URL,
  { name, schema }: { readonly name: string; readonly schema: string },
): Promise<void> {
  const at = ['--plugin', 'postgres12', '--ep', hostname, '-p', port, '-u', username, '--db', name];
  const steps = [
    ['create'],
    ['setup-schema', '-v', '0.0'],
    ['update-schema', '--schema-name', `postgresql/v12/${schema}`],
  ];
  for (const step of steps) {
    await runGuarded({
      command: join(programs, 'sql'),
      args: [...at, ...step],
      env: process.env,
      atMostMs: TOOL_AT_MOST_MS,
    });
  }
}

const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
type Service = (typeof SERVICES)[number];
type Ports = Readonly<Record<Service | `${Service}Ring`, number>>;

function configOf({ host, username }: URL, ports: Ports): object {
  const store = (databaseName: string): object => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: host,
      connectProtocol: 'tcp',
      user: username,
      maxConns: 20,
      maxIdleConns: 20,
    },
  });
  const services = SERVICES.map((name) => {
    const rpc = { grpcPort: ports[name], membershipPort: ports[`${name}Ring`] };
    return [name, { rpc: { ...rpc, bindOnLocalHost: true } }] as const;
  });
  return {
    log: { stdout: true, level: 'error' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: 4,
      datastores: { default: store('temporal'), visibility: store('temporal_visibility') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: LOOPBACK } },
    services: Object.fromEntries(services),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `${LOOPBACK}:${ports.frontend}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
  };
}

/** Also makes the namespace, as an operator would. */
async function untilServing(server: GuardedProcess, address: string): Promise<void> {
  const connection = Connection.lazy({ address });
  const { workflowService: service } = connection;
  const attempt = async (call: () => Promise<unknown>): Promise<boolean> => {
    if (server.hasExited()) throw new Error('it ended');
    return connection.withDeadline(Date.now() + 5_000, call).then(
      () => true,
      () => false,
    );
  };
  try {
    await until(
      'Temporal Server to answer',
      () => attempt(() => service.getSystemInfo({})),
      READY_WITHIN_MS,
    );
    // Its type wants a Long; a number is written just as well.
    const retention = { seconds: RETENTION_S } as unknown as Retention;
    await until(
      'the namespace to be made',
      () =>
        attempt(() =>
          service.registerNamespace({
            namespace: NAMESPACE,
            workflowExecutionRetentionPeriod: retention,
          }),
        ),
      READY_WITHIN_MS,
    );
    // Each service learns of a namespace at its next look.
    await until(
      'the namespace to be known',
      () => attempt(() => service.listWorkflowExecutions({ namespace: NAMESPACE, pageSize: 1 })),
      READY_WITHIN_MS,
    );
  } finally {
    await connection.close();
  }
}

type Retention = NonNullable<
  Parameters<
    Connection['workflowService']['registerNamespace']
  >[0]['workflowExecutionRetentionPeriod']
>;

async function freeLowPorts(): Promise<Ports> {
  const names = SERVICES.flatMap((name) => [name, `${name}Ring`] as const);
  const ports = new Map<string, number>();
  while (ports.size < names.length) {
    const port = randomInt(PORTS.from, PORTS.to);
    const name = names[ports.size];
    if (name === undefined || [...ports.values()].includes(port)) continue;
    if (await isFree(port)) ports.set(name, port);
  }
  return Object.fromEntries(ports) as Ports;
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, LOOPBACK, () => probe.close(() => resolve(true)));
  });
}
