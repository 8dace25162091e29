/**
 * The benchmark itself, in its short form: that it runs to its end, says what it measured, and judges what it says. Its
 * counts are frozen. Over the retail tasks, where they are at hand: then their aim is judged too.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { orderOf } from '../../bench/measurements.ts';
import { type Comparison, compare } from '../../bench/medians.ts';
import { aimsOf, conclusionOf, type Results } from '../../bench/report.ts';

const run = promisify(execFile);
const BENCH = 'dist/bench/gate-cost.js';
const RETAIL = '../shared/data/tau2/retail.json';
const FILE = existsSync(RETAIL) ? RETAIL : 'bench/recorded-desk.json';

type LastLine = Results & { readonly aims: ReturnType<typeof aimsOf> };

const COMPARISON = {
  handWritten: expect.any(Number),
  holdpoint: expect.any(Number),
  ratio: expect.any(Number),
  more: expect.any(Number),
};
const ACTION = { events: COMPARISON, workflowTasks: COMPARISON, bytes: COMPARISON };

async function measured(...args: readonly string[]): Promise<LastLine> {
  const { stdout } = await run('node', [BENCH, '--quick', ...args], { timeout: 380_000 });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as LastLine;
}

test('the last line has every ratio, and every aim for events and workflow tasks is met', async () => {
  const last = await measured(FILE);
  expect(last).toMatchObject({
    quick: true,
    recorded: { events: COMPARISON, workflowTasks: COMPARISON },
    gated: ACTION,
    ungated: ACTION,
    quickRead: ACTION,
    roundTripMs: { p50: COMPARISON, p95: COMPARISON },
    load: { sessionsPerSecond: COMPARISON, workerCpuMsPerSession: COMPARISON },
  });
  expect(last.gated.events).toMatchObject({ handWritten: 18, holdpoint: 19 });
  expect(last.ungated.events).toMatchObject({ handWritten: 12, holdpoint: 12 });
  expect(last.quickRead.events).toMatchObject({ handWritten: 12, holdpoint: 7 });
  const { recorded, aims } = last;
  if (FILE === RETAIL) expect(recorded).toMatchObject({ tasks: 114, calls: 550, gated: 176 });
  else {
    expect(recorded).toMatchObject({ tasks: 3, calls: 11, gated: 4 });
    expect(recorded.events).toMatchObject({ handWritten: 189, holdpoint: 178 });
  }
  const judged = aims.filter(({ isJudged }) => isJudged);
  expect(judged).toHaveLength(FILE === RETAIL ? 6 : 5);
  expect(judged.filter(({ isMet }) => !isMet)).toEqual([]);
}, 400_000);

describe('what is concluded', () => {
  const pair = (handWritten: number, holdpoint: number): Comparison =>
    compare([{ handWritten, holdpoint }]);
  const action = (events: Comparison): Results['gated'] => ({
    events,
    workflowTasks: pair(3, 3),
    bytes: pair(2_000, 8_000),
  });
  const results: Results = {
    quick: false,
    evidence: 'PGlite',
    recorded: {
      file: 'retail.json',
      isStandIn: false,
      tasks: 114,
      calls: 550,
      gated: 176,
      events: pair(8_910, 8_019),
      workflowTasks: pair(1_504, 1_244),
    },
    gated: action(pair(18, 22)),
    ungated: action(pair(12, 12)),
    quickRead: action(pair(12, 7)),
    roundTripMs: { p50: pair(10, 30), p95: pair(20, 60) },
    load: { sessionsPerSecond: pair(10, 5), workerCpuMsPerSession: pair(10, 30) },
    parkedKiB: { sessions: 2_000, cached: pair(100, 200), evicted: pair(1, 1) },
  };

  test('every aim is met at its limit, and times that miss theirs are only reported', () => {
    const aims = aimsOf(results);
    expect(aims.filter(({ isMet }) => !isMet).map(({ aim }) => aim)).toEqual([
      'gate round trip p50, ratio',
      'worker CPU per session, ratio',
    ]);
    const { text, exitCode } = conclusionOf(results);
    expect(exitCode).toBe(0);
    expect(text).toContain('MISSED  gate round trip p50, ratio: 3, at most 1.15 (reported');
    expect(JSON.parse(text.split('\n').at(-1) ?? '')).toEqual({ ...results, aims });
  });

  test.each<[string, Partial<Results>]>([
    ['events more per gated action', { gated: action(pair(18, 23)) }],
    [
      'workflow tasks more per gated action',
      { gated: { ...results.gated, workflowTasks: pair(3, 4) } },
    ],
    ['events more per ungated action', { ungated: action(pair(12, 13)) }],
    [
      'workflow tasks more per ungated action',
      { ungated: { ...results.ungated, workflowTasks: pair(2, 3) } },
    ],
    [
      'workflow tasks more per quick read',
      { quickRead: { ...results.quickRead, workflowTasks: pair(2, 3) } },
    ],
    [
      'events of the recorded tasks, ratio',
      { recorded: { ...results.recorded, events: pair(8_910, 8_030) } },
    ],
  ])('one that is missed ends it with 1: %s', (aim, doctored) => {
    const found = { ...results, ...doctored };
    expect(conclusionOf(found).exitCode).toBe(1);
    expect(conclusionOf(found).text).toMatch(new RegExp(`^MISSED +${aim}: .*\\d$`, 'm'));
  });

  test('the ratio of a stand-in is not judged', () => {
    const recorded = { ...results.recorded, isStandIn: true, events: pair(100, 110) };
    expect(conclusionOf({ ...results, recorded }).exitCode).toBe(0);
  });

  test('the two take turns at who begins', () => {
    expect([0, 1, 2].map((round) => orderOf(round)[0])).toEqual([
      'handWritten',
      'holdpoint',
      'handWritten',
    ]);
  });
});

test('it says what it can do, and refuses what it does not know', async () => {
  const help = await run('node', [BENCH, '--help']);
  expect(help.stdout).toContain('--quick');
  await expect(run('node', [BENCH, '--fast'])).rejects.toMatchObject({ code: 2 });
});
