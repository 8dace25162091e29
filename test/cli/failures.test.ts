/** What a script hears when a command fails: one JSON document with a code, from every command; and what doctor finds. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { EXIT, FAILURE_CODES } from '../../cli/exit-codes.ts';
import { createProgram } from '../../cli/program.ts';
import { commandLine } from './command-line.ts';

const STREAMS = { out: () => {}, err: () => {}, environment: {} };
const NAMES = createProgram(STREAMS).program.commands.map((command) => command.name());
const GATE = ['session', 'gate'];
const SHOWN = ['--run', 'r', '--digest', 'd'];
const ORDER = ['session', '--reason', 'x'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-failures-'));
  await writeFile(join(folder, 'broken.config.mjs'), 'export default {');
  await writeFile(join(folder, 'empty.config.mjs'), 'export default 7;');
  await writeFile(join(folder, 'wrong.config.mjs'), 'export default { tools: 7 };');
  const policy = `{ tools: [], model: { model: { name: 'm' }, confidenceModel: {} }, policy: 'policy.yaml' }`;
  await writeFile(join(folder, 'policy.config.mjs'), `export default ${policy};`);
  await writeFile(join(folder, 'policy.yaml'), 'name: desk\nversion: 1\n');
});
afterAll(async () => rm(folder, { recursive: true }));

/** How each command fails where Temporal does not answer, or where what it needs is not there. */
const FAILING: Readonly<Record<string, readonly [number, ...(readonly string[])]>> = {
  start: [EXIT.unreachable, 'goal', '--agent', 'a'],
  result: [EXIT.unreachable, 'session'],
  status: [EXIT.unreachable, 'session'],
  watch: [EXIT.unreachable, 'session'],
  pending: [EXIT.unreachable],
  gates: [EXIT.unreachable, 'session'],
  decide: [EXIT.unreachable, ...GATE, ...SHOWN, '--approve'],
  answer: [EXIT.unreachable, ...GATE, 'words', ...SHOWN],
  review: [EXIT.usage],
  pause: [EXIT.unreachable, ...ORDER],
  resume: [EXIT.unreachable, ...ORDER],
  cancel: [EXIT.unreachable, ...ORDER],
  instruct: [EXIT.unreachable, 'session', 'words', '--reason', 'x'],
  kill: [EXIT.unreachable, '--all', '--reason', 'x'],
  kills: [EXIT.unreachable],
  sign: [EXIT.unreachable, ...GATE, '--approve'],
  claim: [EXIT.unreachable, ...GATE],
  release: [EXIT.unreachable, ...GATE],
  grants: [EXIT.unreachable, 'session'],
  revoke: [EXIT.unreachable, 'session', 'grant', '--reason', 'x'],
  keys: [EXIT.usage, 'show', 'nobody'],
  policy: [EXIT.usage, 'check', 'no-such.yaml'],
  audit: [EXIT.unreachable, 'session'],
  rehearse: [EXIT.usage, 'no-such-file.json'],
  init: [EXIT.usage, '.'],
  dev: [EXIT.usage],
  completion: [EXIT.usage, 'tcsh'],
  worker: [EXIT.usage],
  setup: [EXIT.usage],
  doctor: [EXIT.failed],
  tools: [EXIT.usage],
  gateway: [EXIT.usage],
  token: [EXIT.usage, ' '],
  mcp: [EXIT.usage],
};

interface Failed {
  readonly error?: { readonly code: string; readonly message: string; readonly exitCode: number };
}

/** The last line: what came before the failure stands before it. */
async function failed(...words: readonly string[]): Promise<Failed & { readonly code: number }> {
  const { code, out, err } = await commandLine(words, { HOLDPOINT_USER: 'rita' });
  expect(err).not.toBe('');
  const lines = out.trimEnd().split('\n');
  for (const line of lines) expect(() => JSON.parse(line) as unknown, line).not.toThrow();
  return { ...(JSON.parse(lines.at(-1) ?? '') as Failed), code };
}

describe('with --json', () => {
  test('there is a way to fail for every command', () => {
    expect(Object.keys(FAILING).toSorted()).toEqual([...NAMES].toSorted());
  });

  test.concurrent.each(Object.entries(FAILING))(
    '%s that fails says so in a document of its own',
    async (name, [exitCode, ...words]) => {
      const said = await failed('--json', '--address', '127.0.0.1:1', name, ...words);
      expect(said).toEqual({
        code: exitCode,
        error: { code: FAILURE_CODES[exitCode], message: expect.stringMatching(/\S/), exitCode },
      });
    },
  );

  test.each(NAMES)('%s that is called wrongly says so, wherever --json stands', async (name) => {
    const error = { code: 'USAGE', message: expect.stringMatching(/^error: .*'--/), exitCode: 2 };
    for (const words of [
      ['--json', name, '--no-such'],
      [name, '--no-such', '--json'],
    ]) {
      expect(await failed(...words)).toEqual({ code: EXIT.usage, error });
    }
  });

  test('a session that is not there has a code of its own', async () => {
    const said = await failed('--json', '--address', inject('temporalAddress'), 'status', 'none');
    expect(said.error).toMatchObject({ code: 'NOT_FOUND', exitCode: EXIT.notFound });
  });

  test('help is no failure, and without it a failure is no JSON', async () => {
    expect(await commandLine(['--json', '--help'])).toMatchObject({
      code: EXIT.done,
      out: expect.not.stringContaining('"error"'),
    });
    expect(await commandLine(['rehearse', 'none.json'])).toMatchObject({ out: '' });
  });

  test('every exit code that is no refusal’s has a code', () => {
    const { done: _none, notQuiet: _report, ...failures } = EXIT;
    expect(Object.keys(FAILURE_CODES).map(Number)).toEqual(Object.values(failures));
  });
});

describe('doctor', () => {
  const configuration = async (
    ...words: readonly string[]
  ): Promise<Readonly<Record<string, string>> | undefined> => {
    const at = ['--json', '--address', inject('temporalAddress'), 'doctor', ...words];
    const { code, out } = await commandLine(at);
    expect(code).toBe(EXIT.failed);
    const found = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    for (const { status, mend, name } of found) {
      if (status === 'missing') expect(mend, name).toMatch(/\S/);
    }
    return found.find(({ name }) => name === 'configuration');
  };

  test.each([
    ['is not there', 'none.config.mjs', 'There is no file', 'holdpoint init DIR'],
    ['can not be loaded', 'broken.config.mjs', "can't be loaded", 'broken.config.mjs, then:'],
    ['exports nothing', 'empty.config.mjs', 'exports no configuration', 'empty.config.mjs, then:'],
    ['is of another shape', 'wrong.config.mjs', 'tools has to be', 'wrong.config.mjs, then:'],
    ['names a policy that is none', 'policy.config.mjs', 'version', 'policy.config.mjs, then:'],
  ])('a configuration that %s is missing, with what mends it', async (_what, file, found, mend) => {
    const finding = await configuration('--config', join(folder, file));
    expect(finding).toMatchObject({
      status: 'missing',
      found: expect.stringContaining(found),
      mend: expect.stringContaining(mend),
    });
  });

  test('no configuration at all is one that holdpoint init writes', async () => {
    expect(await configuration()).toMatchObject({
      status: 'missing',
      mend: expect.stringContaining('holdpoint init'),
    });
  });
});
