/** When a question to a workflow is answered: rule 3 of workflows/task-order.ts, as the SDK hands things over. */
import { coresdk } from '@temporalio/proto';
import { expect, test } from 'vitest';
import { ASK_AGAIN } from '../../domain/messages.ts';
import { TaskOrder } from '../../workflows/task-order.ts';

/** What the SDK hands over, and when by the real clock, in ms. */
interface Handed {
  readonly what: 'replayed' | 'live' | 'asked' | 'asked with a task';
  readonly atMs?: number;
  /** Events of the history so far. Default: one more each time. */
  readonly events?: number;
  /** The time of the task. Default: another one each time. */
  readonly taskAt?: number;
}

function hand(steps: readonly Handed[]): readonly string[] {
  const order = new TaskOrder();
  return steps.map(({ what, atMs = 0, events, taskAt }, index) => {
    const isQuery = what.startsWith('asked');
    const queryId = what === 'asked' ? 'legacy_query' : '7';
    const activation = coresdk.workflow_activation.WorkflowActivation.fromObject({
      isReplaying: what !== 'live',
      historyLength: events ?? index,
      timestamp: { seconds: taskAt ?? index, nanos: 0 },
      jobs: [isQuery ? { queryWorkflow: { queryId } } : { fireTimer: { seq: index } }],
    });
    const facts = { isOurs: true, isConcerned: true, realMs: atMs };
    try {
      return `${order.arriving(activation, facts).length} handed over`;
    } catch (error) {
      return error instanceof Error ? error.message : 'no error';
    }
  });
}

const REPLAYED = { what: 'replayed' } as const;
const LIVE = { what: 'live' } as const;

test.each<[string, readonly Handed[], string]>([
  ['after a replay alone', [REPLAYED, { what: 'asked' }], '1 handed over'],
  ['after a task, which nobody replayed', [LIVE, { what: 'asked' }], '1 handed over'],
  ['together with a task', [REPLAYED, LIVE, { what: 'asked with a task' }], '1 handed over'],
  ['at once after a replay and more', [REPLAYED, LIVE, { what: 'asked', atMs: 20 }], ASK_AGAIN],
  ['soon after it', [REPLAYED, LIVE, { what: 'asked', atMs: 1_999 }], ASK_AGAIN],
  ['later than that', [REPLAYED, LIVE, { what: 'asked', atMs: 2_000 }], '1 handed over'],
  [
    'at once after more, in a run that was replayed to be asked',
    [REPLAYED, { what: 'asked' }, LIVE, { what: 'asked', atMs: 99 }],
    ASK_AGAIN,
  ],
  [
    'a moment after more, in a run that was replayed to be asked',
    [REPLAYED, { what: 'asked' }, LIVE, { what: 'asked', atMs: 100 }],
    '1 handed over',
  ],
  [
    'at once after a second task',
    [REPLAYED, LIVE, { what: 'live', events: 9 }, { what: 'asked', atMs: 20 }],
    '1 handed over',
  ],
])('a question %s', (_when, steps, answer) => {
  expect(hand(steps).at(-1)).toBe(answer);
});

test('what comes at the time of the last task has no task of its own, and is not handed over', () => {
  const early = { what: 'live', events: 9, taskAt: 0 } as const;
  expect(hand([REPLAYED, early])).toEqual(['1 handed over', ASK_AGAIN]);
});
