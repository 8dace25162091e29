/**
 * What pages show, and what holds it. A fence names its holder after its language: a region of a file that CI runs, which
 * is the same text, or a test that performs the fence from the page itself, so that the page is the script.
 *
 *     ```ts examples/plugin/worker.ts#worker          the region `// region: worker` … `// endregion`
 *     ```sh test/deploy/topology.test.ts#setup        pageFence('docs/guides/production.md#setup') in that test
 *
 * test/tidy/pages.test.ts holds every fence to this.
 */
import { readFileSync } from 'node:fs';

export interface Fence {
  readonly page: string;
  /** Of its opening, from 1. */
  readonly line: number;
  readonly language: string;
  /** `path#name` */
  readonly holder: string;
  readonly text: string;
}

export function fencesOf(page: string, markdown = readFileSync(page, 'utf8')): readonly Fence[] {
  const fences: Fence[] = [];
  let open: { readonly line: number; readonly info: string; readonly lines: string[] } | undefined;
  for (const [index, line] of markdown.split('\n').entries()) {
    const isFence = /^ {0,3}```/.test(line);
    if (open === undefined) {
      if (isFence) open = { line: index + 1, info: line.trim().slice(3), lines: [] };
    } else if (isFence) {
      const { info, lines } = open;
      const [language = '', holder = ''] = info.trim().split(/ +/);
      fences.push({ page, line: open.line, language, holder, text: lines.join('\n') });
      open = undefined;
    } else open.lines.push(line);
  }
  if (open !== undefined) throw new Error(`${page}:${open.line} opens a fence that nothing closes`);
  return fences;
}

const REGION = /^ *(?:\/\/|#) region: ([\w-]+)\n(.*?)\n *(?:\/\/|#) endregion$/gms;

/** What a file shows, by `path#name`: not indented, and without a line that is for the linter. */
export function regionsOf(path: string): ReadonlyMap<string, string> {
  return new Map(
    [...readFileSync(path, 'utf8').matchAll(REGION)].map(([, name, marked = '']) => {
      const lines = marked.split('\n').filter((line) => !/^ *\/\/ oxlint-/.test(line));
      const first = lines.find((line) => line !== '') ?? '';
      const indent = first.length - first.trimStart().length;
      const shown = lines.map((line) => line.slice(indent)).join('\n');
      return [`${path}#${name}`, shown.trim()];
    }),
  );
}

/** The text of the fence of a page that the calling test performs: `docs/guides/production.md#setup`. */
export function pageFence(reference: `${string}.md#${string}`): string {
  const [page = '', name = ''] = reference.split('#');
  const found = fencesOf(page).filter(({ holder }) => holder.endsWith(`.test.ts#${name}`));
  const [fence, ...others] = found;
  if (fence === undefined || others.length > 0) {
    throw new Error(`${page} has ${found.length} fences that a test performs as #${name}`);
  }
  return fence.text;
}

/** A text of a page with what stands there for a reader's own put in. Each of them has to stand there. */
export function filledIn(text: string, own: Readonly<Record<string, string>>): string {
  return Object.entries(own).reduce((filled, [shown, value]) => {
    if (!filled.includes(shown)) throw new Error(`The page does not say ${shown} there:\n${text}`);
    return filled.replaceAll(shown, value);
  }, text);
}
