import { TestWorkflowEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { describeWith } from './skip.ts';
import { timeSkippingServer } from './time-skipping.ts';

describeWith('the time-skipping server', await timeSkippingServer(), ({ path }) => {
  test('lets 300 s pass in far less', async () => {
    const executable = { type: 'existing-path', path } as const;
    const environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable },
    });
    try {
      const serverBeforeMs = await environment.currentTimeMs();
      const startedAtMs = Date.now();
      await environment.sleep('300s');
      expect((await environment.currentTimeMs()) - serverBeforeMs).toBeGreaterThanOrEqual(300_000);
      expect(Date.now() - startedAtMs).toBeLessThan(30_000);
    } finally {
      await environment.teardown();
    }
  });
});
