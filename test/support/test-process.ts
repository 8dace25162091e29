/**
 * A setup file, for each test file: files share their process one after the other, so what is set up once is kept.
 * vitest's worker process goes on when vitest itself was killed, and with it every server that a test had started: the
 * channel between the two closes then, so that is when the worker ends, and its servers after it. And the SDK logs only
 * what a test did not expect.
 */
import { DefaultLogger, Runtime } from '@temporalio/worker';

const SET_UP = Symbol.for('holdpoint/test-process');

if (!(SET_UP in process)) {
  Object.defineProperty(process, SET_UP, { value: true });
  process.once('disconnect', () => process.exit(1));
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
}
