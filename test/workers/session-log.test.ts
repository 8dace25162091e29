/** Lines about sessions in a worker's log: each has the ids by which a reader finds the rest. */
import { expect, test } from 'vitest';
import { createWorkerLog } from '../../workers/telemetry/log.ts';
import { createSessionLog, type SessionLog } from '../../workers/telemetry/session-log.ts';

const RUN = { sessionId: 'session-1', runId: 'run-1' };
const ACTION = { ...RUN, attempt: 1, actionId: '1/1', tool: 'pay', tier: 'desk', gateId: 'gate-1' };

function written(write: (log: SessionLog) => void): readonly unknown[] {
  let text = '';
  write(createSessionLog(createWorkerLog('debug', { write: (line) => void (text += line) })));
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

test('an action names its session, its gate and itself, when it is called and when it has ended', () => {
  const [called, ended] = written((log) => {
    log.called(ACTION);
    log.ended(ACTION, { outcome: 'failed', tookMs: 1.4 });
  });
  const ids = { ...RUN, gateId: 'gate-1', actionId: '1/1', tool: 'pay' };
  expect(called).toMatchObject({ msg: 'action called', ...ids });
  expect(ended).toMatchObject({ msg: 'action ended', level: 'warn', outcome: 'failed', ...ids });
});

test('one that nobody had to allow names no gate', () => {
  const { gateId: _none, ...free } = ACTION;
  const [called] = written((log) => log.called(free));
  expect(called).not.toHaveProperty('gateId');
});

test('evidence that could not be flushed names the session that can not end', () => {
  const [stored, failed] = written((log) => {
    log.flushed({ ...RUN, isStored: true, tookMs: 3 });
    log.flushed({ ...RUN, isStored: false, tookMs: 3_000 });
  });
  expect(stored).toMatchObject({ level: 'debug', msg: 'evidence flushed', ...RUN });
  expect(failed).toMatchObject({
    level: 'warn',
    msg: 'evidence could not be flushed',
    ...RUN,
    tookMs: 3_000,
  });
});
