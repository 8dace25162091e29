/**
 * Style that no compiler checks: who may import whom, the names of files, and that what documents name exists. Every
 * guard is shown a fixture that breaks it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { IMPORT_TABLE, importProblem, importsOf } from './import-table.ts';
import { projectFiles } from '../support/project-files.ts';

const FIXTURES = 'test/tidy/fixtures/';
const FOLDERS =
  'domain workflows activities evidence workers client gateway inbox cli testing examples bench attack'.split(
    ' ',
  );

const PROJECT = projectFiles();

function sources(root: string): readonly string[] {
  return PROJECT.filter((path) => path.startsWith(root) && /\.tsx?$/.test(path));
}

function problemsIn(file: string, as = file): readonly string[] {
  const found = importsOf(readFileSync(file, 'utf8'));
  return found.map((specifier) => importProblem(as, specifier)).filter((one) => one !== undefined);
}

describe('who may import whom', () => {
  const files = FOLDERS.flatMap((folder) => sources(`${folder}/`));

  test('every file keeps to its row of the table', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(files.flatMap((file) => problemsIn(file))).toEqual([]);
  });

  const broken = sources(FIXTURES).map((file) => [file.slice(FIXTURES.length), file] as const);

  test.each(broken)('the table bites on every import of %s', (as, file) => {
    expect(problemsIn(file, as)).toHaveLength(importsOf(readFileSync(file, 'utf8')).length);
  });

  test('every row of the table has a fixture that breaks it', () => {
    const covered = IMPORT_TABLE.filter(({ path }) => path.endsWith('/')).map(({ path }) => path);
    const folders = new Set(broken.map(([as]) => as.slice(0, as.lastIndexOf('/') + 1)));
    expect(covered.filter((path) => !folders.has(path))).toEqual([]);
  });

  test('the inbox takes nothing but types from the gateway', () => {
    const values = /(?:^|\n)import (?!type )[^;]*?from '[^']*\/gateway\/[^']*'/;
    const inbox = sources('inbox/').filter((file) => values.test(readFileSync(file, 'utf8')));
    expect(inbox).toEqual([]);
    expect(values.test(readFileSync(`${FIXTURES}inbox/breaks.ts`, 'utf8'))).toBe(true);
  });

  test('the linter bites on the same fixtures, import by import', { timeout: 60_000 }, () => {
    const lines = lintOf(FIXTURES);
    for (const [, file] of broken) {
      const imports = importsOf(readFileSync(file, 'utf8')).length;
      const found = lines.filter(
        (line) => line.startsWith(`${file}:`) && line.includes('restricted'),
      );
      expect(found.length, file).toBeGreaterThanOrEqual(imports);
    }
    expect(lines.join('\n')).toMatch(/domain\/breaks.*'Date.now' is restricted/);
    expect(lines.join('\n')).toMatch(/domain\/breaks.*'Math.random' is restricted/);
  });
});

function lintOf(folder: string): readonly string[] {
  try {
    const args = ['oxlint', '--format=unix', '--disable-nested-config', '--no-ignore', folder];
    return execFileSync('npx', args, { encoding: 'utf8' }).split('\n');
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    return stdout.split('\n');
  }
}

describe('names', () => {
  const all = sources('');

  test('files are kebab-case nouns, and none is a drawer for everything', () => {
    const bad = all.filter(
      (file) => !/(^|\/)[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))?\.tsx?$/.test(file),
    );
    expect(bad).toEqual([]);
    const drawers = /(^|\/)(utils?|helpers?|common|misc|types|managers?|services?)\.ts$/;
    expect(all.filter((file) => drawers.test(file))).toEqual([]);
    expect(drawers.test('domain/utils.ts')).toBe(true);
  });
});

/** The files that a page links to; not addresses, nor places of the page itself. */
function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));
}

describe('documents', () => {
  // The starter's pages speak of the project that it becomes.
  const pages = PROJECT.filter((path) => path.endsWith('.md') && !path.startsWith('starter/'));

  test('every path that a page names exists', () => {
    const missing = pages.flatMap((page) => {
      const text = readFileSync(page, 'utf8');
      const named = [
        ...text.matchAll(
          /`((?:domain|workflows|activities|evidence|workers|client|gateway|inbox|test|examples|docs|bench|attack)\/[\w./-]*[\w/])`/g,
        ),
      ];
      return named
        .map((match) => match[1] ?? '')
        .filter((path) => !existsSync(path))
        .map((path) => `${page}: ${path}`);
    });
    expect(missing).toEqual([]);
  });

  test('every relative link of a page leads to a file', () => {
    const links = pages.flatMap((page) =>
      linksOf(readFileSync(page, 'utf8')).map((link) => [page, link] as const),
    );
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter(([page, link]) => !existsSync(join(dirname(page), link)))).toEqual([]);
    expect(linksOf('[a](b.md#c) [d](https://e.example) ![f](g.png)')).toEqual(['b.md', 'g.png']);
  });

  test('every npm script that a page names exists', () => {
    // A page may speak of this project, and of the one that `holdpoint init` writes.
    const scripts = { ...scriptsOf('package.json'), ...scriptsOf('starter/package.json') };
    const missing = pages.flatMap((page) =>
      [...readFileSync(page, 'utf8').matchAll(/npm run ([\w:-]+)/g)]
        .map((match) => match[1] ?? '')
        .filter((name) => scripts[name] === undefined)
        .map((name) => `${page}: npm run ${name}`),
    );
    expect(missing).toEqual([]);
  });
});

function scriptsOf(file: string): Readonly<Record<string, string>> {
  const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  return scripts;
}
