/** dev: everything in one process, from a team's configuration, kept across restarts. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { loadConfig } from '../config-file.ts';
import { HoldpointClient } from '../../client/holdpoint-client.ts';
import type { DevelopmentSettings } from '../../gateway/index.ts';
import type { Embedded, HoldpointConfig } from '../embedded.ts';
import type { Shell } from '../shell.ts';
import { INBOX_FOLDER } from './gateway.ts';

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
      const { developmentSettings } = await import('../../gateway/index.ts');
      const workers = await import('../embedded.ts');
      const parts = await workers.workerParts(config as HoldpointConfig, path);
      const { taskQueue = parts.taskQueue } = shell.options;
      const { environment } = shell;
      const settings = await developmentSettings(environment, {
        folder: resolve(folder),
        port: gatewayPort,
      });
      const trust = { ...parts, ...workers.trustSettings(environment) };
      const embedded = await workers.startEmbedded({
        ...parts,
        ...(taskQueue === undefined ? {} : { taskQueue }),
        ...workers.tracesSettings(environment),
        ...trust,
        keys: alsoTrusting(settings.key, trust.keys),
        ...inboxAt(gatewayPort),
        ...workers.inboxSettings(environment),
        progress: shell.progress,
        folder: resolve(folder),
        port: Number(port),
        uiPort: Number(uiPort),
        ...workers.callbacksOf(environment),
      });
      const { address, namespace, uiUrl } = embedded;
      const gateway = await startGateway(embedded, settings, shell).catch(
        async (error: unknown) => {
          await embedded.close();
          throw error;
        },
      );
      const at = { address, namespace, taskQueue: embedded.taskQueue, uiUrl: uiUrl ?? null };
      shell.show({ ...at, gatewayUrl: gateway.url, gatewayToken: gateway.token }, () =>
        [
          `Temporal at ${address}, its UI at ${uiUrl ?? 'no address'}`,
          `Tools: ${embedded.toolNames.join(', ')}`,
          `Policy: ${parts.policy.name}@${parts.policy.version}; model: ${parts.model.name}`,
          `Gateway at ${gateway.url}; a token for as long as this runs: ${gateway.token}`,
          ...(settings.login?.oidc === undefined
            ? [`Its login lets anybody on this machine be anyone: for development alone.`]
            : []),
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

/**
 * On loopback, with one token that is new each time. People log in at the provider that the environment names; else they
 * may be anyone. The key that signs for them, and the secret that seals their logins, are kept in the folder.
 */
async function startGateway(
  { address, namespace, taskQueue, evidence }: Embedded,
  settings: DevelopmentSettings,
  { progress }: Shell,
): Promise<{ readonly url: string; readonly token: string; readonly close: () => Promise<void> }> {
  const { createToken, NO_LOG, runGateway } = await import('../../gateway/index.ts');
  const holdpoint = await HoldpointClient.connect({ address, namespace, taskQueue });
  const { token, entry } = createToken('dev-agent');
  const tokens = [...settings.tokens, entry];
  const log = { ...NO_LOG, warn: progress };
  const parts = { holdpoint, evidence, inboxFolder: INBOX_FOLDER, log };
  const served = await runGateway({ ...settings, tokens }, parts).catch(async (error: unknown) => {
    await holdpoint.close();
    throw error;
  });
  return {
    url: served.url,
    token,
    close: async () => {
      await served.close();
      await holdpoint.close();
    },
  };
}

/** The keys that the configuration trusts, and the one of this process's gateway. */
function alsoTrusting(
  { publicKey }: DevelopmentSettings['key'],
  trusted: { readonly keys: () => Promise<readonly TrustedKey[]> } | undefined,
): { readonly keys: () => Promise<readonly TrustedKey[]> } {
  return { keys: async () => [...((await trusted?.keys()) ?? []), publicKey] };
}

/** Where notices send people; nobody knows of a free port before it is taken. */
function inboxAt(gatewayPort: string): { readonly inboxUrl?: string } {
  return gatewayPort === '0' ? {} : { inboxUrl: `http://127.0.0.1:${gatewayPort}` };
}
