/**
 * Saved histories replay on the code of today, and every memo that it writes meanwhile is the one that was written
 * then, byte for byte (H8): the bytes are the chain, and Temporal compares none of them.
 */
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { recordHistories } from './record-histories.ts';
import {
  bundleForReplay,
  type History,
  memosOf,
  readHistory,
  replay,
  savedHistories,
} from './saved-histories.ts';

if (process.env['HOLDPOINT_RECORD_HISTORIES'] === '1') await recordHistories();

const NAMES = await savedHistories();
const histories = new Map<string, History>();
for (const name of NAMES) histories.set(name, await readHistory(name));

function historyOf(name: string): History {
  const history = histories.get(name);
  if (history === undefined) throw new Error(`No saved history ${name}`);
  return history;
}

test('there is a saved history of every workflow', () => {
  const types = [...histories.values()].map(
    ({ events }) => events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name,
  );
  expect(new Set(types)).toEqual(
    new Set(['agentSession', 'deliverOutcome', 'externalGate', 'lateDecision']),
  );
});

/** Of workflows that hold nothing. */
const WITHOUT_TRAIL: readonly string[] = ['deliver-outcome', 'late-decision'];

describe('on the code of today', () => {
  let bundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    bundle = await bundleForReplay();
  });

  test.each(NAMES)('%s replays, every memo to the byte', async (name) => {
    const history = historyOf(name);
    const memos = memosOf(history);
    expect(memos.length > 0).toBe(!WITHOUT_TRAIL.includes(name));
    expect(await replay(bundle, history)).toEqual(memos);
  });

  test('a run that begins anew from a continued one is told what was passed on', () => {
    const passedOn = memosOf(historyOf('session-continued-1')).at(-1) ?? '';
    const started = historyOf('session-continued-2').events?.[0];
    const memo = started?.workflowExecutionStartedEventAttributes?.memo?.fields?.['holdpoint'];
    expect(Buffer.from(memo?.data ?? []).toString('base64')).toBe(passedOn);
  });
});

describe('the check bites', () => {
  test('on one byte of a memo that is another: Temporal replays it without a word, the comparison does not', async () => {
    const history = historyOf('session');
    const memos = await replay(await bundleForReplay('memo-tampering.ts'), history);
    const expected = memosOf(history);
    expect(memos).toHaveLength(expected.length);
    for (const [index, memo] of memos.entries()) expect(memo).not.toBe(expected[index]);
  });

  test('on a history whose events were changed', async () => {
    const history = historyOf('session');
    const events = (history.events ?? []).filter(
      (event) => event.timerStartedEventAttributes == null,
    );
    const bundle = await bundleForReplay();
    await expect(replay(bundle, { ...history, events })).rejects.toThrow();
  });
});
