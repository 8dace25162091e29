/** keys: a person's own keys for signing decisions, and the file that says whose signatures count. */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { createSigningKey, thumbprintOf } from '../../client/signing-key.ts';
import { keyText, standingOf } from '../../domain/proof/trusted-key-list.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { identifier } from '../../domain/text/reading.ts';
import { shellWord } from '../../domain/text/shell-word.ts';
import { EXIT } from '../exit-codes.ts';
import { sealed } from '../key-seal.ts';
import {
  entryOf,
  findKeys,
  isKeyName,
  keepKey,
  keyPath,
  keysFolder,
  readKey,
} from '../key-store.ts';
import { moment } from '../moments.ts';
import { newPassphrase } from '../passphrase.ts';
import { CommandFailure, type Shell } from '../shell.ts';
import { entryFrom, keysFileAt, soundKeysFile, writeKeys } from '../trusted-keys-file.ts';

export function addKeysCommand(program: Command, shell: Shell): void {
  const keys = program
    .command('keys')
    .description('keys that sign decisions: your own, and whose signatures count');
  addNew(keys, shell);
  addReading(keys, shell);
  addTrust(keys, shell);
  addRevoke(keys, shell);
  addCheck(keys, shell);
}

interface NewFlags {
  readonly as?: string;
  readonly issuer?: true;
  readonly kid?: string;
  readonly file?: string;
  readonly passphrase?: true;
}

function addNew(keys: Command, shell: Shell): void {
  keys
    .command('new')
    .description('make a key; its private part stays on this machine, its public entry is printed')
    .option('--as <id>', 'whose key: what it signs counts for this reviewer alone (HOLDPOINT_USER)')
    .option('--issuer', "a gateway's instead: it speaks for whoever has logged in there")
    .option(
      '--kid <name>',
      'what to call it; left out: the name, and a part of its thumbprint',
      keyName,
    )
    .option('--file <path>', 'where to keep it; left out: your configuration folder')
    .option('--passphrase', 'keep it under a passphrase: asked for, or HOLDPOINT_KEY_PASSPHRASE')
    .action(async ({ as, issuer, kid, file, passphrase }: NewFlags) => {
      if (issuer === true && as !== undefined) {
        throw new CommandFailure(
          'A key is one person’s (--as), or an issuer’s (--issuer).',
          EXIT.usage,
        );
      }
      const reviewerId = issuer === true ? undefined : reviewerNamed(shell.person(as));
      const { key, entry } = await createSigningKey({
        ...(reviewerId === undefined ? {} : { reviewerId }),
        ...(kid === undefined ? {} : { kid }),
      });
      const path = file ?? keyPath(shell.environment, key.kid);
      const secret =
        passphrase === true
          ? { sealed: await sealed(key, await newPassphrase(shell, key.kid)) }
          : { d: key.d };
      const createdAt = new Date().toISOString();
      await keepKey(shell.environment, path, { ...entry, createdAt, ...secret });
      const thumbprint = await thumbprintOf(key);
      shell.show({ entry, thumbprint, path }, () => madeText(entry, { thumbprint, path }));
    });
}

function madeText(
  entry: TrustedKey,
  { thumbprint, path }: { readonly thumbprint: string; readonly path: string },
): string {
  const whose =
    entry.reviewerId === undefined
      ? 'Whoever has it decides in the name of anybody.'
      : `Whoever has it decides in the name of ${entry.reviewerId}.`;
  return [
    `${path}: the private part, for you alone to read. ${whose}`,
    '',
    'Its public entry, for who keeps the trusted keys:',
    JSON.stringify(entry),
    `Thumbprint (SHA-256): ${thumbprint}`,
    '',
    'There, once somebody has compared the thumbprint with you by another way:',
    `  npx holdpoint keys trust trusted-keys.json --entry ${shellWord(JSON.stringify(entry))}`,
    'Workers read that file: keys in holdpoint.config, or HOLDPOINT_TRUSTED_KEYS.',
  ].join('\n');
}

function addReading(keys: Command, shell: Shell): void {
  keys
    .command('list')
    .description('your own keys; exit code 1 where a file of them can not be used')
    .action(async () => {
      const { found, problems } = await findKeys(shell.environment);
      const own = found.map(({ path, key }) => ({
        kid: key.kid,
        reviewerId: key.reviewerId ?? null,
        createdAt: key.createdAt,
        hasPassphrase: key.sealed !== undefined,
        path,
      }));
      shell.show({ keys: own, problems }, () =>
        own.length === 0
          ? `No key in ${keysFolder(shell.environment)}. Make one: holdpoint keys new --as YOU`
          : own.map(ownText).join('\n'),
      );
      if (problems.length > 0) throw new CommandFailure(problems.join('\n'));
    });

  keys
    .command('show')
    .description('the public part of one of your keys, and its thumbprint')
    .argument('<kid>', 'its name, or the path of its file')
    .action(async (named: string) => {
      const entry = entryOf(await readKey(keyPath(shell.environment, named)));
      const thumbprint = await thumbprintOf(entry);
      shell.show({ entry, thumbprint }, () =>
        [JSON.stringify(entry), `Thumbprint (SHA-256): ${thumbprint}`].join('\n'),
      );
    });
}

function ownText(own: {
  readonly kid: string;
  readonly reviewerId: string | null;
  readonly createdAt: string;
  readonly hasPassphrase: boolean;
}): string {
  const { kid, reviewerId, createdAt, hasPassphrase } = own;
  const whose = reviewerId ?? 'an issuer, for whoever it names';
  return `${kid}  ${whose}: made ${createdAt}${hasPassphrase ? ', under a passphrase' : ''}`;
}

function addTrust(keys: Command, shell: Shell): void {
  keys
    .command('trust')
    .description('list a public entry among the trusted keys')
    .argument('<file>', 'the file of trusted keys; made where it is not there')
    .argument('[kid]', 'one of your own keys; or give another’s with --entry')
    .option('--entry <json>', 'as `holdpoint keys new` prints it; - reads standard input')
    .action(async (path: string, kid: string | undefined, flags: { readonly entry?: string }) => {
      const entry = await entryToTrust(shell, kid, flags.entry);
      const file = (await soundKeysFile(path)) ?? { path, raw: {}, keys: [] };
      const status = whyNotListed(path, file.keys, entry) ?? 'listed';
      if (status === 'listed') await writeKeys(file, [...file.keys, entry]);
      const thumbprint = await thumbprintOf(entry);
      shell.show({ status, entry, thumbprint, file: path }, () =>
        status === 'unchanged'
          ? `${entry.kid} is listed in ${path} already.`
          : [
              `${path}: ${keyText(entry, Date.now())}`,
              `Thumbprint (SHA-256): ${thumbprint}. Compare it with who made the key, by another way than the entry came.`,
            ].join('\n'),
      );
    });
}

async function entryToTrust(
  shell: Shell,
  kid: string | undefined,
  entry: string | undefined,
): Promise<TrustedKey> {
  if ((kid === undefined) === (entry === undefined)) {
    throw new CommandFailure('Name one of your own keys, or give --entry.', EXIT.usage);
  }
  if (kid !== undefined) return entryOf(await readKey(keyPath(shell.environment, kid)));
  return entryFrom(entry === '-' ? await readFile('/dev/stdin', 'utf8') : (entry ?? ''));
}

/** Throws where another key has that name, or the key another name. */
function whyNotListed(
  path: string,
  listed: readonly TrustedKey[],
  { kid, x, reviewerId }: TrustedKey,
): 'unchanged' | undefined {
  const named = listed.find((one) => one.kid === kid);
  const same = listed.find((one) => one.x === x);
  if (named === undefined && same === undefined) return undefined;
  if (named?.x === x && named.reviewerId === reviewerId && named.revokedAt === undefined) {
    return 'unchanged';
  }
  if (same?.revokedAt !== undefined) {
    throw new CommandFailure(
      `${path} lists this key as ${same.kid}, revoked since ${same.revokedAt}. What is revoked stays so: make a new key.`,
      EXIT.usage,
    );
  }
  throw new CommandFailure(
    named === undefined
      ? `${path} lists this key already, as ${same?.kid ?? ''}.`
      : `${path} has another key named ${kid}: choose another --kid.`,
    EXIT.usage,
  );
}

function addRevoke(keys: Command, shell: Shell): void {
  keys
    .command('revoke')
    .description('mark a trusted key as revoked: from then on nothing that it signed counts')
    .argument('<file>', 'the file of trusted keys')
    .argument('<kid>', 'the name of the key')
    .option('--at <moment>', 'ISO 8601, or from now on as in 2h; left out: now', moment)
    .action(async (path: string, kid: string, flags: { readonly at?: string }) => {
      const file = await soundKeysFile(path);
      const key = file?.keys.find((one) => one.kid === kid);
      if (file === undefined || key === undefined) {
        const there = file?.keys.map((one) => one.kid).join(', ') || 'none';
        throw new CommandFailure(`${path} has no key ${kid}. There are: ${there}`, EXIT.usage);
      }
      const { at: revokedAt = new Date().toISOString() } = flags;
      if (key.revokedAt !== undefined && Date.parse(key.revokedAt) < Date.parse(revokedAt)) {
        throw new CommandFailure(
          `${kid} is revoked since ${key.revokedAt}, and no revocation is put off.`,
          EXIT.usage,
        );
      }
      const revoked = { ...key, revokedAt };
      await writeKeys(
        file,
        file.keys.map((one) => (one === key ? revoked : one)),
      );
      shell.show({ status: 'revoked', entry: revoked, file: path }, () =>
        [
          `${path}: ${keyText(revoked, Date.now())}`,
          'The entry stays, as long as something that it signed has to be verified. Workers see it where they read this file: what is approved and has not run is refused when it is about to.',
        ].join('\n'),
      );
    });
}

function addCheck(keys: Command, shell: Shell): void {
  keys
    .command('check')
    .description(
      'everything that is wrong in a file of trusted keys; exit code 2 where something is',
    )
    .argument('<file>', 'the file of trusted keys')
    .action(async (path: string) => {
      const file = await keysFileAt(path);
      if (file === undefined) throw new CommandFailure(`There is no file ${path}.`, EXIT.usage);
      const { keys: listed, problems, warnings } = file;
      const now = Date.now();
      const shown = listed.map((key) => ({ ...key, standing: standingOf(key, now) }));
      shell.show({ keys: shown, problems, warnings }, () =>
        [
          ...listed.map((key) => keyText(key, now)),
          ...warnings.map((warning) => `warning: ${warning}`),
          ...problems.map((problem) => `wrong: ${problem}`),
          ...(listed.length === 0 && problems.length === 0 ? ['It lists no key.'] : []),
        ].join('\n'),
      );
      if (problems.length === 0) return;
      throw new CommandFailure(
        `As it is, no signature counts: ${path} is refused whole.`,
        EXIT.usage,
      );
    });
}

/** It names its file as well. */
function keyName(text: string): string {
  if (isKeyName(text)) return text;
  throw new InvalidArgumentError('Use 1 to 100 letters, digits and . _ @ -');
}

function reviewerNamed(id: string): string {
  const problem = identifier(id);
  if (problem === undefined) return id;
  throw new CommandFailure(`The reviewer's id ${problem}.`, EXIT.usage);
}
