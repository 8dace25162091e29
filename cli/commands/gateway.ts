/** gateway: HTTP for agents that are no workflows. token: who may come in. */
import { type Command, InvalidArgumentError } from 'commander';
import {
  createToken,
  type GatewayFlags,
  type GatewayRequest,
  gatewaySettings,
  type GatewaySettings,
  serveGateway,
} from '../../gateway/index.ts';
import { identifierSchema } from '../../domain/schema/messages.ts';
import { onEndSignals } from '../end-signals.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, type Shell } from '../shell.ts';

export function addGatewayCommands(program: Command, shell: Shell): void {
  program
    .command('gateway')
    .description('gates over HTTP, for agents that are no workflows')
    .option('--host <host>', 'where it answers (127.0.0.1)')
    .option('--port <port>', 'its port (8234); 0 takes any')
    .option('--tokens <file>', 'who may come in, as `holdpoint token` writes it')
    .action(async (flags: GatewayFlags) => {
      const { host, port, tokens, callbackOrigins } = await settingsOf(shell, flags);
      await shell.withClient(async (holdpoint) => {
        const log = (request: GatewayRequest): void =>
          shell.show({ at: new Date().toISOString(), ...request }, () => requestLine(request));
        const gateway = await serveGateway(
          { host, port },
          { holdpoint, tokens, callbackOrigins, log },
        );
        shell.show({ url: gateway.url }, `Gateway at ${gateway.url}`);
        await asked();
        shell.progress('stopping: who waits is answered with what is known');
        await gateway.close();
      });
    });

  program
    .command('token')
    .description("a new API token, shown once, and its entry for the gateway's file of tokens")
    .argument('<subject>', 'whom it stands for: the requester of what it asks for', subjectId)
    .action((subject: string) => {
      const { token, entry } = createToken(subject);
      shell.show({ token, entry }, () =>
        [
          `Token, shown this once: ${token}`,
          'Its entry for the file of tokens, a JSON list:',
          JSON.stringify(entry),
        ].join('\n'),
      );
    });
}

async function settingsOf(shell: Shell, flags: GatewayFlags): Promise<GatewaySettings> {
  try {
    return await gatewaySettings(shell.environment, flags);
  } catch (error) {
    throw new CommandFailure(error instanceof Error ? error.message : String(error), EXIT.usage);
  }
}

/** Until the process is asked to end. Asked twice, it ends at once. */
async function asked(): Promise<void> {
  await new Promise<void>((resolve) => {
    onEndSignals(resolve);
  });
}

function requestLine({ method, route, status, ms, subject, error }: GatewayRequest): string {
  const who = subject === undefined ? '' : ` ${subject}`;
  return `${method} ${route} ${status} ${ms} ms${who}${error === undefined ? '' : ` ${error}`}`;
}

function subjectId(text: string): string {
  if (identifierSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('It has to be 1 to 200 visible characters on one line.');
}
