/** What a worker's log lets through of what the SDK says: ids, and where it broke; nothing that a tool was given. */
import { ApplicationFailure } from '@temporalio/common';
import { expect, test } from 'vitest';
import { createWorkerLog } from '../../workers/telemetry/log.ts';

const MARKER = 'marker-of-a-secret-4711';

function written(write: (log: ReturnType<typeof createWorkerLog>) => void): string {
  let text = '';
  write(createWorkerLog('debug', { write: (line) => void (text += line) }));
  return text;
}

test('an error of a tool keeps its name, type and place, and loses what it says', () => {
  const error = ApplicationFailure.retryable(`can't use ${MARKER}`, 'ToolFailed', { MARKER });
  error.stack = `ApplicationFailure: can't use ${MARKER}\n    at ${MARKER}\n    at pay (/app/tools.js:3:7)`;
  const ids = { workflowId: 'session-1', activityType: 'pay', attempt: 2 };
  const line = written(({ sdk }) =>
    sdk.warn('Activity failed', { ...ids, error, args: [MARKER], [MARKER]: MARKER }),
  );
  expect(line).not.toContain(MARKER);
  expect(JSON.parse(line)).toMatchObject({
    level: 'warn',
    msg: 'Activity failed',
    sessionId: 'session-1',
    tool: 'pay',
    attempt: 2,
    error: { name: 'ApplicationFailure', type: 'ToolFailed', at: ['at pay (/app/tools.js:3:7)'] },
  });
});

test('an id that is no text or number, or too long, does not get through whole', () => {
  const line = written(({ sdk }) =>
    sdk.info('x', { workflowId: { MARKER }, runId: 'r'.repeat(1_000) }),
  );
  const parsed = JSON.parse(line) as Readonly<Record<string, unknown>>;
  expect(parsed['sessionId']).toBeUndefined();
  expect(String(parsed['runId'])).toHaveLength(256);
});

test('a level below the chosen one writes nothing', () => {
  let text = '';
  const log = createWorkerLog('warn', { write: (line) => void (text += line) });
  log.write('info', 'quiet');
  log.sdk.debug('quiet too');
  log.write('warn', 'said', { sessionId: 's' });
  expect(text.trim().split('\n')).toHaveLength(1);
});
