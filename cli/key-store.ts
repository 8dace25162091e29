/**
 * The keys with which a person signs, on their own machine: a file each in the configuration folder of their account,
 * for nobody else to read. The private part leaves it for one signature at a time, and is printed nowhere.
 */
import { chmod, mkdir, open, readdir, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SigningKey } from '../client/decision-signer.ts';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';
import { bytesOfBase64url } from '../domain/text/base64url.ts';
import { identifier, instant, readFields, words } from '../domain/text/reading.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './shell.ts';

/** A key as its file holds it: the private part as it is (`d`), or under a passphrase (`sealed`). */
export interface KeptKey extends Omit<SigningKey, 'd'> {
  /** Left out: an issuer's. */
  readonly reviewerId?: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly d?: string;
  /** A compact JWE of the private part (cli/key-seal.ts). */
  readonly sealed?: string;
}

/** A key with the file that it stands in. */
export interface FoundKey {
  readonly path: string;
  readonly key: KeptKey;
}

export interface KeysFound {
  readonly found: readonly FoundKey[];
  /** Files that hold no key, or one that may not be used as it lies there. */
  readonly problems: readonly string[];
}

const ENDING = '.json';
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const ANYONE_ELSE = 0o077;

/** What a key may be called, so that it also names its file. */
const FILE_NAME = /^[A-Za-z0-9_@][A-Za-z0-9._@-]{0,99}$/;

export function keysFolder(environment: NodeJS.ProcessEnv): string {
  const xdg = environment['XDG_CONFIG_HOME'] || undefined;
  const home = environment['HOME'] || homedir();
  return join(xdg ?? join(home, '.config'), 'holdpoint', 'keys');
}

export function isKeyName(text: string): boolean {
  return FILE_NAME.test(text);
}

/** `named`: the name of a key, or the path of its file, which has a slash in it. */
export function keyPath(environment: NodeJS.ProcessEnv, named: string): string {
  if (/[/\\]/.test(named)) return named;
  if (isKeyName(named)) return join(keysFolder(environment), `${named}${ENDING}`);
  throw new CommandFailure(
    `${named} names no key: use 1 to 100 letters, digits and . _ @ -, or the path of a file.`,
    EXIT.usage,
  );
}

/** Writes a new file for nobody else to read. What is there is never written over. */
export async function keepKey(
  environment: NodeJS.ProcessEnv,
  path: string,
  key: KeptKey,
): Promise<void> {
  const folder = keysFolder(environment);
  if (dirname(path) === folder) {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    // It may have been there, open to others.
    await chmod(folder, FOLDER_MODE);
  }
  const file = await open(path, 'wx', FILE_MODE).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
  try {
    await file.writeFile(`${JSON.stringify(key, null, 2)}\n`);
    await file.sync();
  } catch (error) {
    await rm(path, { force: true });
    throw cannotWrite(path, error);
  } finally {
    await file.close();
  }
}

function cannotWrite(path: string, error: unknown): CommandFailure {
  const isThere = codeOf(error) === 'EEXIST';
  return new CommandFailure(
    isThere
      ? `${path} is there already, and a key is never written over: choose another --kid or --file.`
      : `${path} can't be written: ${messageOf(error)}`,
    EXIT.usage,
  );
}

/** Throws where there is no key, and where others than its owner could read it. */
export async function readKey(path: string): Promise<KeptKey> {
  const key = keptKey(path, await privateText(path));
  if (typeof key !== 'string') return key;
  throw new CommandFailure(key, EXIT.usage);
}

async function privateText(path: string): Promise<string> {
  const file = await open(path, 'r').catch((error: unknown) => {
    const reason = codeOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw new CommandFailure(
      `No key can be read from ${path}: ${reason}. See what there is: holdpoint keys list`,
      EXIT.usage,
    );
  });
  try {
    // Of what was opened, so that it can't be another file by now.
    const { mode } = await file.stat();
    if (process.platform !== 'win32' && (mode & ANYONE_ELSE) !== 0) {
      throw new CommandFailure(
        `${path} is open to others than you (mode ${(mode & 0o777).toString(8)}), so whoever read it could decide in your name. If nobody has: chmod 600 ${path}. Otherwise revoke the key, and make a new one.`,
        EXIT.usage,
      );
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

const exactly =
  (expected: string) =>
  (value: unknown): string | undefined =>
    value === expected ? undefined : `must be ${expected}`;

const keyBytes = (value: unknown): string | undefined =>
  typeof value === 'string' && bytesOfBase64url(value)?.length === 32
    ? undefined
    : 'must be 32 bytes in base64url';

const FIELDS = {
  kid: { read: identifier },
  kty: { read: exactly('OKP') },
  crv: { read: exactly('Ed25519') },
  x: { read: keyBytes },
  reviewerId: { read: identifier, optional: true },
  createdAt: { read: instant },
  d: { read: keyBytes, optional: true },
  sealed: { read: words, optional: true },
} as const;

/** The key, or what is wrong. Never a word of what stands in the file. */
function keptKey(path: string, text: string): KeptKey | string {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return `${path} is no key: it is no JSON.`;
  }
  const reading = readFields<KeptKey>(raw, FIELDS);
  if (!reading.ok) return `${path} is no key: ${reading.problem}.`;
  const { d, sealed } = reading.value;
  return (d === undefined) === (sealed === undefined)
    ? `${path} is no key: it holds no private part, or two.`
    : reading.value;
}

/** Every key of the folder. What can't be used is said, and hides no other. */
export async function findKeys(environment: NodeJS.ProcessEnv): Promise<KeysFound> {
  const folder = keysFolder(environment);
  const names = await readdir(folder).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw new CommandFailure(`${folder} can't be read: ${messageOf(error)}`);
  });
  const paths = names
    .filter((name) => name.endsWith(ENDING))
    .toSorted()
    .map((name) => join(folder, name));
  const looked = await Promise.all(
    paths.map(async (path): Promise<FoundKey | string> => {
      try {
        return { path, key: await readKey(path) };
      } catch (error) {
        return messageOf(error);
      }
    }),
  );
  return {
    found: looked.filter((one) => typeof one !== 'string'),
    problems: looked.filter((one) => typeof one === 'string'),
  };
}

/** What others get of a key. */
export function entryOf({ kid, kty, crv, x, reviewerId }: KeptKey): TrustedKey {
  return { kid, kty, crv, x, ...(reviewerId === undefined ? {} : { reviewerId }) };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
