/** The program of the attacks: what it can do, and what it refuses. The attacks themselves are run by hand: they take minutes. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const ATTACK = 'dist/attack/attack.js';

test('it says what it can do, and refuses what it does not know', async () => {
  const { stdout } = await run('node', [ATTACK, '--help']);
  expect(stdout).toContain('--quick');
  await expect(run('node', [ATTACK, 'no-such-family'])).rejects.toMatchObject({ code: 2 });
});
