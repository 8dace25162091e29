/** docs/reference/cli.md and the command line hold each other. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { EXIT, EXIT_OF_REFUSAL, FAILURE_CODES } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';

const PAGE = readFileSync('docs/reference/cli.md', 'utf8');
const STREAMS = { out: () => {}, err: () => {}, environment: {} };

function commandsUnder({ commands }: Command): readonly Command[] {
  return commands.flatMap((command) => [command, ...commandsUnder(command)]);
}

/** `keys`, `keys new`: as one types them. */
function namesUnder({ commands }: Command, before = ''): readonly string[] {
  return commands.flatMap((command) => {
    const name = `${before}${command.name()}`;
    return [name, ...namesUnder(command, `${name} `)];
  });
}

test('cli.md has every command, and none that is not there', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z]+(?: [a-z]+)*)` \|/gm)].map(([, name]) => name);
  const names = namesUnder(createProgram(STREAMS).program);
  expect(new Set(rows)).toEqual(new Set(names));
  expect(rows).toHaveLength(names.length);
});

test('every command says what it does, and so does every option', () => {
  const { program } = createProgram(STREAMS);
  for (const command of [program, ...commandsUnder(program)]) {
    expect(command.description(), command.name()).not.toBe('');
    for (const option of command.options) expect(option.description, option.long).not.toBe('');
  }
});

test('a shell is offered the commands below a command, and their options', () => {
  let script = '';
  const { program } = createProgram({ ...STREAMS, out: (text) => (script += text) });
  program.parse(['completion', 'bash'], { from: 'user' });
  const offered = (...words: readonly string[]): readonly string[] => {
    const line = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(holdpoint ${line} ''); COMP_CWORD=${words.length + 1}; _holdpoint; echo "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', `${script}\n${ask}`], { encoding: 'utf8' })
      .trim()
      .split(' ');
  };
  expect(offered()).toEqual(expect.arrayContaining(['keys', 'sign', 'policy']));
  expect(offered('keys')).toEqual(expect.arrayContaining(['new', 'revoke', '--issuer', '--json']));
  expect(offered('sign')).toEqual(expect.arrayContaining(['--approve', '--offline', '--bound']));
});

test('cli.md has every exit code', () => {
  const rows = [...PAGE.matchAll(/^\| (\d+) \| (?:`(\w+)`)?/gm)];
  const refusals = rows.filter(([, , name]) => name !== undefined);
  expect(Object.fromEntries(refusals.map(([, code, name]) => [name, Number(code)]))).toEqual(
    EXIT_OF_REFUSAL,
  );
  const others = rows.filter(([, , name]) => name === undefined);
  expect(others.map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
  const failures = [...PAGE.matchAll(/^\| (\d+) \| [^|]+ \| `([A-Z_]+)` \|$/gm)];
  expect(Object.fromEntries(failures.map(([, code, name]) => [code, name]))).toEqual(FAILURE_CODES);
});
