/**
 * The pure core, for the bundler: its modules keep nothing of a workflow, so a worker's thread loads them once. The SDK
 * would load them anew for every workflow, which took some 3 ms and a quarter of a megabyte each.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The schemas, and the entry point that exports them, are for whoever reads from outside: no workflow has them. */
const LEFT_OUT = /^(schema|index)\b/;

export function pureCore(): string[] {
  const folder = fileURLToPath(new URL('../domain', import.meta.url));
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[jt]s$/.test(path) && !path.endsWith('.d.ts'))
    .filter((path) => !LEFT_OUT.test(path))
    .toSorted()
    .map((path) => join(folder, path));
}
