/**
 * Where Temporal's dev server comes from. In order, the first that is there:
 *
 * 1. `TEMPORAL_ADDRESS`: that server is used, nothing is started.
 * 2. `temporal` on the PATH.
 * 3. A copy in the user's cache folder, or one that `go install` left in Go's own folder.
 * 4. The SDK's own download, kept in the cache folder.
 * 5. `go install`, where Go is present, kept in the cache folder.
 *
 * Nothing is downloaded or built twice, also by two processes at once. This file starts no server.
 */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { defaultCacheFolder, ensureCacheEntry } from './cache-entry.ts';
import { runGuarded } from './guarded-process.ts';
import { isProgram, programOnPath } from './program.ts';
import { announced, secondsSince } from './progress.ts';
import type { Progress } from './progress.ts';
import { downloadBySdk, sdkVersion } from './sdk-download.ts';

// The last version that `go install` takes: later ones carry a `replace` in their go.mod, which it refuses.
const BUILT_VERSION = '1.5.1';
const GO_PACKAGE = `github.com/temporalio/cli/cmd/temporal@v${BUILT_VERSION}`;
const BUILD_AT_MOST_MS = 40 * 60_000;

export type TemporalSource =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'binary'; readonly path: string };

export interface LocateTemporalOptions {
  readonly progress: Progress;
  /** Where binaries are kept; Holdpoint's folder in the user's cache where nothing is said. */
  readonly cacheFolder?: string;
  readonly env?: NodeJS.ProcessEnv;
}

interface Search {
  readonly progress: Progress;
  readonly cacheFolder: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Finds Temporal, or gets it. Rejects with an error that names every choice and its command. */
export async function locateTemporal(options: LocateTemporalOptions): Promise<TemporalSource> {
  const { progress, env = process.env } = options;
  const search = { progress, env, cacheFolder: options.cacheFolder ?? defaultCacheFolder(env) };

  const address = env['TEMPORAL_ADDRESS'] ?? '';
  if (address !== '') {
    progress(`using the Temporal server at ${address} (TEMPORAL_ADDRESS)`);
    return { kind: 'address', address };
  }
  const existing = await existingBinary(search);
  if (existing !== undefined) {
    progress(`using ${existing.path} (${existing.found})`);
    return { kind: 'binary', path: existing.path };
  }
  return { kind: 'binary', path: await fetchedBinary(search) };
}

/** The `temporal` program that would be used, by its path; undefined where one would have to be fetched. */
export async function existingTemporal({
  env = process.env,
  cacheFolder = defaultCacheFolder(env),
}: Omit<LocateTemporalOptions, 'progress'>): Promise<string | undefined> {
  return (await existingBinary({ env, cacheFolder, progress: () => {} }))?.path;
}

async function existingBinary(
  search: Search,
): Promise<{ path: string; found: string } | undefined> {
  const onPath = await programOnPath('temporal', search.env);
  if (onPath !== undefined) return { path: onPath, found: 'on the PATH' };
  for (const path of [downloadedPath(search), builtPath(search)]) {
    if (await isProgram(path)) return { path, found: 'kept in the cache' };
  }
  for (const folder of goBinFolders(search.env)) {
    const path = join(folder, 'temporal');
    if (await isProgram(path)) return { path, found: 'built earlier by go install' };
  }
  return undefined;
}

async function fetchedBinary(search: Search): Promise<string> {
  const startedAtMs = Date.now();
  let downloadFailure: string;
  try {
    return await download(search);
  } catch (error) {
    downloadFailure = messageOf(error);
    search.progress(
      `the SDK's own download failed after ${secondsSince(startedAtMs)} s: ${downloadFailure}`,
    );
  }
  const go = await programOnPath('go', search.env);
  if (go === undefined) {
    throw unavailable(search, { downloadFailure, buildFailure: 'Go is not on the PATH' });
  }
  try {
    return await build(search, go);
  } catch (error) {
    throw unavailable(search, { downloadFailure, buildFailure: messageOf(error) });
  }
}

async function download(search: Search): Promise<string> {
  const { progress, env } = search;
  return ensureCacheEntry({
    path: downloadedPath(search),
    progress,
    make: (folder) => downloadBySdk({ server: 'createLocal', folder, progress, env }),
  });
}

async function build(search: Search, go: string): Promise<string> {
  const { progress, env } = search;
  const step = `building Temporal ${BUILT_VERSION} with go install (about 3 minutes, once)`;
  return ensureCacheEntry({
    path: builtPath(search),
    progress,
    make: (folder) => announced({ progress, step }, () => goInstall({ go, folder, env })),
  });
}

async function goInstall(options: {
  go: string;
  folder: string;
  env: NodeJS.ProcessEnv;
}): Promise<string> {
  const { go, folder, env } = options;
  await runGuarded({
    command: go,
    args: ['install', GO_PACKAGE],
    env: { ...env, GOBIN: folder },
    cwd: folder,
    atMostMs: BUILD_AT_MOST_MS,
  });
  return join(folder, 'temporal');
}

function unavailable(
  { cacheFolder }: Search,
  failures: { downloadFailure: string; buildFailure: string },
): Error {
  return new Error(
    [
      'There is no Temporal server to use, and none could be fetched. Any one of these will do:',
      '  - use a server that runs already:     export TEMPORAL_ADDRESS=localhost:7233',
      '  - install the Temporal CLI:           brew install temporal (others: https://docs.temporal.io/cli)',
      `  - put its binary into the cache:      install -D temporal ${join(cacheFolder, `temporal-${BUILT_VERSION}`)}`,
      '  - let the SDK download it:            needs https access to temporal.download; run this command again',
      `    (tried: ${failures.downloadFailure})`,
      `  - build it with Go:                   go install ${GO_PACKAGE}`,
      `    (tried: ${failures.buildFailure})`,
    ].join('\n'),
  );
}

function downloadedPath({ cacheFolder }: Search): string {
  return join(cacheFolder, `temporal-of-sdk-${sdkVersion()}`);
}

function builtPath({ cacheFolder }: Search): string {
  return join(cacheFolder, `temporal-${BUILT_VERSION}`);
}

// What `go env` would answer in all but unusual settings, without starting a process.
function goBinFolders(env: NodeJS.ProcessEnv): string[] {
  const goPath = env['GOPATH'] || join(env['HOME'] ?? homedir(), 'go');
  const folders = goPath.split(delimiter).map((folder) => join(folder, 'bin'));
  return env['GOBIN'] ? [env['GOBIN'], ...folders] : folders;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
