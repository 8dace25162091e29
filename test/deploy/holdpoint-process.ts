/** The `holdpoint` program as a process of its own, as it was built: what it says, its signals, its end. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { until } from '../support/until.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
/** As {@link CONFIG}, with an MCP server. */
export const MCP_CONFIG = fileURLToPath(new URL('mcp.config.ts', import.meta.url));
export const CONFIG = fileURLToPath(new URL('holdpoint.config.ts', import.meta.url));

export interface HoldpointProcess {
  /** Everything that it wrote so far, both streams. */
  readonly output: () => string;
  /** The lines of its log. */
  readonly log: () => readonly Readonly<Record<string, unknown>>[];
  readonly signal: (signal: NodeJS.Signals) => void;
  /** The exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

const started = new Set<HoldpointProcess>();

/** `environment` alone: nothing of the machine's own but what finds programs. */
export function startHoldpoint(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): HoldpointProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [`${REPOSITORY}/dist/cli/main.js`, ...args], {
    cwd: REPOSITORY,
    env: { PATH, HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const holdpoint: HoldpointProcess = {
    output: () => output,
    log: () =>
      output
        .split('\n')
        .filter((line) => line.startsWith('{"level"') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
    signal: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => {
      child.once('close', (code) => {
        started.delete(holdpoint);
        resolve(code);
      });
    }),
  };
  started.add(holdpoint);
  return holdpoint;
}

/** Runs one to its end. */
export async function runHoldpoint(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const run = startHoldpoint(args, environment);
  return { code: await run.ended, output: run.output() };
}

/** Starts a worker on a free port and waits until it takes work. */
export async function startWorkerProcess(
  environment: Readonly<Record<string, string>>,
  taskQueue: string,
  config = CONFIG,
): Promise<HoldpointProcess & { readonly url: string }> {
  const args = ['--task-queue', taskQueue, 'worker', '--config', config, '--http-port', '0'];
  const worker = startHoldpoint(args, environment);
  const url = await until(
    'a worker to start',
    () => {
      const [line] = worker.log().filter(({ msg }) => msg === 'worker started');
      if (line === undefined && !started.has(worker)) throw new Error(worker.output());
      return line?.['url'] as string | undefined;
    },
    60_000,
  );
  await until('the worker to be ready', async () => (await fetch(`${url}/readyz`)).ok);
  return { ...worker, url };
}

/** SIGKILL for those that a test left behind. */
export async function endAll(): Promise<void> {
  const left = [...started];
  for (const one of left) one.signal('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));
}
