/** What guides show of an example: parts of its files, as they are. */
import { readFileSync } from 'node:fs';

/** What a file shows between `WHERE: name begins` and `WHERE: name ends`, or plainly `WHERE begins`; not indented. */
export function regionsOf(file: string, where: string): readonly string[] {
  const marks = new RegExp(
    `(?://|#) ${where}(: \\w+)? begins\\n(.*?)\\n\\s*(?://|#) ${where}\\1 ends`,
    'gs',
  );
  return [...readFileSync(file, 'utf8').matchAll(marks)].map(([, , shown = '']) => {
    const [indent = ''] = /^ */.exec(shown) ?? [];
    return shown.replaceAll(new RegExp(`^${indent}`, 'gm'), '');
  });
}
