/**
 * The checklists and the tests hold each other: every id and every verification step has its row, what is called met is
 * shown by a test that is there, and what is not met says what is missing.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { citationsIn, problemOf, rowsIn } from './cited-tests.ts';

const PAGE = readFileSync('docs/reference/checklists.md', 'utf8');
const [, aisvs = '', apts = ''] = PAGE.split(/^## /m);
const REQUIREMENTS = apts.split(/^### /m).slice(1);

const AISVS = [
  ...Array.from({ length: 10 }, (_none, index) => `C9.2.${index + 1}`),
  'C9.6.1',
  'C9.6.2',
  'C9.6.3',
  'C12.4.2',
  'C12.4.3',
];

/** How many verification steps each requirement of APTS has, from APTS-HO-001 on. */
const STEPS = [5, 6, 9, 7, 9, 8, 7, 10, 7, 7, 6, 7, 6, 8, 11, 5, 8, 12, 6];

/** `2–4` are three. */
function stepsOf(cell: string): readonly number[] {
  const [from = NaN, to = from] = cell.split('–').map(Number);
  return Array.from({ length: to - from + 1 }, (_none, index) => from + index);
}

/** What is wrong with a row, by how it stands. */
function rowProblem([id = '', , standing = '', how = '', shown = '']: readonly string[]):
  | string
  | undefined {
  const isShown = citationsIn(shown).length > 0;
  const isMissing = how.includes('Missing');
  switch (standing) {
    case 'met':
      return isShown && !isMissing ? undefined : `${id} is met, and no test shows it`;
    case 'partly':
      return isShown && isMissing ? undefined : `${id} says not both what is shown and missing`;
    case 'no':
      return isMissing && !isShown ? undefined : `${id} does not say that it is missing`;
    case 'yours':
    case 'n/a':
      return how.length > 10 && !isMissing ? undefined : `${id} does not say why`;
    default:
      return `${id} is neither met nor not: ${standing}`;
  }
}

describe('docs/reference/checklists.md', () => {
  test('has every id of AISVS once, in order', () => {
    expect(rowsIn(aisvs).map(([id]) => id)).toEqual(AISVS);
  });

  test('has every requirement of APTS with all its steps once, in order', () => {
    const found = REQUIREMENTS.map((text) => ({
      id: text.slice(0, 'APTS-HO-001'.length),
      steps: rowsIn(text).flatMap(([step = '']) => stepsOf(step)),
    }));
    const expected = STEPS.map((count, index) => ({
      id: `APTS-HO-${String(index + 1).padStart(3, '0')}`,
      steps: Array.from({ length: count }, (_none, step) => step + 1),
    }));
    expect(found).toEqual(expected);
  });

  test('says of each row how it stands, with the test that shows it, or what is missing, or why', () => {
    const problems = rowsIn(PAGE).map(rowProblem);
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  test('names only tests that exist, by their titles', () => {
    const citations = citationsIn(PAGE);
    expect(citations.length).toBeGreaterThan(100);
    expect(citations).toHaveLength([...PAGE.matchAll(/`test\/[^`]+` ›/g)].length);
    expect(citations.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
  });

  test('the checks bite', () => {
    expect(rowProblem(['1', 'a', 'met', 'It does.', '–'])).toContain('no test shows it');
    expect(rowProblem(['1', 'a', 'partly', 'It does.', '–'])).toContain('missing');
    expect(rowProblem(['1', 'a', 'no', 'It does not.', '–'])).toContain('missing');
    expect(rowProblem(['1', 'a', 'n/a', '', '–'])).toContain('why');
    expect(rowProblem(['1', 'a', 'nearly', 'It does.', '–'])).toContain('neither');
    const [broken] = citationsIn('`test/tidy/tidy.test.ts` › “no such title”');
    expect(broken && problemOf(broken)).toBe('test/tidy/tidy.test.ts has no test “no such title”');
  });
});
