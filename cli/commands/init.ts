/** init: a small working project to begin with. */
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import { shellWord } from '../../domain/text/shell-word.ts';
import { CommandFailure, type Shell } from '../shell.ts';

export function addInitCommand(program: Command, shell: Shell): void {
  program
    .command('init')
    .description('write a small working project: two tools, a policy, a configuration and a test')
    .argument('<dir>', 'an empty folder, or one that is not there yet')
    .action(async (dir: string) => {
      const folder = resolve(dir);
      await mkdir(folder, { recursive: true });
      const there = (await readdir(folder)).filter((name) => name !== '.git');
      if (there.length > 0) {
        throw new CommandFailure(
          `${folder} is not empty (${there.slice(0, 3).join(', ')}): choose another folder.`,
          EXIT.usage,
        );
      }
      await cp(await packageFolder('starter'), folder, { recursive: true });
      // npm leaves a .gitignore out of what it packs.
      await rename(join(folder, 'gitignore'), join(folder, '.gitignore'));
      await named(folder);
      const files = await readdir(folder);
      shell.show({ folder, files: files.toSorted() }, () =>
        [`${folder}: ${files.toSorted().join(', ')}`, '', `cd ${shellWord(dir)}`, ...NEXT].join(
          '\n',
        ),
      );
    });
}

const NEXT = [
  'npm install',
  'npm test               # the agent, with scripts for its model and its reviewer',
  'npm run dev            # Temporal with its UI, and your worker; then, beside it:',
  "npx holdpoint start 'Pay Ada back.' --agent order-desk",
  'npx holdpoint review --as you',
];

/** A folder of this package, which stands one level up where it is compiled. */
async function packageFolder(name: string): Promise<string> {
  const up = import.meta.url.endsWith('.ts') ? '../../' : '../../../';
  return fileURLToPath(new URL(`${up}${name}`, import.meta.url));
}

/** The project gets the folder's name, and this version of Holdpoint. */
async function named(folder: string): Promise<void> {
  const path = join(folder, 'package.json');
  const project = await json(path);
  const { version } = await json(await packageFolder('package.json'));
  const dependencies = { ...(project['dependencies'] as object), holdpoint: `^${String(version)}` };
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]+/g, '-')
    .replaceAll(/^[._-]+|[._-]+$/g, '');
  const own = { ...project, ...(name === '' ? {} : { name }), dependencies };
  await writeFile(path, `${JSON.stringify(own, null, 2)}\n`);
}

async function json(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
}
