/** The version of the package that this file is a part of, as sources or built. */
import { existsSync, readFileSync } from 'node:fs';

export function packageVersion(): string {
  let file = new URL('../package.json', import.meta.url);
  if (!existsSync(file)) file = new URL('../../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string };
  return version;
}
