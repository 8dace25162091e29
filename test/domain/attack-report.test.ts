/** The verdict of the attacks can fail: where one gets through, where too few were tried, and where something else is not so. */
import { expect, test } from 'vitest';
import { type Family, Tally } from '../../attack/family.ts';
import { lastLine, lineOf } from '../../attack/report.ts';

const FAMILY: Family = {
  name: 'samples',
  counts: 'samples',
  minimum: { full: 2, quick: 1 },
  run: async () => undefined,
};

function verdict(tally: Tally): boolean {
  return lastLine([{ family: FAMILY, tally, minimum: 2, tookMs: 5 }], 'full').isHeld;
}

function tallied(...areRefused: readonly boolean[]): Tally {
  const tally = new Tally();
  for (const isRefused of areRefused) tally.judge('a sample', isRefused);
  return tally;
}

test('it holds where all were refused, and enough were tried', () => {
  expect(verdict(tallied(true, true))).toBe(true);
});

test('it does not hold where one got through, too few were tried, or something is not so', () => {
  expect(verdict(tallied(true, false))).toBe(false);
  expect(verdict(tallied(true))).toBe(false);
  const tally = tallied(true, true);
  tally.expect('the honest one counts', false);
  expect(verdict(tally)).toBe(false);
  expect(tally.gotThrough).toEqual(['not so: the honest one counts']);
});

test('a family that tried too little says so in its line', () => {
  const few = { family: FAMILY, tally: tallied(true), minimum: 2, tookMs: 5 };
  expect(lineOf(few)).toMatch(/FEWER THAN 2$/);
});
