import { fileURLToPath } from 'node:url';

/** A module of this package for the bundler, source or compiled, as this one is. `path`: from the top, without its end. */
export function sibling(path: string): string {
  const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
  return fileURLToPath(new URL(`../${path}${extension}`, import.meta.url));
}
