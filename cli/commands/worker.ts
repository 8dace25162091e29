/** worker: a process that runs sessions, for production. It drains on the first signal and ends at once on a second. */
import type { Command } from 'commander';
import { loadConfig } from '../config-file.ts';
import type { HoldpointConfig } from '../embedded.ts';
import { onEndSignals } from '../end-signals.ts';
import { orUsage, type Shell } from '../shell.ts';

interface WorkerFlags {
  readonly config?: string;
  readonly httpHost?: string;
  readonly httpPort?: string;
  readonly drainSeconds?: string;
}

export function addWorkerCommand(program: Command, shell: Shell): void {
  program
    .command('worker')
    .description('a worker for production, with your configuration; logs as JSON lines')
    .option('--config <file>', 'left out: holdpoint.config.ts, .mts, .js or .mjs in this folder')
    .option('--http-host <host>', 'where /livez, /readyz and /metrics answer (127.0.0.1)')
    .option('--http-port <port>', 'their port (9464); 0 takes any')
    .option('--drain-seconds <seconds>', 'how long what runs may go on after SIGTERM (20)')
    .action(async ({ config: named, ...flags }: WorkerFlags) => {
      const { serveSettings, serveWorker, workerParts } = await import('../embedded.ts');
      const settings = await orUsage(() => serveSettings(shell.environment, flags));
      const { path, config } = await loadConfig(named);
      const parts = await workerParts(config as HoldpointConfig, path);
      const { profile, address, namespace, taskQueue = parts.taskQueue } = shell.options;
      const serving = await serveWorker({
        ...parts,
        settings,
        ...(profile === undefined ? {} : { profile }),
        ...(address === undefined ? {} : { address }),
        ...(namespace === undefined ? {} : { namespace }),
        ...(taskQueue === undefined ? {} : { taskQueue }),
      });
      const forget = onEndSignals(serving.drain);
      try {
        await serving.ended;
      } finally {
        forget();
      }
    });
}
