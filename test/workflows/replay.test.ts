/**
 * Saved histories replay on the code of today, and what carries the trail meanwhile is what carried it then (H8): every
 * memo byte for byte, every event in a consent or on its way to the evidence store. They are the chain, and Temporal
 * compares none of them.
 */
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, describe, expect, test } from 'vitest';
import { ERRANDS, SESSION_TYPES } from '../../domain/messages.ts';
import { recordHistories } from './record-histories.ts';
import {
  bundleForReplay,
  type Carried,
  carriedIn,
  type History,
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
  expect(new Set(types)).toEqual(new Set([...SESSION_TYPES, ...Object.values(ERRANDS)]));
});

/** Of workflows that hold nothing. */
const WITHOUT_TRAIL: readonly string[] = [
  'deliver-outcome',
  'kill-switch',
  'late-decision',
  'standing-kills',
];

describe('on the code of today', () => {
  let bundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    bundle = await bundleForReplay();
  });

  test.each(NAMES)('%s replays, every memo to the byte, every carried event', async (name) => {
    const history = historyOf(name);
    const carried = carriedIn(history);
    expect(carried.length > 0).toBe(!WITHOUT_TRAIL.includes(name));
    expect(await replay(bundle, history)).toEqual(carried);
  });

  test('a run that begins anew from a continued one is told what was passed on', () => {
    const passedOn = carriedIn(historyOf('session-continued-1')).at(-1)?.text;
    const started = historyOf('session-continued-2').events?.[0];
    const memo = started?.workflowExecutionStartedEventAttributes?.memo?.fields?.['holdpoint'];
    expect(Buffer.from(memo?.data ?? []).toString('base64')).toBe(passedOn);
  });
});

/** The kinds of which all that carry events are other ones; all else has to be the same. */
function changedKinds(replayed: readonly Carried[], saved: readonly Carried[]): readonly string[] {
  const carrying = saved.flatMap((one, index) =>
    one.text === '[]' ? [] : [{ kind: one.kind, same: one.text === replayed[index]?.text }],
  );
  const changed = new Set(carrying.flatMap(({ kind, same }) => (same ? [] : [kind])));
  expect(replayed.map(({ kind }) => kind)).toEqual(saved.map(({ kind }) => kind));
  for (const { kind, same } of carrying) expect(same, kind).toBe(!changed.has(kind));
  return [...changed].toSorted();
}

describe('the check bites', () => {
  test('on one byte of a memo that is another: Temporal replays it without a word, the comparison does not', async () => {
    const history = historyOf('session');
    const bundle = await bundleForReplay('carrier-tampering-memo.ts');
    expect(changedKinds(await replay(bundle, history), carriedIn(history))).toEqual(['memo']);
  });

  test('on one event that a consent or a slice carries, and that is another: likewise', async () => {
    const history = historyOf('session');
    const bundle = await bundleForReplay('carrier-tampering-slice.ts');
    const changed = changedKinds(await replay(bundle, history), carriedIn(history));
    expect(changed).toEqual(['consent', 'slice']);
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
