/**
 * A PostgreSQL of its own for a test file, from the server programs on this machine: a temporary folder, a free port,
 * and nothing left of either afterwards, also when the run is killed.
 */
import { execFile } from 'node:child_process';
import { access, chown, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { LOOPBACK, freePorts } from '../../workers/free-port.ts';
import { startGuarded } from '../../workers/guarded-process.ts';
import type { GuardedProcess } from '../../workers/guarded-process.ts';
import { skip } from './skip.ts';
import type { Skip } from './skip.ts';

const DEBIAN_PROGRAMS = '/usr/lib/postgresql';
const READY_WITHIN_MS = 60_000;
const POLL_MS = 25;
const START_ATTEMPTS = 3;
const USER = 'holdpoint';

// initdb and the server are one command, so that whatever the run is killed in, one process ends and one folder goes.
// Durability is off: what is tested is what the statements do, and the folder does not survive the run anyway.
const RUN_SCRIPT = `
programs=$1 folder=$2 port=$3
"$programs/initdb" --pgdata="$folder/data" --username=${USER} --auth=trust --encoding=UTF8 --locale=C --no-sync || exit 1
exec "$programs/postgres" -D "$folder/data" -k "$folder" -h ${LOOPBACK} -p "$port" -c fsync=off
`;

export interface Postgres {
  /** postgres://… of an empty database, whose user may create more. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startPostgres(): Promise<Postgres | Skip> {
  const programs = await programsFolder();
  if (programs === undefined) {
    return skip(
      `no initdb and postgres, neither on the PATH nor in ${DEBIAN_PROGRAMS}/*/bin (apt-get install postgresql)`,
    );
  }
  const user = await serverUser();
  if (user === undefined)
    return skip('PostgreSQL refuses to run as root, and no other user is here');
  for (let attempt = 1; ; attempt += 1) {
    const [port] = await freePorts();
    const server = await startServer({ programs, port, user });
    const url = `postgres://${USER}@${LOOPBACK}:${port}/postgres`;
    try {
      await untilServing(server, url);
      return { url, close: () => server.stop() };
    } catch (error) {
      await server.stop();
      const lostItsPort = server.lastLines().some((line) => /Address already in use/.test(line));
      if (attempt === START_ATTEMPTS || !lostItsPort) throw error;
    }
  }
}

async function startServer(options: {
  programs: string;
  port: number;
  user: ServerUser;
}): Promise<GuardedProcess> {
  const { programs, port, user } = options;
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-postgres-'));
  if ('uid' in user) await chown(folder, user.uid, user.gid);
  return startGuarded({
    command: '/bin/sh',
    args: ['-c', RUN_SCRIPT, 'holdpoint-postgres', programs, folder, String(port)],
    cwd: folder,
    ...user,
    // SIGINT is PostgreSQL's fast shutdown; SIGTERM would wait for clients to leave.
    stopSignal: 'INT',
    removeFolder: folder,
  });
}

async function untilServing(server: GuardedProcess, url: string): Promise<void> {
  const deadlineMs = Date.now() + READY_WITHIN_MS;
  while (!server.hasExited() && Date.now() < deadlineMs) {
    if (await answers(url)) return;
    await delay(POLL_MS);
  }
  throw new Error(`PostgreSQL did not come up:\n${server.lastLines().join('\n')}`);
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // Without a listener, a connection that breaks would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

type ServerUser = { readonly uid: number; readonly gid: number } | Readonly<Record<string, never>>;

/** Whom to run as: ourselves, unless that is root. */
async function serverUser(): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const uid = await idOf('-u', name);
    const gid = await idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
}

async function idOf(flag: '-u' | '-g', name: string): Promise<number | undefined> {
  return promisify(execFile)('id', [flag, name]).then(
    ({ stdout }) => Number(stdout),
    () => undefined,
  );
}

async function programsFolder(): Promise<string | undefined> {
  const versions = await readdir(DEBIAN_PROGRAMS).catch(() => []);
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...newestFirst.map((version) => join(DEBIAN_PROGRAMS, version, 'bin')),
  ];
  for (const folder of folders) {
    const both = [access(join(folder, 'initdb')), access(join(folder, 'postgres'))];
    if ((await Promise.allSettled(both)).every(({ status }) => status === 'fulfilled'))
      return folder;
  }
  return undefined;
}
