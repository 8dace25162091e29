/** What stands on a screen, and what a person types there: for commands that ask. */
import { type RunningProcess, startProcess, type Surroundings } from './processes.ts';
import { until } from './until.ts';

/** Waits until this is shown below what was seen last. */
export type See = (shown: RegExp, withinMs?: number) => Promise<void>;

/** `screen`: all that was shown so far. */
export function createSee(screen: () => string): See {
  let read = 0;
  return async (shown, withinMs) => {
    const look = (): RegExpExecArray | undefined => shown.exec(screen().slice(read)) ?? undefined;
    const found = await until(`${shown} on the screen`, look, withinMs).catch((error: unknown) => {
      throw new Error(`${String(error)}, where there is\n${screen().slice(read)}`);
    });
    read += found.index + found[0].length;
  };
}

export interface Terminal extends RunningProcess {
  readonly see: See;
  /** The words and Enter. */
  readonly type: (words: string) => void;
}

/** Python's standard library has what Node's lacks. */
const IN_TERMINAL =
  'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))';

/** Lines of a page, performed at a terminal. */
export function performAtTerminal(lines: string, surroundings: Surroundings): Terminal {
  const args = ['-c', IN_TERMINAL, 'bash', '-euo', 'pipefail', '-c', lines];
  const running = startProcess('python3', args, { ...surroundings, isAsked: true });
  return {
    ...running,
    see: createSee(running.output),
    type: (words) => running.write(`${words}\r`),
  };
}
