import { execFile, spawn } from 'node:child_process';
import { access, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runGuarded, startGuarded } from '../../workers/guarded-process.ts';

const DEADLINE = { timeout: 20_000 };
const repository = resolve(import.meta.dirname, '../..');

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'holdpoint-guard-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

test('stop ends the child, what the child started, and its folder', async () => {
  const folder = await mkdtemp(join(root, 'kept-'));
  const child = startGuarded({
    command: '/bin/sh',
    args: ['-c', 'sleep 600 & echo $$ $!; wait'],
    removeFolder: folder,
  });
  await vi.waitUntil(() => child.lastLines().length > 0, DEADLINE);
  const pids = child.lastLines().join(' ').split(' ').map(Number);
  expect(pids.map(isAlive)).toEqual([true, true]);
  await child.stop();
  await vi.waitUntil(() => !pids.some(isAlive), DEADLINE);
  expect(await exists(folder)).toBe(false);
  expect(child.hasExited()).toBe(true);
});

test('the exit code and the last lines of both streams are kept', async () => {
  const script = 'for n in $(seq 1 100); do echo line $n; done; echo why >&2; exit 3';
  const child = startGuarded({ command: '/bin/sh', args: ['-c', script] });
  expect(await child.exited).toBe(3);
  expect(child.lastLines()).toHaveLength(40);
  expect(child.lastLines()).toEqual(expect.arrayContaining(['line 100', 'why']));
});

test('a program that is not there is an exit code, not an exception', async () => {
  const child = startGuarded({ command: join(root, 'absent'), args: [] });
  expect(await child.exited).toBe(127);
});

test('a command that takes too long is ended, and the error says so', async () => {
  const run = runGuarded({ command: 'sleep', args: ['600'], atMostMs: 100 });
  await expect(run).rejects.toThrow('sleep was ended after 0.1 s');
});

// Node 20 runs no TypeScript, so the parent that is to be killed gets the compiled file.
async function parentScript(folder: string): Promise<string> {
  const tsc = join(repository, 'node_modules/.bin/tsc');
  const source = join(repository, 'workers/guarded-process.ts');
  const options = '--ignoreConfig --noCheck --module nodenext --target es2023 --types node'.split(
    ' ',
  );
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await promisify(execFile)(tsc, [source, ...options, '--outDir', root], { cwd: root });
  const script = join(root, 'parent.js');
  await writeFile(
    script,
    `import { startGuarded } from './guarded-process.js';
     const args = ['-c', 'echo $$; exec sleep 600'];
     const child = startGuarded({ command: '/bin/sh', args, removeFolder: ${JSON.stringify(folder)} });
     const timer = setInterval(() => {
       if (child.lastLines().length === 0) return;
       clearInterval(timer);
       console.log(child.lastLines()[0]);
     }, 10);`,
  );
  return script;
}

test.for(['SIGKILL', 'SIGTERM', 'SIGINT'] as const)(
  'a parent that ends by %s takes its child and the folder with it',
  async (signal) => {
    const folder = await mkdtemp(join(root, 'kept-'));
    const parent = spawn(process.execPath, [await parentScript(folder)]);
    let printed = '';
    parent.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await vi.waitUntil(() => printed.endsWith('\n'), DEADLINE);
    const pid = Number(printed);
    expect(isAlive(pid)).toBe(true);
    parent.kill(signal);
    await vi.waitUntil(async () => !isAlive(pid) && !(await exists(folder)), DEADLINE);
  },
);
