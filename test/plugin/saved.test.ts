/**
 * Saved histories of workflows under the plugin replay on the code of today, so that a worker that is upgraded goes on
 * with what is open. Recorded anew by hand, where a change of the workflow code is meant to change them:
 *
 *   HOLDPOINT_RECORD_HISTORIES=1 npx vitest run --project server test/plugin/saved.test.ts
 */
import { mkdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readHistory, savedHistories, saveHistory } from '../workflows/saved-histories.ts';
import { openPluginWorld } from './plugin-world.ts';
import { HISTORIES, historiesOf, replayAll } from './replays.ts';

/** One of each way to be held: an activity, its undoing, one after the other, children, a run that continues, a race. */
const RECORDED: Readonly<Record<string, readonly unknown[]>> = {
  saga: ['o-1', true],
  polling: ['tide'],
  batch: [['a', 'b']],
  loop: [1, 2],
  withinTime: [60_000],
  patching: [],
};

async function record(): Promise<void> {
  await mkdir(HISTORIES, { recursive: true });
  const world = await openPluginWorld();
  for (const [type, args] of Object.entries(RECORDED)) {
    const handle = await world.start(type, ...args);
    await world.approveAll(handle);
    const all = await historiesOf(world.client, handle.workflowId);
    for (const [index, { history }] of all.entries()) {
      await saveHistory(`${type}-${index + 1}`, history, HISTORIES);
    }
  }
  await world.close();
}

if (process.env['HOLDPOINT_RECORD_HISTORIES'] === '1') await record();

const NAMES = await savedHistories(HISTORIES);

test('there is one of each', () => {
  const types = new Set(NAMES.map((name) => name.replace(/-\d+$/, '')));
  expect([...types].toSorted()).toEqual(Object.keys(RECORDED).toSorted());
});

test.each(NAMES)('%s replays', async (name) => {
  const history = await readHistory(name, HISTORIES);
  const { workflowId } = history.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  await replayAll([{ history, workflowId: workflowId ?? name }]);
});
