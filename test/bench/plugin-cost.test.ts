/** The plugin's benchmark in its short form: it runs to its end, and the plugin costs a call that is not held no event. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);

interface LastLine {
  readonly quick: boolean;
  readonly ungated: readonly { readonly title: string }[];
  readonly aims: readonly {
    readonly aim: string;
    readonly isMet: boolean;
    readonly isJudged: boolean;
  }[];
}

test('the last line has every kind of call, and the aims for events and workflow tasks are met', async () => {
  const { stdout } = await run('node', ['dist/bench/plugin-cost.js', '--quick'], {
    timeout: 280_000,
  });
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as LastLine;
  expect(last.quick).toBe(true);
  expect(last.ungated).toHaveLength(3);
  const judged = last.aims.filter(({ isJudged }) => isJudged);
  expect(judged.length).toBeGreaterThanOrEqual(6);
  expect(judged.filter(({ isMet }) => !isMet)).toEqual([]);
}, 300_000);
