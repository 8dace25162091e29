/** The attacks themselves, in their short form: that all are tried, that none gets through, and that it says so by its code. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const ATTACK = 'dist/attack/attack.js';
/** On a machine that is busy; alone it takes about two minutes. */
const PATIENCE_MS = 600_000;

interface LastLine {
  readonly extent: string;
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
  'no attack gets through: every family is tried, in its short form',
  async () => {
    const { stdout } = await run('node', [ATTACK, '--quick'], { timeout: PATIENCE_MS });
    const lines = stdout.trimEnd().split('\n');
    const last = JSON.parse(lines.at(-1) ?? '') as LastLine;
    const families = Object.entries(last.families);
    expect(families.map(([name]) => name)).toEqual([
      'forgery',
      'mutation',
      'credentials',
      'resets',
      'races',
      'server-races',
      'parallel',
    ]);
    // The head, a line for each, and the last.
    expect(lines).toHaveLength(families.length + 2);
    for (const [name, { tried, refused, minimum, gotThrough }] of families) {
      expect(gotThrough, name).toEqual([]);
      expect(refused, name).toBe(tried);
      expect(tried, name).toBeGreaterThanOrEqual(minimum);
    }
    expect(last).toMatchObject({ extent: 'quick', isHeld: true });
  },
  PATIENCE_MS,
);

test('it says what it can do, and refuses what it does not know', async () => {
  const { stdout } = await run('node', [ATTACK, '--help']);
  expect(stdout).toContain('--quick');
  await expect(run('node', [ATTACK, 'no-such-family'])).rejects.toMatchObject({ code: 2 });
});
