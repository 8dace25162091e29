/**
 * A project as the tutorial makes it: from a clone of Holdpoint, by the lines of the page. The clone is this checkout
 * under the name that the page gives it, with what `npm ci` has made there: CI begins with that, so it is not done again.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { freePorts } from '../../workers/free-port.ts';
import { perform, performed, REPOSITORY, type RunningProcess } from '../support/processes.ts';
import { projectFiles } from '../support/project-files.ts';
import { until } from '../support/until.ts';

export interface StarterProject {
  /** What holds the clone and the project. */
  readonly folder: string;
  readonly path: string;
  /** What its making said. */
  readonly made: string;
  /** Lines in the project's folder, to their end: what they said. */
  readonly run: (lines: string) => Promise<string>;
  readonly change: (file: string, to: (text: string) => string) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** `lines`: from the clone's folder to a project beside it, `order-desk`. */
export async function makeProject(lines: string): Promise<StarterProject> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-tutorial-'));
  const clone = join(folder, 'holdpoint');
  const copied = [...projectFiles(), 'dist'];
  for (const path of copied) {
    await mkdir(dirname(join(clone, path)), { recursive: true });
    await cp(join(REPOSITORY, path), join(clone, path), { recursive: true });
  }
  await symlink(join(REPOSITORY, 'node_modules'), join(clone, 'node_modules'));
  const made = await performed(lines, { cwd: clone, env: process.env });
  const path = join(folder, 'order-desk');
  return {
    folder,
    path,
    made,
    run: async (words) => performed(words, { cwd: path, env: process.env }),
    change: async (file, to) => {
      const text = await readFile(join(path, file), 'utf8');
      const changed = to(text);
      if (changed === text) throw new Error(`${file} is not as the tutorial has it`);
      await writeFile(join(path, file), changed);
    },
    close: async () => rm(folder, { recursive: true, force: true }),
  };
}

/** `holdpoint dev` of a project on ports of its own, by a line of a page. */
export interface Dev {
  readonly address: string;
  /** For commands beside it. */
  readonly env: NodeJS.ProcessEnv;
  /** `line`: ends with what starts it. `--` where npm hands on what follows. */
  readonly start: (line: string) => Promise<RunningProcess>;
}

export async function devOf({ path }: StarterProject, more = ''): Promise<Dev> {
  const [port, uiPort] = await freePorts();
  const address = `127.0.0.1:${port}`;
  const ports = `--port ${port} --ui-port ${uiPort} --gateway-port 0 ${more}`;
  return {
    address,
    env: { ...process.env, TEMPORAL_ADDRESS: address },
    start: async (line) => {
      const own = line.startsWith('npm run') ? `${line} -- ${ports}` : `${line} ${ports}`;
      const dev = perform(own, { cwd: path, env: process.env });
      await until(
        'dev to be ready',
        () => {
          if (!dev.isRunning()) throw new Error(`dev ended:\n${dev.output()}`);
          return dev.output().includes('its UI at');
        },
        60_000,
      );
      return dev;
    },
  };
}
