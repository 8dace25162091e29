/** The conformance page and its suite hold each other: each defect names tests that are there, and no test is left out. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { citationsIn, problemOf, rowsIn } from './cited-tests.ts';

const PAGE = readFileSync('docs/reference/conformance.md', 'utf8');
const SUITE = 'test/conformance/defects.test.ts';

const GROUPS: Readonly<Record<string, number>> = {
  'Wrong call decided': 8,
  'Denied yet executed': 8,
  'Executed twice': 5,
  'Forged or self-granted': 6,
  'Skipped in nested sessions': 2,
  'Lost, stuck, or told wrong': 13,
};

test('every group has its defects, and every defect a test', () => {
  const groups = PAGE.split(/^## /m).slice(1);
  const found = groups.map((text) => [text.split('\n')[0], rowsIn(text).length]);
  expect(Object.fromEntries(found)).toEqual(GROUPS);
  const bare = rowsIn(PAGE).filter(([, , shown = '']) => citationsIn(shown).length === 0);
  expect(bare).toEqual([]);
});

test('the page names only tests that exist, by their titles', () => {
  const problems = citationsIn(PAGE).map(problemOf);
  expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
});

test('every test of the suite is named on the page', () => {
  const source = readFileSync(SUITE, 'utf8');
  const titles = [...source.matchAll(/test(?:\.each\([^)]*\))?\(\s*'((?:[^'\\]|\\.)+)'/g)];
  expect(titles.length).toBeGreaterThan(12);
  const cited = citationsIn(PAGE).filter(({ file }) => file === SUITE);
  const missing = titles.filter(([, title]) => !cited.some((one) => one.title === title));
  expect(missing.map(([, title]) => title)).toEqual([]);
});
