/** The command line in this process: what it said, and its exit code; with a person at its terminal where one is wanted. */
import { PassThrough } from 'node:stream';
import { runCommandLine } from '../../cli/program.ts';
import { createSee } from '../support/terminal.ts';

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function commandLine(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Said> {
  let out = '';
  let err = '';
  const code = await runCommandLine(args, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    environment,
  });
  return { code, out, err };
}

/** What a person sees of a command that asks, and what they type. */
export interface Sitting {
  /** Waits until the screen shows this below what was seen last, and types the words and Enter. */
  readonly type: (shown: RegExp, words: string) => Promise<void>;
  /** Waits until the screen shows this below what was seen last. */
  readonly see: (shown: RegExp) => Promise<void>;
  /** Ctrl-D. */
  readonly leave: () => void;
  /** All of it. */
  readonly screen: () => string;
  readonly code: Promise<number>;
}

export function sitDown(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Sitting {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let screen = '';
  const show = (text: string): void => void (screen += text);
  const see = createSee(() => screen);
  output.setEncoding('utf8').on('data', show);
  const code = runCommandLine(args, {
    out: show,
    err: show,
    environment,
    terminal: { input, output },
  });
  return {
    see,
    type: async (shown, words) => {
      await see(shown);
      input.write(`${words}\n`);
    },
    leave: () => void input.end(),
    screen: () => screen,
    code,
  };
}
