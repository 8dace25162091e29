/**
 * Temporal Server as docker-compose.yml runs it, without containers: built once by `go install`, configured by the
 * variables of that file, its schema and its namespace made by the scripts that stand there.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { parse } from 'yaml';
import { defaultCacheFolder, ensureCacheEntry } from '../../workers/cache-entry.ts';
import { LOOPBACK } from '../../workers/free-port.ts';
import { type GuardedProcess, runGuarded, startGuarded } from '../../workers/guarded-process.ts';
import { programOnPath } from '../../workers/program.ts';
import { announced } from '../../workers/progress.ts';
import { existingTemporal } from '../../workers/temporal-binary.ts';
import { skip, type Skip } from './skip.ts';
import { until } from './until.ts';

/** That of docker-compose.yml; one whose go.mod has no `replace`, which `go install` would refuse. */
export const SERVER_VERSION = '1.32.0';
const MODULE = 'go.temporal.io/server/cmd';
const BUILD_AT_MOST_MS = 20 * 60_000;
const SCRIPT_AT_MOST_MS = 60_000;
const CALL_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 120_000;
const NAMESPACE = 'default';

/** Its ports stand in a smallint of its own database. */
const PORTS = { from: 20_000, to: 32_000 } as const;

export interface ProductionTemporal {
  readonly address: string;
  readonly close: () => Promise<void>;
}

/** The folder of its programs; fetched and built where they are not in the cache. */
export async function productionPrograms(): Promise<{ readonly folder: string } | Skip> {
  const folder = join(defaultCacheFolder(process.env), `temporal-server-${SERVER_VERSION}`);
  const go = await programOnPath('go', process.env);
  if (go === undefined) return skip('Go is not on the PATH, to build Temporal Server with');
  const progress = (line: string): void => console.log(`temporal-server: ${line}`);
  const step = `building Temporal Server ${SERVER_VERSION} with go install (some 9 minutes on 2 cores, once)`;
  const make = async (partial: string): Promise<string> => {
    const programs = join(partial, 'programs');
    await mkdir(programs);
    await announced({ progress, step }, () =>
      runGuarded({
        command: go,
        args: [
          'install',
          `${MODULE}/server@v${SERVER_VERSION}`,
          `${MODULE}/tools/sql@v${SERVER_VERSION}`,
        ],
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
  const { hostname, port, username } = new URL(databaseUrl);
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-temporal-'));
  // Twice, as at a second deployment.
  for (let times = 1; times <= 2; times += 1) {
    await runService('temporal-schema', {
      folder,
      programs: { 'temporal-sql-tool': join(programs, 'sql') },
      instead: { SQL_HOST: hostname, SQL_PORT: port, SQL_USER: username },
    });
  }
  const ports = await freeLowPorts();
  const dynamicConfig = join(folder, 'dynamic-config.yaml');
  await writeFile(dynamicConfig, composeFile().configs['temporal-dynamic-config']?.content ?? '');
  const server = startGuarded({
    command: join(programs, 'server'),
    args: ['start'],
    env: {
      ...environmentOf('temporal'),
      POSTGRES_SEEDS: hostname,
      DB_PORT: port,
      POSTGRES_USER: username,
      BIND_ON_IP: LOOPBACK,
      DYNAMIC_CONFIG_FILE_PATH: dynamicConfig,
      LOG_LEVEL: 'error',
      ...Object.fromEntries(ports),
    },
    cwd: folder,
    removeFolder: folder,
  });
  const address = `${LOOPBACK}:${ports.get('FRONTEND_GRPC_PORT')}`;
  try {
    await untilAnswering(server, address);
    await runService('temporal-namespace', {
      folder,
      programs: { temporal: (await existingTemporal({})) ?? 'temporal' },
      instead: { TEMPORAL_ADDRESS: address },
    });
    await untilNamespace(server, address);
  } catch (error) {
    await server.stop();
    throw new Error(
      `Temporal Server did not come up:\n${server.lastLines().slice(-3).join('\n')}`,
      {
        cause: error,
      },
    );
  }
  return { address, close: () => server.stop() };
}

interface Service {
  readonly command: readonly [string];
  readonly environment: Readonly<Record<string, string>>;
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly configs: Readonly<Record<string, { readonly content: string }>>;
}

function composeFile(): ComposeFile {
  return parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as ComposeFile;
}

function serviceOf(name: string): Service {
  const service = composeFile().services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
  return service;
}

/** As the file has it; a password is not asked for here. */
export function environmentOf(name: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(serviceOf(name).environment).map(([variable, value]) => [
      variable,
      value.startsWith('${') ? 'not-asked-for' : value,
    ]),
  );
}

/** The script of a service of docker-compose.yml, as it stands there, with our programs under the names of its image's. */
async function runService(
  name: string,
  options: {
    readonly folder: string;
    readonly programs: Readonly<Record<string, string>>;
    readonly instead: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { folder, programs, instead } = options;
  const bin = await mkdtemp(join(folder, 'bin-'));
  for (const [program, path] of Object.entries(programs)) await symlink(path, join(bin, program));
  const [script] = serviceOf(name).command;
  await runGuarded({
    command: '/bin/sh',
    args: ['-ec', script.replaceAll('$$', '$')],
    env: {
      ...environmentOf(name),
      ...instead,
      HOME: folder,
      PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    },
    cwd: folder,
    atMostMs: SCRIPT_AT_MOST_MS,
  });
}

async function untilAnswering(server: GuardedProcess, address: string): Promise<void> {
  await untilDone(server, address, (service) => service.getSystemInfo({}));
}

/** Each service learns of a namespace at its next look. */
async function untilNamespace(server: GuardedProcess, address: string): Promise<void> {
  await untilDone(server, address, (service) =>
    service.listWorkflowExecutions({ namespace: NAMESPACE, pageSize: 1 }),
  );
}

async function untilDone(
  server: GuardedProcess,
  address: string,
  call: (service: Connection['workflowService']) => Promise<unknown>,
): Promise<void> {
  const connection = Connection.lazy({ address });
  const attempt = async (): Promise<boolean> => {
    if (server.hasExited()) throw new Error('it ended');
    const deadline = Date.now() + CALL_WITHIN_MS;
    return connection
      .withDeadline(deadline, () => call(connection.workflowService))
      .then(
        () => true,
        () => false,
      );
  };
  try {
    await until('Temporal Server to answer', attempt, READY_WITHIN_MS);
  } finally {
    await connection.close();
  }
}

const PORT_VARIABLES = ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER'].flatMap((service) => [
  `${service}_GRPC_PORT`,
  `${service}_MEMBERSHIP_PORT`,
]);

/** By the variables that name them. */
async function freeLowPorts(): Promise<ReadonlyMap<string, string>> {
  const ports = new Map<string, string>();
  for (const variable of [...PORT_VARIABLES, 'FRONTEND_HTTP_PORT']) {
    let port: number;
    do port = randomInt(PORTS.from, PORTS.to);
    while ([...ports.values()].includes(String(port)) || !(await isFree(port)));
    ports.set(variable, String(port));
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, LOOPBACK, () => probe.close(() => resolve(true)));
  });
}
