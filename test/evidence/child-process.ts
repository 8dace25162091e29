/**
 * Runs child.ts as a process of its own, compiled as the package is: Node 20 runs no TypeScript, and so the tests
 * see that what the store needs at run time is in the compiled files.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Errand } from './child.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const SAID_WITHIN_MS = 60_000;

export interface Child {
  /** Waits for the next line of its output. Throws with what it wrote to its error output when it ends instead. */
  readonly said: () => Promise<string>;
  readonly tell: (line: string) => void;
  /** SIGKILL: it gets no chance to do anything. */
  readonly kill: () => Promise<void>;
}

export interface Children {
  readonly start: (errand: Errand) => Child;
  /** Kills those that are left and removes what was compiled. */
  readonly close: () => Promise<void>;
}

export async function compileChild(): Promise<Children> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-child-'));
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
  const project = join(folder, 'tsconfig.json');
  await writeFile(
    project,
    JSON.stringify({
      extends: join(REPOSITORY, 'tsconfig.json'),
      compilerOptions: { noEmit: false, noCheck: true, rootDir: REPOSITORY, outDir: folder },
      files: [join(REPOSITORY, 'test/evidence/child.ts')],
    }),
  );
  const compiler = spawn(join(REPOSITORY, 'node_modules/.bin/tsc'), ['-p', project], {
    stdio: 'inherit',
  });
  const [code] = await once(compiler, 'exit');
  if (code !== 0) throw new Error(`The child was not compiled: tsc ended with ${code}.`);
  const children = new Set<Child>();
  return {
    start: (errand) => {
      const child = startChild(join(folder, 'test/evidence/child.js'), errand);
      children.add(child);
      return child;
    },
    close: async () => {
      await Promise.all([...children].map((child) => child.kill()));
      await rm(folder, { recursive: true });
    },
  };
}

function startChild(script: string, errand: Errand): Child {
  const child = spawn(process.execPath, [script, JSON.stringify(errand)], { stdio: 'pipe' });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  // Writing to a child that has ended is no failure of the test.
  child.stdin.on('error', () => {});
  return {
    said: async () => {
      const deadline = AbortSignal.timeout(SAID_WITHIN_MS);
      const late = once(deadline, 'abort').then(() => {
        throw new Error(`A child said nothing in ${SAID_WITHIN_MS} ms. ${complaint}`);
      });
      const line = await Promise.race([lines.next(), late]);
      if (line.done !== true) return line.value;
      await ended;
      throw new Error(`A child ended. ${complaint}`);
    },
    tell: (line) => {
      child.stdin.write(`${line}\n`);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
