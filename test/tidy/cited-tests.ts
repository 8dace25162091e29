/** Pages that name tests: what a citation is, and whether there is such a test. */
import { existsSync, readFileSync } from 'node:fs';

export interface Citation {
  readonly file: string;
  readonly title: string;
}

/** `` `file` › “title” ``, wherever it stands in a text. */
export function citationsIn(text: string): readonly Citation[] {
  return [...text.matchAll(/`([^`]+)` › “([^”]+)”/g)].map(([, file = '', title = '']) => ({
    file,
    title,
  }));
}

/** Why a citation is none; undefined where there is such a test. */
export function problemOf({ file, title }: Citation): string | undefined {
  if (!existsSync(file)) return `${file} does not exist`;
  const source = readFileSync(file, 'utf8');
  const isTitle = [`'${title}'`, `"${title}"`, `\`${title}\``].some((one) => source.includes(one));
  return isTitle ? undefined : `${file} has no test “${title}”`;
}

/** The cells of every row of every table, head and rule left out. */
export function rowsIn(text: string): readonly (readonly string[])[] {
  const lines = text.split('\n');
  return lines
    .filter(
      (line, index) =>
        line.startsWith('|') &&
        !line.startsWith('| ---') &&
        !(lines[index + 1] ?? '').startsWith('| ---'),
    )
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
