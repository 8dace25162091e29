/** The completion script in a real bash: what is offered after which words. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { describeWith, type Skip, skip } from '../support/skip.ts';
import { commandLine } from './command-line.ts';

const run = promisify(execFile);
const { program } = createProgram({ out: () => {}, err: () => {}, environment: {} });
const NAMES = program.commands.map((command) => command.name());
const GLOBAL = ['--version', '--json', '--profile', '--address', '--namespace', '--task-queue'];

function bash(): object | Skip {
  try {
    execFileSync('bash', ['--version']);
    return {};
  } catch (error) {
    return skip(`bash is missing: ${String(error)}`);
  }
}

describeWith('the script for bash', bash(), () => {
  let folder: string;
  let script: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-completion-'));
    script = join(folder, 'completion.bash');
    const { out } = await commandLine(['completion', 'bash']);
    await writeFile(script, out);
  });
  afterAll(async () => rm(folder, { recursive: true }));

  /** What Tab offers after these words; the last of them is being typed. */
  async function offered(...words: readonly string[]): Promise<readonly string[]> {
    const typed = ['holdpoint', ...words].map((word) => `'${word}'`).join(' ');
    const lines = [
      `source '${script}'`,
      `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}`,
      '_holdpoint',
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ];
    const { stdout } = await run('bash', ['-uc', lines.join('\n')]);
    return stdout.split('\n').filter((line) => line !== '');
  }

  test('is made for this program', async () => {
    const { stdout } = await run('bash', ['-c', `source '${script}'; complete -p holdpoint`]);
    expect(stdout).toContain('_holdpoint');
  });

  test('offers every command and every global option', async () => {
    expect(new Set(await offered(''))).toEqual(new Set([...NAMES, ...GLOBAL, '--help']));
  });

  test.each([
    [['res'], ['result', 'resume']],
    [['--json', 'revi'], ['review']],
    // Of commands below another, which of them is meant is not looked at.
    [['keys', 'ne'], ['new']],
    [['policy', 'check', '--ke'], ['--keys']],
    [['--profile', 'cloud', 'pend'], ['pending']],
    [
      ['rehearse', '--'],
      ['--policy', '--decisions', ...GLOBAL, '--help'],
    ],
    [
      ['rehearse', '--decisions', ''],
      ['approve', 'reject', 'none', 'random:'],
    ],
    [['rehearse', 'file.json', '--decisions', 'ra'], ['random:']],
    [
      ['start', '--stakes', ''],
      ['low_stakes', 'medium_stakes', 'high_stakes'],
    ],
    [['start', 'goal', '--stakes', 'h'], ['high_stakes']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish', ...GLOBAL, '--help'],
    ],
    [['completion', 'z'], ['zsh']],
    // A value of one's own: bash offers files where nothing is offered here.
    [['rehearse', '--policy', ''], []],
    [['--profile', ''], []],
    [['decide', 's', 'g', '--run', ''], []],
  ])('after %j offers %j', async (words, expected) => {
    expect((await offered(...words)).toSorted()).toEqual([...expected].toSorted());
  });
});

test('every choice that an option or an argument has is in the scripts for all shells', async () => {
  const choices = program.commands.flatMap((command) =>
    [...command.options, ...command.registeredArguments].flatMap(({ argChoices = [] }) =>
      argChoices.map((choice) => choice.replace('SEED', '')),
    ),
  );
  expect(choices).toEqual(expect.arrayContaining(['random:', 'high_stakes', 'fish']));
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { out } = await commandLine(['completion', shell]);
    expect(choices.filter((choice) => !out.includes(choice))).toEqual([]);
  }
});
