/** Processes of tests: what they say, their signals, their end; and lines of pages, performed as a reader types them. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

export interface RunningProcess {
  /** Everything that it wrote so far, both streams. */
  readonly output: () => string;
  /** To its standard input, where it has one. */
  readonly write: (text: string) => void;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly isRunning: () => boolean;
  /** The exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>;
}

export interface Surroundings {
  /** Of the machine's own variables only PATH and HOME are there beside these. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Left out: the repository. */
  readonly cwd?: string;
}

interface Kind {
  /** Signals reach what it started as well. */
  readonly isGroup?: boolean;
  /** It has a standard input. */
  readonly isAsked?: boolean;
}

const started = new Set<RunningProcess>();

export function startProcess(
  command: string,
  args: readonly string[],
  { env = {}, cwd = REPOSITORY, isGroup = false, isAsked = false }: Surroundings & Kind = {},
): RunningProcess {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(command, args, {
    cwd,
    env: { PATH, HOME, ...env },
    stdio: [isAsked ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    detached: isGroup,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  const running: RunningProcess = {
    output: () => output,
    write: (text) => void child.stdin?.write(text),
    signal: (signal) => {
      if (isGroup && child.pid !== undefined) process.kill(-child.pid, signal);
      else child.kill(signal);
    },
    isRunning: () => started.has(running),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        started.delete(running);
        resolve(code);
      });
    }),
  };
  started.add(running);
  return running;
}

/** What pages call `holdpoint` and `temporal`, where they speak of an installed program. */
export const PROGRAMS = `${fileURLToPath(new URL('bin', import.meta.url))}:${process.env['PATH']}`;

/** Lines of a page, by a shell that ends at the first one that fails. */
export function perform(lines: string, surroundings: Surroundings = {}): RunningProcess {
  return startProcess('bash', ['-euo', 'pipefail', '-c', lines], {
    ...surroundings,
    isGroup: true,
  });
}

/** The same to its end: what they said. Throws where a line fails. */
export async function performed(lines: string, surroundings: Surroundings = {}): Promise<string> {
  const shell = perform(lines, surroundings);
  const code = await shell.ended;
  if (code !== 0) throw new Error(`${lines}\nended with ${code}:\n${shell.output()}`);
  return shell.output();
}

/** SIGKILL for those that a test left behind. */
export async function endAll(): Promise<void> {
  const left = [...started];
  for (const one of left) one.signal('SIGKILL');
  await Promise.all(left.map(({ ended }) => ended));
}
