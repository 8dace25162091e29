/**
 * Whatever README, guides and tutorial show in a fence is run by CI: it is a region of a file that a test runs, or a
 * test performs it from the page. Both directions: what is marked as shown is shown, what is performed stands there.
 *
 * Left out, by what they say of themselves: pictures (`mermaid`), and what a program prints (`text output`).
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Fence, fencesOf, filledIn, regionsOf } from '../support/pages.ts';
import { projectFiles } from '../support/project-files.ts';

const CI = '.ci/run';
const FILES = projectFiles();
const PAGES = FILES.filter((path) => /^(README|docs\/(guides|tutorial)\/[\w-]+)\.md$/.test(path));
const TESTS = FILES.filter((path) => /^test\/.*\.test\.ts$/.test(path));
const SHOWN = FILES.filter((path) => /^(examples|starter|bench)\//.test(path));

const sourceOf = (path: string): string => readFileSync(path, 'utf8');
const tests = TESTS.filter((path) => !path.startsWith('test/tidy/'))
  .map(sourceOf)
  .join('\n');
const regions = new Map(SHOWN.flatMap((path) => [...regionsOf(path)]));

function isLeftOut({ language, holder }: Fence): boolean {
  return language === 'mermaid' || (language === 'text' && holder === 'output');
}

/** Why a fence is not held; undefined where it is. */
function problemOf(fence: Fence): string | undefined {
  const { page, line, holder, text } = fence;
  const at = `${page}:${line}`;
  const [path = '', name] = holder.split('#');
  if (isLeftOut(fence)) return undefined;
  if (path === '') {
    const [same] = [...regions].find(([, region]) => region === text) ?? [];
    return `${at} names nothing that holds it${same === undefined ? '' : `: it is ${same}`}`;
  }
  if (!existsSync(path)) return `${at} names ${path}, which does not exist`;
  if (path === CI) return ranByCi(text) ? undefined : `${at} is not what ${CI} runs`;
  if (path.endsWith('.test.ts')) {
    const isPerformed = sourceOf(path).includes(`'${page}#${name ?? ''}'`);
    return isPerformed ? undefined : `${at} is not performed by ${path} as ${page}#${name}`;
  }
  const region = regions.get(holder);
  if (region === undefined) return `${at} names ${holder}, and no region of that name is marked`;
  if (region !== text) return `${at} is not as it stands in ${holder}`;
  // An example is run by its folder's demo, through what is compiled.
  return tests.includes(`${dirname(path)}/`)
    ? undefined
    : `${at} shows ${path}, which no test runs`;
}

/** Each command of it, word for word. */
function ranByCi(text: string): boolean {
  const commands = text.split(/\n|&&/).map((command) => command.trim());
  return commands.every((command) =>
    new RegExp(`within_limit ${command.replaceAll(/[^\w ]/g, '\\$&')}( |$)`, 'm').test(
      sourceOf(CI),
    ),
  );
}

describe.each(PAGES)('%s', (page) => {
  test('shows nothing that CI does not run', () => {
    const problems = fencesOf(page).map(problemOf);
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });
});

const fences = PAGES.flatMap((page) => fencesOf(page));

test('every region that is marked is shown, and every page counts', () => {
  expect(PAGES.length).toBeGreaterThan(9);
  const shown = new Set(fences.map(({ holder }) => holder));
  expect([...regions.keys()].filter((region) => !shown.has(region))).toEqual([]);
});

test('every fence that a test performs stands on its page', () => {
  const performed = TESTS.flatMap((path) =>
    [...sourceOf(path).matchAll(/pageFence\(\s*'([\w./-]+)#([\w-]+)'/g)].map(
      ([, page = '', name = '']) => ({ path, page, name }),
    ),
  );
  expect(performed.length).toBeGreaterThan(10);
  const isThere = ({ page, name }: (typeof performed)[number]): boolean =>
    fences.some((fence) => fence.page === page && fence.holder.endsWith(`.test.ts#${name}`));
  expect(performed.filter((one) => !isThere(one))).toEqual([]);
});

describe('the check bites on', () => {
  const policy = regions.get('examples/plugin/policy.ts#policy') ?? '';
  const [performedFence] = fences.filter(({ holder }) => holder.includes('.test.ts#'));
  const problemsIn = (markdown: string): readonly (string | undefined)[] =>
    fencesOf('a.md', markdown).map(problemOf);

  test.each([
    ['a fence that names nothing', '```sh\nrm -rf x\n```', 'a.md:1 names nothing that holds it'],
    [
      'one that is a region and does not say so',
      `\`\`\`ts\n${policy}\n\`\`\``,
      'a.md:1 names nothing that holds it: it is examples/plugin/policy.ts#policy',
    ],
    [
      'another text than the region',
      `\`\`\`ts examples/plugin/policy.ts#policy\n${policy} \n\`\`\``,
      'a.md:1 is not as it stands in examples/plugin/policy.ts#policy',
    ],
    [
      'a region that is not marked',
      '```ts examples/plugin/policy.ts#none\nx\n```',
      'a.md:1 names examples/plugin/policy.ts#none, and no region of that name is marked',
    ],
    ['a file that is not there', '```ts no/such.ts\nx\n```', 'which does not exist'],
    [
      'a test that does not perform it',
      `\`\`\`sh ${performedFence?.holder}\nx\n\`\`\``,
      'a.md:1 is not performed by',
    ],
    [
      'a command that CI does not run',
      '```sh .ci/run\nnpm ci && npm run x\n```',
      'a.md:1 is not what',
    ],
    ['output of another language', '```sh output\nx\n```', 'names output, which does not exist'],
  ])('%s', (_what, markdown, problem) => {
    expect(problemsIn(markdown)).toEqual([expect.stringContaining(problem)]);
  });

  test('a fence that nothing closes, and a word that the page does not say', () => {
    expect(() => fencesOf('a.md', '\n```ts\nx')).toThrow('a.md:2 opens a fence');
    expect(() => filledIn('export A=…', { 'B=…': 'B=1' })).toThrow('does not say B=…');
  });

  test('and lets through what is held or left out', () => {
    const held = '```mermaid\nx\n```\n```text output\nx\n```\n```sh .ci/run\nnpm ci\n```';
    expect(problemsIn(held)).toEqual([undefined, undefined, undefined]);
    expect(problemsIn(`\`\`\`ts examples/plugin/policy.ts#policy\n${policy}\n\`\`\``)).toEqual([
      undefined,
    ]);
  });
});
