/**
 * What a gate costs in history events: the session whose action waits for a person, less the session whose action
 * passes. Temporal's own part is the message, its workflow task and the timer; Holdpoint adds four events (H8).
 */
import { expect, test } from 'vitest';
import { type PendingApproval, SIGNALS } from '../../domain/messages.ts';
import { modes, type World } from '../support/world.ts';
import { type HistoryEvent, runsOf } from './session-runs.ts';

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
const TIMER = ['timerStarted', 'timerCanceled'];
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
    'that one person decides %s costs the message, one workflow task, one timer, and four events of Holdpoint',
    async (_way, message, decide) => {
      const { start, oneGate } = world();
      const passing = await start({ turns: [{ calls: [PASSES] }, DONE] });
      const waiting = await start({ turns: [{ calls: [WAITS] }, DONE] });
      await decide(world(), waiting, await oneGate(waiting));
      const [more, less] = [await kindsOf(world(), waiting), await kindsOf(world(), passing)];
      expect(beyond(more, less)).toEqual([...message, ...TASK, ...TIMER, ...OWN].toSorted());
    },
  );
});
