/** A file of trusted keys, for who keeps it: read with everything that is wrong in it, written whole or not at all. */
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { type KeyList, readKeyList } from '../domain/proof/trusted-key-list.ts';
import { readTrustedKeys, type TrustedKey } from '../domain/proof/trusted-key.ts';
import { isPlainObject } from '../domain/text/json.ts';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './shell.ts';

export interface KeysFile extends KeyList {
  readonly path: string;
  /** Everything that stands in it, what is not ours too. */
  readonly raw: Readonly<Record<string, unknown>>;
}

const NEW_FILE_MODE = 0o644;

/** Undefined: there is no such file. Throws where it can't be read, or is no JSON. */
export async function keysFileAt(path: string): Promise<KeysFile | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') return undefined;
    throw new CommandFailure(`${path} can't be read: ${messageOf(error)}`, EXIT.usage);
  }
  const raw = jsonOf(text);
  if (raw === undefined) throw new CommandFailure(`${path} is no JSON.`, EXIT.usage);
  return { path, raw: isPlainObject(raw) ? raw : {}, ...readKeyList(raw) };
}

/** To be changed: nothing may be wrong in it before. */
export async function soundKeysFile(path: string): Promise<KeysFile | undefined> {
  const file = await keysFileAt(path);
  if (file === undefined || file.problems.length === 0) return file;
  throw new CommandFailure(
    `${path} is not changed, since nothing of it counts as it is: ${file.problems.join('; ')}. See: holdpoint keys check ${path}`,
    EXIT.usage,
  );
}

export async function writeKeys(
  { path, raw }: Pick<KeysFile, 'path' | 'raw'>,
  keys: readonly TrustedKey[],
): Promise<void> {
  const checked = readTrustedKeys({ keys });
  if (!checked.ok) throw new CommandFailure(`${path} would be: ${checked.problem}`, EXIT.usage);
  const target = await realpath(path).catch(() => path);
  const mode = await stat(target).then(
    (found) => found.mode & 0o777,
    () => NEW_FILE_MODE,
  );
  const partial = `${target}.${process.pid}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify({ ...raw, keys }, null, 2)}\n`, {
      mode,
      flag: 'wx',
    });
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true });
    throw new CommandFailure(`${path} can't be written: ${messageOf(error)}`, EXIT.usage);
  }
}

/** One entry, as `holdpoint keys new` prints it. */
export function entryFrom(text: string): TrustedKey {
  const reading = readTrustedKeys({ keys: [jsonOf(text)] });
  const [entry] = reading.ok ? reading.value : [];
  if (entry !== undefined) return entry;
  const problem = reading.ok ? 'is empty' : reading.problem.replace('keys[0] ', '');
  throw new CommandFailure(`The entry ${problem}.`, EXIT.usage);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
