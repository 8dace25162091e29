/** The `holdpoint` program as a process of its own, as it was built: what it says, its signals, its end. */
import { fileURLToPath } from 'node:url';
import { REPOSITORY, type RunningProcess, startProcess } from '../support/processes.ts';
import { until } from '../support/until.ts';

export { endAll } from '../support/processes.ts';

/** As {@link CONFIG}, with an MCP server. */
export const MCP_CONFIG = fileURLToPath(new URL('mcp.config.ts', import.meta.url));
export const CONFIG = fileURLToPath(new URL('holdpoint.config.ts', import.meta.url));

export interface HoldpointProcess extends RunningProcess {
  /** The lines of its log. */
  readonly log: () => readonly Readonly<Record<string, unknown>>[];
}

/** A process that writes Holdpoint's log. */
export function withLog(running: RunningProcess): HoldpointProcess {
  return {
    ...running,
    log: () =>
      running
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{"level"') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>),
  };
}

/** `environment` alone: nothing of the machine's own but what finds programs. */
export function startHoldpoint(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): HoldpointProcess {
  const main = `${REPOSITORY}/dist/cli/main.js`;
  return withLog(startProcess(process.execPath, [main, ...args], { env: environment }));
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
  return untilReady(startHoldpoint(args, environment));
}

/** A worker that was started, however: waits until it takes work. */
export async function untilReady(
  worker: HoldpointProcess,
): Promise<HoldpointProcess & { readonly url: string }> {
  const url = await until(
    'a worker to start',
    () => {
      const [line] = worker.log().filter(({ msg }) => msg === 'worker started');
      if (line === undefined && !worker.isRunning()) throw new Error(worker.output());
      return line?.['url'] as string | undefined;
    },
    60_000,
  );
  await until('the worker to be ready', async () => (await fetch(`${url}/readyz`)).ok);
  return { ...worker, url };
}
