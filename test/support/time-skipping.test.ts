import { expect, test } from 'vitest';
import { describeWith } from './skip.ts';
import { startTimeSkipping, timeSkippingServer } from './time-skipping.ts';

describeWith('the time-skipping server', await timeSkippingServer(), (server) => {
  test('lets 300 s pass in far less', async () => {
    const environment = await startTimeSkipping(server);
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
