/** dev: everything in one process, from a team's configuration, kept across restarts. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config-file.ts';
import { type HoldpointConfig, startEmbedded, tracesSettings, workerParts } from '../embedded.ts';
import type { Shell } from '../shell.ts';

/** Where every Temporal client looks when it is told nothing. */
const TEMPORAL_PORT = 7233;
const UI_PORT = 8233;

interface DevFlags {
  readonly config?: string;
  readonly folder: string;
  readonly port: string;
  readonly uiPort: string;
}

export function addDevCommand(program: Command, shell: Shell): void {
  program
    .command('dev')
    .description(
      'Temporal with its UI, a worker with your configuration, and evidence, in one process',
    )
    .option('--config <file>', 'left out: holdpoint.config.ts, .mts, .js or .mjs in this folder')
    .option('--folder <path>', 'what is kept across restarts', '.holdpoint')
    .option('--port <port>', "Temporal's", String(TEMPORAL_PORT))
    .option('--ui-port <port>', "its UI's", String(UI_PORT))
    .action(async ({ config: named, folder, port, uiPort }: DevFlags) => {
      const { path, config } = await loadConfig(named);
      const parts = await workerParts(config as HoldpointConfig, path);
      const { taskQueue = parts.taskQueue } = shell.options;
      const embedded = await startEmbedded({
        ...parts,
        ...(taskQueue === undefined ? {} : { taskQueue }),
        ...tracesSettings(shell.environment),
        progress: shell.progress,
        folder: resolve(folder),
        port: Number(port),
        uiPort: Number(uiPort),
      });
      const { address, namespace, uiUrl } = embedded;
      shell.show({ address, namespace, taskQueue: embedded.taskQueue, uiUrl: uiUrl ?? null }, () =>
        [
          `Temporal at ${address}, its UI at ${uiUrl ?? 'no address'}`,
          `Tools: ${embedded.toolNames.join(', ')}`,
          `Policy: ${parts.policy.name}@${parts.policy.version}; model: ${parts.model.name}`,
          `In another terminal: npx holdpoint start 'what is to be done' --agent me`,
          `Ctrl-C ends it; ${folder} keeps sessions and evidence.`,
        ].join('\n'),
      );
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      shell.progress('stopping: what runs is awaited');
      await embedded.close();
    });
}
