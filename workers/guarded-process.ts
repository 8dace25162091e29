/**
 * A child process that can't outlive its parent, however the parent ends: by return, exception, SIGTERM, or SIGKILL.
 *
 * A small shell stands between the two and holds the read end of a pipe from the parent. When the parent goes, the
 * operating system closes the pipe, and the shell stops the child (a signal, then SIGKILL after ten seconds) and
 * removes its folder. So no signal handler is installed in the parent, where it would compete with the worker's own.
 *
 * It is not a supervisor: nothing is restarted. It needs a POSIX shell, so Windows means WSL.
 *
 * The child is in a session of its own. Ctrl-C in a terminal therefore reaches the parent only, and a worker can
 * finish its tasks while the server that it talks to still stands.
 */
import { spawn } from 'node:child_process';
import { basename } from 'node:path';

// Its output goes nowhere, lest a broken pipe end it when the parent is gone.
// The guard leads a process group, so the TERM at the end sweeps what the child left behind, and the watcher with it.
// `command -p` because the environment given to the child may have a PATH without rm and sleep.
const GUARD_SCRIPT = `
signal=$1 folder=$2; shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
(
  while read -r _ <&3; do :; done
  kill -s "$signal" "$child"
  tries=0
  while kill -0 "$child" && [ "$tries" -lt 100 ]; do command -p sleep 0.1; tries=$((tries + 1)); done
  kill -s KILL "$child"
) >/dev/null 2>&1 &
exec 3<&- >/dev/null 2>&1
wait "$child"; code=$?
trap : TERM
kill -s TERM -- "-$$"
tries=0
while [ -n "$folder" ] && [ -e "$folder" ] && [ "$tries" -lt 50 ]; do
  command -p rm -rf "$folder" || command -p sleep 0.1
  tries=$((tries + 1))
done
exit "$code"
`;

const KEPT_LINES = 40;
const KEPT_LINE_CHARS = 1_000;
const DRAIN_MS = 1_000;

export interface GuardedProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The user and group to run as; only root may name others than its own. */
  readonly uid?: number;
  readonly gid?: number;
  /** What asks the child to end; TERM where nothing is said. */
  readonly stopSignal?: 'TERM' | 'INT' | 'KILL';
  /** Removed once the child has ended, whoever ended it. */
  readonly removeFolder?: string;
}

export interface GuardedProcess {
  /** Resolves with the exit code (128 + n for signal n) once the child has ended; never rejects. */
  readonly exited: Promise<number>;
  hasExited(): boolean;
  /** The last lines of what it printed, both streams together. */
  lastLines(): readonly string[];
  /** Asks it to end and waits until it has; harmless when it ended already. */
  stop(): Promise<void>;
}

export function startGuarded(options: GuardedProcessOptions): GuardedProcess {
  const { command, args, stopSignal = 'TERM', removeFolder = '', env, cwd, uid, gid } = options;
  const guard = spawn(
    '/bin/sh',
    ['-c', GUARD_SCRIPT, 'holdpoint-guard', stopSignal, removeFolder, command, ...args],
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'], env, cwd, uid, gid },
  );
  const output = new OutputTail();
  guard.stdout.on('data', (chunk: Buffer) => output.add(chunk));
  guard.stderr.on('data', (chunk: Buffer) => output.add(chunk));
  // The guard may be gone when the pipe is closed; that is what closing it was for.
  guard.stdin.on('error', () => {});

  let isOver = false;
  const exited = new Promise<number>((resolve) => {
    guard.once('error', (error) => {
      output.add(Buffer.from(`${error.message}\n`));
      isOver = true;
      resolve(127);
    });
    guard.once('exit', () => {
      // A grandchild may hold the output open for as long as it likes: what it prints later is of no interest.
      setTimeout(() => {
        guard.stdout.destroy();
        guard.stderr.destroy();
      }, DRAIN_MS).unref();
    });
    guard.once('close', (code) => {
      isOver = true;
      resolve(code ?? 137);
    });
  });
  return {
    exited,
    hasExited: () => isOver,
    lastLines: () => output.lines(),
    async stop() {
      guard.stdin.end();
      await exited;
    },
  };
}

/** Runs a command to its end. Rejects with its last lines when it fails or takes longer than `atMostMs`. */
export async function runGuarded(
  options: GuardedProcessOptions & { readonly atMostMs: number },
): Promise<void> {
  const child = startGuarded(options);
  let tookTooLong = false;
  const limit = setTimeout(() => {
    tookTooLong = true;
    void child.stop();
  }, options.atMostMs);
  const code = await child.exited;
  clearTimeout(limit);
  if (code === 0) return;
  const how = tookTooLong
    ? `was ended after ${options.atMostMs / 1000} s`
    : `ended with code ${code}`;
  throw new Error(`${basename(options.command)} ${how}: ${child.lastLines().slice(-5).join(' ')}`);
}

class OutputTail {
  #kept: string[] = [];
  #partial = '';

  add(chunk: Buffer): void {
    const lines = (this.#partial + chunk.toString('utf8')).split('\n');
    this.#partial = (lines.pop() ?? '').slice(-KEPT_LINE_CHARS);
    this.#kept.push(...lines.map((line) => line.slice(0, KEPT_LINE_CHARS)));
    this.#kept = this.#kept.filter((line) => line.trim() !== '').slice(-KEPT_LINES);
  }

  lines(): readonly string[] {
    return this.#partial.trim() === '' ? this.#kept : [...this.#kept, this.#partial];
  }
}
