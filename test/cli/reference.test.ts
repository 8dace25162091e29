/** docs/reference/cli.md and the command line hold each other. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { EXIT, EXIT_OF_REFUSAL, FAILURE_CODES } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';

const PAGE = readFileSync('docs/reference/cli.md', 'utf8');
const STREAMS = { out: () => {}, err: () => {}, environment: {} };

test('cli.md has every command, and none that is not there', () => {
  const rows = [...PAGE.matchAll(/^\| `([a-z]+)` \|/gm)].map(([, name]) => name);
  const { commands } = createProgram(STREAMS).program;
  const names = commands.map((command) => command.name());
  expect(new Set(rows)).toEqual(new Set(names));
  expect(rows).toHaveLength(names.length);
});

test('every command says what it does, and so does every option', () => {
  const { program } = createProgram(STREAMS);
  for (const command of [program, ...program.commands]) {
    expect(command.description(), command.name()).not.toBe('');
    for (const option of command.options) expect(option.description, option.long).not.toBe('');
  }
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
