/** gateway: HTTP for the inbox, and for agents that are no workflows. token: which programs may come in. */
import { fileURLToPath } from 'node:url';
import { type Command, InvalidArgumentError } from 'commander';
import type { GatewayFlags } from '../../gateway/index.ts';
import { createToken, type Scope, SCOPES } from '../../gateway/tokens.ts';
import { identifierSchema } from '../../domain/schema/messages.ts';
import { onEndSignals } from '../end-signals.ts';
import { EXIT } from '../exit-codes.ts';
import { CommandFailure, orUsage, type Shell } from '../shell.ts';

/** Where the build puts the inbox, beside this program. */
export const INBOX_FOLDER = fileURLToPath(new URL('../../inbox', import.meta.url));

export function addGatewayCommands(program: Command, shell: Shell): void {
  program
    .command('gateway')
    .description('HTTP: the inbox for people, and gates for agents that are no workflows')
    .option('--host <host>', 'where it answers (127.0.0.1)')
    .option('--port <port>', 'its port (8234); 0 takes any')
    .option('--tokens <file>', 'which programs may come in, as `holdpoint token` writes it')
    .action(async (flags: GatewayFlags) => {
      const { createGatewayLog, gatewaySettings, runGateway } =
        await import('../../gateway/index.ts');
      const settings = await orUsage(() => gatewaySettings(shell.environment, flags));
      await shell.withClient(async (holdpoint) => {
        const log = createGatewayLog();
        const gateway = await runGateway(settings, { holdpoint, inboxFolder: INBOX_FOLDER, log });
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
    .option('--scope <scopes...>', `what it may, of ${SCOPES.join(', ')} (gates:request)`)
    .action((subject: string, { scope = ['gates:request'] }: { readonly scope?: string[] }) => {
      const { token, entry } = createToken(subject, scope.map(scopeOf));
      shell.show({ token, entry }, () =>
        [
          `Token, shown this once: ${token}`,
          'Its entry for the file of tokens, a JSON list:',
          JSON.stringify(entry),
        ].join('\n'),
      );
    });
}

function scopeOf(text: string): Scope {
  const scope = SCOPES.find((one) => one === text);
  if (scope !== undefined) return scope;
  throw new CommandFailure(
    `There is no scope ${text}. There are: ${SCOPES.join(', ')}`,
    EXIT.usage,
  );
}

/** Until the process is asked to end. Asked twice, it ends at once. */
async function asked(): Promise<void> {
  await new Promise<void>((resolve) => {
    onEndSignals(resolve);
  });
}

function subjectId(text: string): string {
  if (identifierSchema.safeParse(text).success) return text;
  throw new InvalidArgumentError('It has to be 1 to 200 visible characters on one line.');
}
