/** Every file of the project: what git knows, and what it would add. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export function projectFiles(): readonly string[] {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard'];
  return execFileSync('git', args, { encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && existsSync(path));
}
