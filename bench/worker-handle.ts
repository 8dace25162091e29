/** The driver's side of a worker process: starts it, asks what it has used, hears what it executed, ends it. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PluginWorkerPlan } from './plugin-plan.ts';

export interface WorkerPlan {
  readonly contender: 'handWritten' | 'holdpoint';
  readonly address: string;
  readonly namespace: string;
  readonly taskQueue: string;
  /** File of recorded tasks. */
  readonly recorded: string;
  /** Evidence in PostgreSQL instead of PGlite within the worker. */
  readonly databaseUrl?: string;
  readonly maxCachedWorkflows?: number;
}

/** `address`: of a process that serves something. */
export type ToWorker = 'usage' | 'stop' | 'address';

export interface Usage {
  /** User and system, of all threads, since the process began. */
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly modelTurns: number;
}

export type FromWorker =
  | { readonly ready: true }
  | { readonly executed: string; readonly atNs: string }
  | { readonly usage: Usage }
  | { readonly address: string };

/** The worker's side: answers the driver, and ends with it. Says that it is ready. */
export function obeyDriver(modelTurns: () => number): void {
  const tell = (message: FromWorker): void => void process.send?.(message);
  process.on('message', (message: ToWorker) => {
    if (message === 'stop') process.exit(0);
    if (message !== 'usage') return;
    const { user, system } = process.cpuUsage();
    const cpuMs = (user + system) / 1_000;
    const residentBytes = process.memoryUsage.rss();
    tell({ usage: { cpuMs, residentBytes, modelTurns: modelTurns() } });
  });
  // A driver that died leaves no worker behind.
  process.on('disconnect', () => process.exit(1));
  tell({ ready: true });
}

export class WorkerHandle {
  readonly #child: ChildProcess;
  readonly #executions = new Map<string, (atNs: bigint) => void>();
  #isEnding = false;

  private constructor(child: ChildProcess, contender: string) {
    this.#child = child;
    child.on('message', (message: FromWorker) => {
      if ('executed' in message) this.#executions.get(message.executed)?.(BigInt(message.atNs));
    });
    child.on('exit', (code) => {
      if (!this.#isEnding) throw new Error(`The worker of ${contender} ended with code ${code}`);
    });
  }

  /** `module`: the worker's, beside this one. */
  static async start(
    plan: WorkerPlan | PluginWorkerPlan,
    module = 'worker-process',
  ): Promise<WorkerHandle> {
    const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
    const path = fileURLToPath(new URL(`${module}${extension}`, import.meta.url));
    const child = fork(path, [JSON.stringify(plan)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const handle = new WorkerHandle(child, plan.contender);
    await handle.#next((message) => 'ready' in message);
    return handle;
  }

  async usage(): Promise<Usage> {
    const answer = this.#next((message) => 'usage' in message);
    this.#child.send('usage' satisfies ToWorker);
    const message = await answer;
    if (!('usage' in message)) throw new Error('Only a usage passes');
    return message.usage;
  }

  /** Where the process serves what it serves. */
  async address(): Promise<string> {
    const answer = this.#next((message) => 'address' in message);
    this.#child.send('address' satisfies ToWorker);
    const message = await answer;
    if (!('address' in message)) throw new Error('Only an address passes');
    return message.address;
  }

  /** When a tool of this workflow is called next, by the machine's monotonic clock, ns. */
  async nextExecution(workflowId: string): Promise<bigint> {
    return new Promise((resolve) => {
      this.#executions.set(workflowId, (atNs) => {
        this.#executions.delete(workflowId);
        resolve(atNs);
      });
    });
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    const exited = once(this.#child, 'exit');
    this.#child.send('stop' satisfies ToWorker);
    await exited;
  }

  async #next(isWanted: (message: FromWorker) => boolean): Promise<FromWorker> {
    return new Promise((resolve) => {
      const hear = (message: FromWorker): void => {
        if (!isWanted(message)) return;
        this.#child.off('message', hear);
        resolve(message);
      };
      this.#child.on('message', hear);
    });
  }
}
