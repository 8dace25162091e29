/** dev: everything in one process, from a team's configuration, kept across restarts. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { loadConfig } from '../config-file.ts';
import type { CallbackOrigins } from '../../domain/gate/callback.ts';
import { HoldpointClient } from '../../client/holdpoint-client.ts';
import { createToken, serveGateway } from '../../gateway/index.ts';
import {
  callbacksOf,
  type Embedded,
  type HoldpointConfig,
  startEmbedded,
  tracesSettings,
  inboxSettings,
  trustSettings,
  workerParts,
} from '../embedded.ts';
import type { Shell } from '../shell.ts';

/** Where every Temporal client looks when it is told nothing. */
const TEMPORAL_PORT = 7233;
const UI_PORT = 8233;
const GATEWAY_PORT = 8234;

interface DevFlags {
  readonly config?: string;
  readonly folder: string;
  readonly port: string;
  readonly uiPort: string;
  readonly gatewayPort: string;
}

export function addDevCommand(program: Command, shell: Shell): void {
  program
    .command('dev')
    .description(
      'Temporal with its UI, a worker with your configuration, evidence and a gateway, in one process',
    )
    .option('--config <file>', 'left out: holdpoint.config.ts, .mts, .js or .mjs in this folder')
    .option('--folder <path>', 'what is kept across restarts', '.holdpoint')
    .option('--port <port>', "Temporal's", String(TEMPORAL_PORT))
    .option('--ui-port <port>', "its UI's", String(UI_PORT))
    .option('--gateway-port <port>', "the gateway's; 0 takes any", String(GATEWAY_PORT))
    .action(async ({ config: named, folder, port, uiPort, gatewayPort }: DevFlags) => {
      const { path, config } = await loadConfig(named);
      const parts = await workerParts(config as HoldpointConfig, path);
      const { taskQueue = parts.taskQueue } = shell.options;
      const callbacks = callbacksOf(shell.environment);
      const embedded = await startEmbedded({
        ...parts,
        ...(taskQueue === undefined ? {} : { taskQueue }),
        ...tracesSettings(shell.environment),
        ...trustSettings(shell.environment),
        ...inboxSettings(shell.environment),
        progress: shell.progress,
        folder: resolve(folder),
        port: Number(port),
        uiPort: Number(uiPort),
        ...callbacks,
      });
      const { address, namespace, uiUrl } = embedded;
      const gateway = await startGateway(embedded, {
        port: Number(gatewayPort),
        callbackOrigins: callbacks.callbacks?.origins ?? [],
      }).catch(async (error: unknown) => {
        await embedded.close();
        throw error;
      });
      const at = { address, namespace, taskQueue: embedded.taskQueue, uiUrl: uiUrl ?? null };
      shell.show({ ...at, gatewayUrl: gateway.url, gatewayToken: gateway.token }, () =>
        [
          `Temporal at ${address}, its UI at ${uiUrl ?? 'no address'}`,
          `Tools: ${embedded.toolNames.join(', ')}`,
          `Policy: ${parts.policy.name}@${parts.policy.version}; model: ${parts.model.name}`,
          `Gateway at ${gateway.url}; a token for as long as this runs: ${gateway.token}`,
          `In another terminal: npx holdpoint start 'what is to be done' --agent me`,
          `Ctrl-C ends it; ${folder} keeps sessions and evidence.`,
        ].join('\n'),
      );
      await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
      shell.progress('stopping: what runs is awaited');
      await gateway.close();
      await embedded.close();
    });
}

/** On loopback, with one token that is new each time. */
async function startGateway(
  { address, namespace, taskQueue }: Embedded,
  { port, callbackOrigins }: { readonly port: number; readonly callbackOrigins: CallbackOrigins },
): Promise<{ readonly url: string; readonly token: string; readonly close: () => Promise<void> }> {
  const holdpoint = await HoldpointClient.connect({ address, namespace, taskQueue });
  const { token, entry } = createToken('dev-agent');
  const options = { holdpoint, tokens: [entry], callbackOrigins };
  const served = await serveGateway({ host: LOOPBACK_HOST, port }, options).catch(
    async (error: unknown) => {
      await holdpoint.close();
      throw error;
    },
  );
  return {
    url: served.url,
    token,
    close: async () => {
      await served.close();
      await holdpoint.close();
    },
  };
}

const LOOPBACK_HOST = '127.0.0.1';
