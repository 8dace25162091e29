/** The attacks that need no server, whole: none gets through, and the program ends by itself. The others are run by hand. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const ATTACK = 'dist/attack/attack.js';
/** On a machine that is busy; alone it takes twenty seconds. */
const PATIENCE_MS = 180_000;

interface LastLine {
  readonly isHeld: boolean;
  readonly families: Readonly<
    Record<
      string,
      {
        readonly tried: number;
        readonly refused: number;
        readonly minimum: number;
        readonly gotThrough: readonly string[];
      }
    >
  >;
}

test(
  'no mutation of a payload and no race gets through',
  async () => {
    const { stdout } = await run('node', [ATTACK, 'mutation', 'races'], {
      timeout: PATIENCE_MS,
      killSignal: 'SIGKILL',
    });
    const lines = stdout.trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as LastLine;
    const families = Object.entries(last.families);
    expect(families.map(([name]) => name)).toEqual(['mutation', 'races']);
    // The head, a line for each, and the last.
    expect(lines).toHaveLength(families.length + 2);
    for (const [name, { tried, refused, minimum, gotThrough }] of families) {
      expect(gotThrough, name).toEqual([]);
      expect(refused, name).toBe(tried);
      expect(tried, name).toBeGreaterThanOrEqual(minimum);
    }
    expect(last.isHeld).toBe(true);
  },
  PATIENCE_MS,
);

test('it says what it can do, and refuses what it does not know', async () => {
  const { stdout } = await run('node', [ATTACK, '--help']);
  expect(stdout).toContain('--quick');
  await expect(run('node', [ATTACK, 'no-such-family'])).rejects.toMatchObject({ code: 2 });
});
