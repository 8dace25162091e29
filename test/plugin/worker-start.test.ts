/** What a worker has to be given, so that nothing runs without the plugin in its way. */
import { Worker } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { openPgliteEvidence } from '../../evidence/pglite.ts';
import { holdpoint } from '../../workers/plugin.ts';
import { plainPolicy } from './plugin-world.ts';

describe('a worker', () => {
  test('does not start with a bundle that was made without the plugin, or with another policy', async () => {
    const evidence = await openPgliteEvidence({});
    const plugin = holdpoint({ policy: plainPolicy(), evidence });
    await expect(
      Worker.create({
        taskQueue: 'nobody',
        connection: {} as never,
        workflowBundle: { code: 'exports.importWorkflows = () => ({})' },
        plugins: [plugin],
      }),
    ).rejects.toThrow(/made without the plugin/);
    await evidence.close();
  });

  test('replays nothing with such a bundle: it would find no call that was held', async () => {
    const workflowBundle = { code: 'exports.importWorkflows = () => ({})' };
    const plugin = holdpoint({ policy: plainPolicy() });
    await expect(plugin.configureReplayWorker({ workflowBundle })).rejects.toThrow(
      /made without the plugin/,
    );
  });

  test('does not start without an evidence store', async () => {
    await expect(
      Worker.create({ taskQueue: 'nobody', plugins: [holdpoint({ policy: plainPolicy() })] }),
    ).rejects.toThrow(/evidence store/);
  });
});
