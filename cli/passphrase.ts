/** The passphrase of a key: of the environment, or asked for at the terminal, where nothing of it is shown. */
import { EXIT } from './exit-codes.ts';
import { CommandFailure, type Shell } from './shell.ts';

export async function passphraseOf(shell: Shell, kid: string): Promise<string> {
  const given = shell.environment['HOLDPOINT_KEY_PASSPHRASE'];
  const passphrase = given || (await shell.ask(`Passphrase of ${kid}: `, { isSecret: true }));
  if (passphrase !== undefined && passphrase !== '') return passphrase;
  throw new CommandFailure(
    `Key ${kid} is under a passphrase. Give it at a terminal, or in HOLDPOINT_KEY_PASSPHRASE.`,
    EXIT.usage,
  );
}

/** Of a new key: typed twice, since nobody sees it. */
export async function newPassphrase(shell: Shell, kid: string): Promise<string> {
  const passphrase = await passphraseOf(shell, kid);
  if (shell.environment['HOLDPOINT_KEY_PASSPHRASE']) return passphrase;
  const again = await shell.ask('The same again: ', { isSecret: true });
  if (again === passphrase) return passphrase;
  throw new CommandFailure('The two are not the same. No key was made.', EXIT.usage);
}
