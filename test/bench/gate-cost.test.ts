/** The benchmark itself, in its short form: that it runs to its end, says what it measured, and judges what it says. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const BENCH = 'dist/bench/gate-cost.js';

interface LastLine {
  readonly gated: { readonly events: { readonly more: number } };
  readonly aims: readonly {
    readonly aim: string;
    readonly isMet: boolean;
    readonly isJudged: boolean;
  }[];
}

const COMPARISON = {
  handWritten: expect.any(Number),
  holdpoint: expect.any(Number),
  ratio: expect.any(Number),
  more: expect.any(Number),
};
const ACTION = { events: COMPARISON, workflowTasks: COMPARISON, bytes: COMPARISON };

test('the last line has every ratio, and the aims for events and workflow tasks are met', async () => {
  const args = [BENCH, '--quick', 'bench/recorded-desk.json'];
  const { stdout } = await run('node', args, { timeout: 280_000 });
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as LastLine;
  expect(last).toMatchObject({
    quick: true,
    recorded: { tasks: 3, calls: 11, gated: 4, events: COMPARISON, workflowTasks: COMPARISON },
    gated: ACTION,
    ungated: ACTION,
    quickRead: ACTION,
    roundTripMs: { p50: COMPARISON, p95: COMPARISON },
    load: { sessionsPerSecond: COMPARISON, workerCpuMsPerSession: COMPARISON },
    parkedKiB: { cached: COMPARISON, evicted: COMPARISON },
  });
  const judged = last.aims.filter(({ isJudged }) => isJudged);
  expect(judged.length).toBeGreaterThanOrEqual(5);
  expect(judged.filter(({ isMet }) => !isMet)).toEqual([]);
}, 300_000);

test('it says what it can do, and refuses what it does not know', async () => {
  const help = await run('node', [BENCH, '--help']);
  expect(help.stdout).toContain('--quick');
  await expect(run('node', [BENCH, '--fast'])).rejects.toMatchObject({ code: 2 });
});
