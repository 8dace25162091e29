/**
 * Workers as processes: crash-worker.ts compiled as the package is (Node 20 runs no TypeScript), started, watched by
 * what it says, and killed with SIGKILL.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { until } from '../support/until.ts';
import type { Assignment } from './crash-worker.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const SAID_WITHIN_MS = 60_000;

export interface WorkerProcess {
  /** Resolves once the worker has said this. */
  readonly said: (line: string) => Promise<void>;
  /** Lets a worker that hangs go on. */
  readonly goOn: () => void;
  /** SIGSTOP and SIGCONT: as a machine that is cut off, and comes back. */
  readonly freeze: () => void;
  readonly thaw: () => void;
  /** SIGKILL: it gets no chance to do anything. Resolves once it is gone. */
  readonly kill: () => Promise<void>;
}

export interface WorkerProcesses {
  /** Resolves when the worker polls. */
  readonly start: (assignment: Assignment) => Promise<WorkerProcess>;
  /** A folder for what a test's workers leave behind. */
  readonly folder: string;
  /** Kills those that are left and removes the folder. */
  readonly close: () => Promise<void>;
}

export async function compileWorker(): Promise<WorkerProcesses> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-crash-'));
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const project = join(folder, 'tsconfig.json');
  const compilerOptions = { noEmit: false, rootDir: REPOSITORY, outDir: folder };
  const files = [join(REPOSITORY, 'test/workflows/crash-worker.ts')];
  const config = { extends: join(REPOSITORY, 'tsconfig.json'), compilerOptions, files };
  await writeFile(project, JSON.stringify(config));
  await promisify(execFile)(join(REPOSITORY, 'node_modules/.bin/tsc'), ['-p', project]);
  const script = join(folder, 'test/workflows/crash-worker.js');
  const started = new Set<WorkerProcess>();
  return {
    folder,
    start: async (assignment) => {
      const worker = spawnWorker(script, assignment);
      started.add(worker);
      await worker.said('works');
      return worker;
    },
    close: async () => {
      await Promise.all([...started].map((worker) => worker.kill()));
      await rm(folder, { recursive: true });
    },
  };
}

function spawnWorker(script: string, assignment: Assignment): WorkerProcess {
  const child = spawn(process.execPath, [script, JSON.stringify(assignment)], { stdio: 'pipe' });
  const gone = once(child, 'exit');
  let spoken = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => (spoken += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  return {
    said: async (line) => {
      await until(
        `a worker to say "${line}"`,
        () => {
          if (child.exitCode !== null) throw new Error(`A worker ended: ${complaint}`);
          return spoken.split('\n').includes(line);
        },
        SAID_WITHIN_MS,
      );
    },
    goOn: () => void child.stdin.write('go on\n'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
