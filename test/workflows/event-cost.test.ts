/**
 * What a gate costs in history events: the session whose action waits for a person, less the session whose action
 * passes. Temporal's own part is the message, its workflow task and a timer, which later gates share; Holdpoint adds three
 * events (H8). And what is left in the memo where no write is spent on it.
 */
import { expect, test } from 'vitest';
import {
  GATES_ATTRIBUTE,
  GATES_NONE,
  GATES_OPEN,
  type HoldpointMemo,
  MEMO_KEY,
  PENDING_WHILE,
  type PendingApproval,
  SIGNALS,
} from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { type HistoryEvent, isScheduled, isUpdate, runsOf } from './session-runs.ts';

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
const ACTIVITY = ['activityTaskScheduled', 'activityTaskStarted', 'activityTaskCompleted'];
const BEGIN_AND_END = ['workflowExecutionStarted', 'workflowExecutionCompleted'];
const OWN = [
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
    'that one person decides %s costs the message, one workflow task, and three events of Holdpoint; the first one also the timer',
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

  test('H8: a session in which nobody was asked writes nothing: its trail leaves with its evidence', async () => {
    const { start, wholeTrail } = world();
    const session = await start({ turns: [{ calls: [PASSES] }, DONE] });
    const kinds = await kindsOf(world(), session);
    const tasks = Array.from({ length: 4 }, () => [...TASK, ...ACTIVITY]).flat();
    expect(kinds).toEqual([...BEGIN_AND_END, ...tasks, ...TASK].toSorted());
    expect((await wholeTrail(session)).at(-1)?.eventType).toBe('ended');
  });

  test.each([
    ['rejected', 'modelTurn'],
    ['modified', 'prepareAction'],
  ] as const)(
    'H8: where nothing carries what was decided, it is written: %s',
    async (decision, scheduled) => {
      const { client, start, oneGate, decide, holdpoint, wholeTrail } = world();
      const session = await start({ turns: [{ calls: [WAITS] }, DONE] });
      const modifications = { id: 'c-2' };
      const how = decision === 'modified' ? { decision, modifications } : { decision };
      await decide(session, await oneGate(session), how);
      await holdpoint.result(session);
      const [run] = await runsOf(client, session);
      const events = run?.events ?? [];
      const decided = events.findIndex(isUpdate);
      const after = events.slice(decided + 2, decided + 5).map(kindOf);
      expect(after).toEqual([
        'activityTaskScheduled',
        'workflowPropertiesModified',
        'upsertWorkflowSearchAttributes',
      ]);
      expect(isScheduled(scheduled)(events[decided + 2] ?? {})).toBe(true);
      await wholeTrail(session);
    },
  );

  test('the memo names open gates as long as the search attribute says so, and afterwards those that were open last', async () => {
    const { client, start, gates, decide, holdpoint, wholeTrail } = world();
    const seen = async (session: string) => {
      const { memo, searchAttributes } = await client.workflow.getHandle(session).describe();
      const written = memo?.[MEMO_KEY] as HoldpointMemo | undefined;
      const ids = written?.pending.map(({ gateId }) => gateId);
      const { pendingWhile, pendingCount } = written ?? {};
      return { pendingWhile, ids, pendingCount, says: searchAttributes[GATES_ATTRIBUTE] };
    };
    const other = { name: 'delete_record', arguments: { id: 'c-2' } };
    const session = await start({ turns: [{ calls: [WAITS, other] }, DONE] });
    const [a, b] = await gates(session, 2);
    if (a === undefined || b === undefined) throw new Error('A gate is missing');
    await decide(session, a, {});
    // The list is right as long as something waits, whatever carries the decision.
    const one = { pendingWhile: PENDING_WHILE, ids: [b.gateId], pendingCount: 1 };
    expect(await gates(session, 1)).toMatchObject([{ gateId: b.gateId }]);
    expect(await seen(session)).toEqual({ ...one, says: [GATES_OPEN] });
    await decide(session, b, {});
    await holdpoint.result(session);
    expect(await seen(session)).toEqual({ ...one, says: [GATES_NONE] });
    const listed = await holdpoint.pending({ pageSize: 1_000 });
    expect(listed.sessions.map(({ sessionId }) => sessionId)).not.toContain(session);
    await wholeTrail(session);
  });
});
