/**
 * A notice to a program of the team's own: the notice as JSON on its standard input, no shell, a bound on its time. For
 * everything that has no adapter: a pager, an SMS gateway, a script.
 */
import { spawn } from 'node:child_process';
import type { Channel } from '../notify.ts';

export interface CommandChannelOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Of the program; left out: the worker's PATH alone, none of its secrets. */
  readonly env?: Readonly<Record<string, string>>;
}

const OUTPUT_CHARACTERS_MAX = 200;

/** Its exit code 0 is the receipt; what it prints first is kept with it. */
export function commandChannel({ command, args = [], env }: CommandChannelOptions): Channel {
  return {
    send: async ({ notice, title, facts, url }, signal) =>
      new Promise((resolve, reject) => {
        const child = spawn(command, [...args], {
          signal,
          env: { PATH: process.env['PATH'] ?? '', ...env },
          stdio: ['pipe', 'pipe', 'ignore'],
        });
        let output = '';
        child.stdout.setEncoding('utf8').on('data', (text: string) => {
          output = `${output}${text}`.slice(0, OUTPUT_CHARACTERS_MAX);
        });
        child.on('error', reject);
        child.on('close', (code) => {
          const said = output.trim();
          if (code === 0) resolve(`exit 0${said === '' ? '' : `: ${said}`}`);
          else reject(new Error(`the program ended with ${code ?? 'a signal'}`));
        });
        // It may end without reading.
        child.stdin.on('error', () => undefined);
        child.stdin.end(
          JSON.stringify({ notice, title, facts, ...(url === undefined ? {} : { url }) }),
        );
      }),
  };
}
