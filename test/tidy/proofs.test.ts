/**
 * The design pages that name tests, and the tests, hold each other: what temporal-pitfalls.md and invariants.md call
 * shown is shown by a test of that title.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Citation, problemOf } from './cited-tests.ts';

interface Section {
  readonly name: string;
  readonly proofs: readonly Citation[];
  /** It says why there is no test, or none of a part. */
  readonly isReasoned: boolean;
}

function sectionsOf(page: string): readonly Section[] {
  const [, ...sections] = page.split(/^### /m);
  return sections.map((section) => ({
    name: /^\S+/.exec(section)?.[0] ?? '',
    proofs: [...section.matchAll(/^- `([^`]+)`: “(.+)”$/gm)].map(([, file = '', title = '']) => ({
      file,
      title,
    })),
    isReasoned: section.includes('No test:'),
  }));
}

describe.each([
  ['docs/design/temporal-pitfalls.md', 'P', 36],
  ['docs/design/invariants.md', 'H', 12],
] as const)('%s', (path, letter, count) => {
  const page = readFileSync(path, 'utf8');
  const sections = sectionsOf(page);

  test(`has ${letter}1 to ${letter}${count}, once each, in order`, () => {
    const expected = Array.from({ length: count }, (_, index) => `${letter}${index + 1}`);
    expect(sections.map(({ name }) => name)).toEqual(expected);
  });

  test('names a test for each, or says why there is none', () => {
    const bare = sections.filter(({ proofs, isReasoned }) => proofs.length === 0 && !isReasoned);
    expect(bare.map(({ name }) => name)).toEqual([]);
  });

  test('names only tests that exist, by their titles', () => {
    const proofs = sections.flatMap((section) => section.proofs);
    expect(proofs).toHaveLength([...page.matchAll(/^- /gm)].length);
    expect(proofs.map(problemOf).filter((problem) => problem !== undefined)).toEqual([]);
  });
});

test('the check bites on a file and on a title that are not there', () => {
  const [broken] = sectionsOf(
    '### P1 x\n\n- `test/none.test.ts`: “a”\n- `test/tidy/tidy.test.ts`: “no such title”\n',
  );
  expect(broken?.proofs.map(problemOf)).toEqual([
    'test/none.test.ts does not exist',
    'test/tidy/tidy.test.ts has no test “no such title”',
  ]);
});
