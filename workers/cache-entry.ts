/**
 * A file or folder in the user's cache that is expensive to make: made once, by one process, and seen only when whole.
 *
 * 1. Whoever finds the entry uses it, without a lock.
 * 2. Otherwise one process makes it, in a folder of its own beside it, and moves it into place by rename.
 * 3. The others wait. The lock is a file that its holder touches; one that has not been touched for 30 s belongs to
 *    a process that died, and is taken over. (A process id would not do: a container sees other ids.)
 */
import { randomUUID } from 'node:crypto';
import {
  access,
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { announced } from './progress.ts';
import type { Progress } from './progress.ts';

const HEARTBEAT_MS = 2_000;
const STALE_AFTER_MS = 30_000;
const POLL_MS = 100;
const WAIT_MS = 45 * 60_000;

export interface CacheEntry {
  /** Where it stands in the end; the version is part of the name, so that an entry never changes. */
  readonly path: string;
  /** Makes it inside `folder` and returns the path of what is to be kept. */
  readonly make: (folder: string) => Promise<string>;
  readonly progress: Progress;
}

/** Holdpoint's folder in the user's cache. */
export function defaultCacheFolder(env: NodeJS.ProcessEnv): string {
  const xdg = env['XDG_CACHE_HOME'] ?? '';
  return join(xdg === '' ? join(env['HOME'] ?? homedir(), '.cache') : xdg, 'holdpoint');
}

/** Returns the entry's path, after making it where it is missing. Rejects with what `make` rejects with. */
export async function ensureCacheEntry(entry: CacheEntry): Promise<string> {
  if (await exists(entry.path)) return entry.path;
  await mkdir(dirname(entry.path), { recursive: true });
  const release = await acquireLock(entry);
  try {
    if (!(await exists(entry.path))) await makeAndMove(entry);
    return entry.path;
  } finally {
    await release();
  }
}

async function makeAndMove({ path, make }: CacheEntry): Promise<void> {
  const partialPrefix = `${basename(path)}.partial-`;
  // Only the holder of the lock makes these, so any that stand here were left by one that died.
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(partialPrefix)) {
      await rm(join(dirname(path), name), { recursive: true, force: true });
    }
  }
  const folder = await mkdtemp(join(dirname(path), partialPrefix));
  try {
    const made = await make(folder);
    await rename(made, path).catch(async (error: unknown) => {
      // A folder is not renamed over another: one that stands here was made by a process that took the lock over.
      if (!(await exists(path))) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function acquireLock(entry: CacheEntry): Promise<() => Promise<void>> {
  const lock = `${entry.path}.lock`;
  const token = randomUUID();
  if (!(await tryLock(lock, token))) {
    const step = `another process is getting ${basename(entry.path)}; waiting for it`;
    await announced({ progress: entry.progress, step }, async () => {
      const deadlineMs = Date.now() + WAIT_MS;
      while (!(await tryLock(lock, token))) {
        if (Date.now() > deadlineMs) {
          throw new Error(
            `waited ${WAIT_MS / 60_000} minutes for the process that holds ${lock}; end it, remove the file and try again`,
          );
        }
        await delay(POLL_MS);
      }
    });
  }
  const heartbeat = setInterval(() => void touch(lock), HEARTBEAT_MS);
  return async () => {
    clearInterval(heartbeat);
    if ((await tokenIn(lock)) === token) await rm(lock, { force: true });
  };
}

async function tryLock(lock: string, token: string): Promise<boolean> {
  try {
    await writeFile(lock, token, { flag: 'wx' });
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
  return (await removedStale(lock)) ? tryLock(lock, token) : false;
}

async function removedStale(lock: string): Promise<boolean> {
  if (!(await isStale(lock))) return false;
  // Two waiters may both see a stale lock; the rename lets one of them remove it. The slower one may catch the new
  // lock of a third, hence the second look: what turns out to be alive is put back.
  const aside = `${lock}.${randomUUID()}`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
  const wasStale = await isStale(aside);
  if (!wasStale) await link(aside, lock).catch(() => {});
  await rm(aside, { force: true });
  return wasStale;
}

async function isStale(lock: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(lock)).mtimeMs > STALE_AFTER_MS;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
}

async function touch(lock: string): Promise<void> {
  const now = new Date();
  // A lock that is gone was taken over while this machine slept; the rename at the end still leaves one whole entry.
  await utimes(lock, now, now).catch(() => {});
}

async function tokenIn(lock: string): Promise<string | undefined> {
  return readFile(lock, 'utf8').catch(() => undefined);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
