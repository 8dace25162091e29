/**
 * What a gate costs in history events: the session whose action waits for a person, less the session whose action
 * passes. Temporal's own part is the message, its workflow task and a timer, which later gates share; Holdpoint adds four
 * events (H8).
 */
import { expect, test } from 'vitest';
import {
  type HoldpointMemo,
  MEMO_KEY,
  type PendingApproval,
  SIGNALS,
} from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { type HistoryEvent, runsOf } from './session-runs.ts';

type Call = typeof PASSES | typeof WAITS;

const DONE = { text: 'All done.' };
const PASSES = { name: 'create_draft', arguments: { text: 'Dear' } };
const WAITS = { name: 'delete_record', arguments: { id: 'c-1' } };

/** `timerStartedEventAttributes` → `timerStarted` */
function kindOf(event: HistoryEvent): string {
  const attributes = Object.entries(event).find(
    ([name, value]) => name.endsWith('EventAttributes') && value != null,
  );
  return (attributes?.[0] ?? '').replace('EventAttributes', '');
}

async function kindsOf({ client, holdpoint }: World, session: string): Promise<readonly string[]> {
  await holdpoint.result(session);
  const runs = await runsOf(client, session);
  return runs.flatMap(({ events }) => events.map(kindOf)).toSorted();
}

/** What is left of `more` where each of `less` is taken away once. */
function beyond(more: readonly string[], less: readonly string[]): readonly string[] {
  const left = [...more];
  for (const kind of less) {
    const at = left.indexOf(kind);
    expect(at, kind).toBeGreaterThanOrEqual(0);
    left.splice(at, 1);
  }
  return left;
}

const TASK = ['workflowTaskScheduled', 'workflowTaskStarted', 'workflowTaskCompleted'];
const OWN = [
  'workflowPropertiesModified',
  'workflowPropertiesModified',
  'upsertWorkflowSearchAttributes',
  'upsertWorkflowSearchAttributes',
];
const TIMER = ['timerStarted'];
const SIGNALED = ['workflowExecutionSignaled'];
const UPDATED = ['workflowExecutionUpdateAccepted', 'workflowExecutionUpdateCompleted'];

type Decide = (world: World, session: string, gate: PendingApproval) => Promise<unknown>;

const WAYS: readonly (readonly [string, readonly string[], Decide])[] = [
  [
    'by signal',
    SIGNALED,
    async ({ client }, session, { gateId, runId, payloadDigest }) => {
      const decision = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rita' };
      return client.workflow.getHandle(session).signal(SIGNALS.decide, decision);
    },
  ],
  ['by update', UPDATED, async ({ decide }, session, gate) => decide(session, gate, {})],
];

modes('a gate', (world) => {
  test.each(WAYS)(
    'that one person decides %s costs the message, one workflow task, and four events of Holdpoint; the first one also the timer',
    async (_way, message, decide) => {
      const { client, start, oneGate } = world();
      const run = async (first: Call, second: Call): Promise<string> =>
        start({ turns: [{ calls: [first] }, { calls: [second] }, DONE] });
      const none = await run(PASSES, PASSES);
      const one = await run(PASSES, WAITS);
      const two = await run(WAITS, WAITS);
      await decide(world(), one, await oneGate(one));
      const first = await oneGate(two);
      await decide(world(), two, first);
      const second = await until('the second gate', async () => {
        // From the memo: a query at every look would get in the way of the session's own tasks.
        const { memo } = await client.workflow.getHandle(two).describe();
        const [gate] = (memo?.[MEMO_KEY] as HoldpointMemo | undefined)?.pending ?? [];
        return gate !== undefined && gate.gateId !== first.gateId && { ...first, ...gate };
      });
      await decide(world(), two, second);
      const less = await kindsOf(world(), none);
      const more = await kindsOf(world(), one);
      const most = await kindsOf(world(), two);
      const gate = [...message, ...TASK, ...OWN];
      expect(beyond(more, less)).toEqual([...gate, ...TIMER].toSorted());
      expect(beyond(most, more)).toEqual(gate.toSorted());
    },
  );
});
