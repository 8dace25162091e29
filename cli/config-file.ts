/** Finds and loads `holdpoint.config.*`, TypeScript too, from the folder in which the command was given. */
import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createJiti } from 'jiti';
import { EXIT } from './exit-codes.ts';
import { CommandFailure } from './shell.ts';

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `holdpoint.config.${extension}`);

export interface LoadedConfig {
  readonly path: string;
  readonly config: unknown;
}

export async function loadConfig(named: string | undefined): Promise<LoadedConfig> {
  return loadFile(await findConfig(named));
}

export async function loadFile(path: string): Promise<LoadedConfig> {
  const jiti = createJiti(import.meta.url, { moduleCache: false });
  try {
    const config: unknown = await jiti.import(path, { default: true });
    if (typeof config === 'object' && config !== null) return { path, config };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`${path} can't be loaded: ${reason}`, EXIT.usage);
  }
  throw new CommandFailure(
    `${path} exports no configuration. Write: export default defineConfig({ … })`,
    EXIT.usage,
  );
}

/** The path of the one that is there. */
export async function findConfig(named: string | undefined): Promise<string> {
  for (const name of named === undefined ? NAMES : [named]) {
    const path = resolve(name);
    if (await isThere(path)) return path;
  }
  throw new CommandFailure(
    named === undefined
      ? `There is no holdpoint.config.ts in this folder. Start with: holdpoint init .`
      : `There is no file ${resolve(named)}.`,
    EXIT.usage,
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
