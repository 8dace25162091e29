/**
 * The Temporal SDK's own download of a server binary, held at arm's length.
 *
 * The SDK downloads only as part of starting a server, can't be asked to stop, and starts its runtime on the way, which
 * a worker that wants telemetry must configure first. So it runs in a Node process of its own, which can be ended, and
 * only the file that it leaves is used.
 */
import { readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startGuarded } from './guarded-process.ts';
import { announced } from './progress.ts';
import type { Progress } from './progress.ts';

const STALLED_AFTER_MS = 30_000;
const DOWNLOAD_AT_MOST_MS = 15 * 60_000;
const POLL_MS = 200;

const require = createRequire(import.meta.url);

/** `createLocal` starts Temporal's dev server, `createTimeSkipping` the test server that skips time. */
export type SdkServer = 'createLocal' | 'createTimeSkipping';

export interface SdkDownload {
  readonly server: SdkServer;
  readonly folder: string;
  readonly progress: Progress;
  readonly env: NodeJS.ProcessEnv;
  /** Given up when no byte has come for so long. */
  readonly stalledAfterMs?: number;
}

/** The version of the SDK, which settles the version of the server that it downloads. */
export function sdkVersion(): string {
  const manifest: unknown = require('@temporalio/testing/package.json');
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
    return String(manifest.version);
  }
  throw new Error('@temporalio/testing has no version in its package.json');
}

/** Downloads into `folder` and returns the path of the binary. Rejects when it fails or no longer moves. */
export async function downloadBySdk(download: SdkDownload): Promise<string> {
  const { server, folder, progress, env, stalledAfterMs = STALLED_AFTER_MS } = download;
  const child = startGuarded({
    command: process.execPath,
    args: ['--eval', downloadScript(server), folder],
    env,
    cwd: folder,
    // The SDK's runtime may take SIGTERM for a wish to shut workers down.
    stopSignal: 'KILL',
  });
  let bytes = 0;
  let wasEnded = false;
  const step = "downloading Temporal's server by the SDK's own download";
  await announced({ progress, step, detail: () => `${megabytes(bytes)} MB` }, async () => {
    const startedAtMs = Date.now();
    let movedAtMs = startedAtMs;
    while (!child.hasExited()) {
      await Promise.race([child.exited, delay(POLL_MS)]);
      const bytesNow = await sizeOf(folder);
      if (bytesNow !== bytes) movedAtMs = Date.now();
      bytes = bytesNow;
      const stalled = Date.now() - movedAtMs > stalledAfterMs;
      wasEnded = stalled || Date.now() - startedAtMs > DOWNLOAD_AT_MOST_MS;
      if (wasEnded) await child.stop();
    }
  });
  const path = await downloadedFile(folder);
  if (path !== undefined) return path;
  const cause = wasEnded ? 'it stalled and was ended' : child.lastLines().at(-1);
  throw new Error(shortened(cause ?? 'it left no file'));
}

// TypeScript can't be handed to Node 20, so this part is text, and as small as can be.
function downloadScript(server: SdkServer): string {
  return `
    const { TestWorkflowEnvironment } = require(${JSON.stringify(require.resolve('@temporalio/testing'))});
    const executable = { type: 'cached-download', downloadDir: process.argv[1] };
    TestWorkflowEnvironment.${server}({ server: { executable } }).then(
      (environment) => environment.teardown(),
      (error) => { console.error(error.message); process.exit(1); },
    );`;
}

// The server that follows the download may fail to start in the SDK's five seconds; the file is whole all the same.
async function downloadedFile(folder: string): Promise<string | undefined> {
  const name = (await readdir(folder)).find(
    (file) => file.startsWith('temporal') && !file.endsWith('.downloading'),
  );
  return name === undefined ? undefined : join(folder, name);
}

// The SDK's message says everything twice and puts the cause last.
function shortened(message: string): string {
  return message.length <= 120 ? message : `… ${message.slice(-120)}`;
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    // The file is renamed when it is complete, so it may be gone between the two calls.
    bytes += (await stat(join(folder, name)).catch(() => undefined))?.size ?? 0;
  }
  return bytes;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(0);
}
