/** The package compiled once, before any test that runs it as its users do: examples, command line, packed. */
import { execFileSync } from 'node:child_process';

export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
