/**
 * createHoldpoint() in workflows of a team's own: gate, ask, escalate, checkpoint and guard, with their own
 * activities. The same gate as in a session, through the same code.
 */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { CONSENT_HEADER } from '../../domain/action/consent.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { isScheduled, runsOf, scheduledCount } from './session-runs.ts';

const ran: string[] = [];

const activities = {
  look: async (id: string) => `seen ${id}`,
  pay: async ({ order, amount }: { order: string; amount: number }) => {
    ran.push(`pay ${order} ${amount}`);
    return `paid ${amount}`;
  },
  erase: async (id: string, reason: string) => {
    ran.push(`erase ${id} ${reason}`);
    return `erased ${id}`;
  },
};

const policy = deskPolicy({
  tools: {
    look: { readOnly: true },
    pay: { reversibility: 'partially_reversible', value: '/amount' },
    erase: { reversibility: 'irreversible' },
  },
});

modes(
  'createHoldpoint',
  (world) => {
    const begin = async (
      type: string,
      ...args: readonly unknown[]
    ): Promise<{ id: string; result: () => Promise<unknown> }> => {
      const { client, taskQueue } = world();
      const id = `host-${randomUUID()}`;
      const handle = await client.workflow.start(type, {
        workflowId: id,
        taskQueue,
        args: [policy, ...args],
      });
      return { id, result: () => handle.result() };
    };
    const decideOnly = async (id: string, how: Parameters<World['decide']>[2]): Promise<void> => {
      const { gates, decide } = world();
      const [gate] = await gates(id);
      if (gate === undefined) throw new Error('No gate');
      await decide(id, gate, how);
    };

    describe('guard', () => {
      test('a read passes, a small payment passes, an erasure waits and runs once approved', async () => {
        const { gates, trail } = world();
        const { id, result } = await begin('guarded');
        const [gate] = await gates(id);
        expect(gate).toMatchObject({
          actionType: 'erase',
          payload: { arg0: 'c-1', arg1: 'duplicate' },
        });
        await decideOnly(id, {});
        expect(await result()).toEqual(['seen c-1', 'paid 10', 'erased c-1']);
        const events = await trail(id);
        expect(events.filter((event) => event.eventType === 'executed')).toHaveLength(3);
      });

      test.each(['at once', 'later in the task'])(
        'H8: an action that is called off %s takes no event into the history: what its consent carried is written',
        async (when) => {
          const { client, gates, trail, wholeTrail } = world();
          const { id, result } = await begin('calledOff', when);
          await gates(id);
          // That of the open session, from the history alone: its last event may wait for the next write.
          expect((await trail(id)).map((event) => event.eventType)).toEqual(
            when === 'at once'
              ? ['started', 'auto_proceeded', 'not_executed', 'gate_presented']
              : [
                  'started',
                  'auto_proceeded',
                  'auto_proceeded',
                  'executed',
                  'not_executed',
                  'gate_presented',
                ],
          );
          await decideOnly(id, { modifications: { answer: 'no' } });
          expect(await result()).toEqual(['ActionNotExecuted', 'no']);
          await wholeTrail(id);
          const [run] = await runsOf(client, id);
          expect(run === undefined ? 0 : scheduledCount(run, 'pay')).toBe(0);
        },
      );

      test('H8: what a local activity has stored is carried by the next action, in its order', async () => {
        const { client, gates, trail, wholeTrail } = world();
        const { id, result } = await begin('lookedFirst');
        const how = { reviewerId: 'the-manager', decision: 'modified' } as const;
        await decideOnly(id, { ...how, modifications: { arg0: 'c-2' } });
        await until('the question', async () => (await gates(id))[0]?.kind === 'question');
        const [run] = await runsOf(client, id);
        const paid = run?.events.find(isScheduled('pay'))?.activityTaskScheduledEventAttributes;
        const consent = paid?.header?.fields?.[CONSENT_HEADER];
        expect(String(consent?.data)).toContain('unknown_tool');
        const types = (await trail(id)).map((event) => event.eventType);
        expect(types.slice(-5)).toEqual([
          'not_executed',
          'executed',
          'auto_proceeded',
          'executed',
          'gate_presented',
        ]);
        await decideOnly(id, { modifications: { answer: 'yes' } });
        expect(await result()).toBe('yes');
        await wholeTrail(id);
      });

      test('a modified argument by position is what runs', async () => {
        const { id, result } = await begin('guarded');
        await decideOnly(id, { decision: 'modified', modifications: { arg0: 'c-9' } });
        expect(await result()).toContain('erased c-9');
        expect(ran).toContain('erase c-9 duplicate');
      });

      test('a rejection throws ActionRejected, and only there', async () => {
        const { id, result } = await begin('guarded');
        await decideOnly(id, { decision: 'rejected', rationale: 'no' });
        expect(await result()).toEqual(['seen c-1', 'paid 10', 'ActionRejected']);
      });

      test('H12: the irreversible activity has one attempt, whatever the workflow wrote', async () => {
        const { client } = world();
        const { id, result } = await begin('guarded');
        await decideOnly(id, {});
        await result();
        const { events } = await client.workflow.getHandle(id).fetchHistory();
        const attempts = (events ?? [])
          .map((event) => event.activityTaskScheduledEventAttributes)
          .filter((scheduled) => scheduled?.activityType?.name === 'erase')
          .map((scheduled) => scheduled?.retryPolicy?.maximumAttempts);
        expect(attempts).toEqual([1]);
      });

      test('what may run again keeps the limits that its workflow wrote: only what may not has to say that it is alive', async () => {
        const { client } = world();
        const { id, result } = await begin('guarded');
        await decideOnly(id, {});
        await result();
        const { events } = await client.workflow.getHandle(id).fetchHistory();
        const heartbeats = (events ?? [])
          .map((event) => event.activityTaskScheduledEventAttributes)
          .filter((scheduled) => ['look', 'erase'].includes(scheduled?.activityType?.name ?? ''))
          .map((scheduled) => Number(scheduled?.heartbeatTimeout?.seconds ?? 0));
        expect(heartbeats).toEqual([0, 10]);
      });
    });

    test('gate: an action that the policy does not know waits, and proceeds with what was approved', async () => {
      const { id, result } = await begin('gated');
      await decideOnly(id, {});
      expect(await result()).toEqual({ proceed: true, arguments: { amount: 5 } });
    });

    test('gate: a rejection comes back as an outcome', async () => {
      const { id, result } = await begin('gated');
      await decideOnly(id, { decision: 'rejected', rationale: 'not today' });
      expect(await result()).toMatchObject({
        proceed: false,
        outcome: { status: 'rejected', rationale: 'not today' },
      });
    });

    test('ask: a person answers, or does not', async () => {
      const answered = await begin('asking');
      await decideOnly(answered.id, { modifications: { answer: 'the second' } });
      expect(await answered.result()).toBe('the second');
      const refused = await begin('asking');
      await decideOnly(refused.id, { decision: 'rejected' });
      expect(await refused.result()).toBeNull();
    });

    test('escalate: a sure answer passes, an unsure one waits', async () => {
      const sure = await begin('escalating', 0.65);
      expect(await sure.result()).toEqual({ status: 'confident', answer: 'It is 4' });
      const unsure = await begin('escalating', 0.64);
      await decideOnly(unsure.id, { decision: 'modified', modifications: { answer: 'It is 5' } });
      expect(await unsure.result()).toEqual({ status: 'modified', answer: 'It is 5' });
    });

    test('a run in which nothing is asked leaves no trail and costs no event', async () => {
      const { client, trail } = world();
      const { id, result } = await begin('untouched');
      expect(await result()).toBe('done');
      expect(await trail(id)).toEqual([]);
      const { events } = await client.workflow.getHandle(id).fetchHistory();
      expect(events).toHaveLength(5);
    });

    test('H7: a kill ends one that made a holdpoint, and sends nothing to one that did not', async () => {
      const { client, holdpoint, gates } = world();
      const ours = await begin('guarded');
      const bystander = await begin('bystander');
      await gates(ours.id);
      const olga = { operatorId: 'olga', reason: 'it erases too much' };
      const report = await holdpoint.kill({ all: true }, olga, { withinMs: 20_000 });
      await holdpoint.liftKill({ all: true }, olga);
      expect(report).toMatchObject({ isQuiet: true, answers: [{ status: 'stored' }] });
      // Of those that other tests have left as well.
      const found = new Map(report.sessions.map((session) => [session.sessionId, session]));
      expect(found.get(ours.id)).toMatchObject({ agentId: 'host-agent', state: 'quiet' });
      expect(found.has(bystander.id)).toBe(false);
      await expect(ours.result()).rejects.toMatchObject({ cause: { type: 'AgentCancelled' } });
      const handle = client.workflow.getHandle(bystander.id);
      const { events } = await handle.fetchHistory();
      const signals = events?.filter((one) => one.workflowExecutionSignaledEventAttributes != null);
      expect(signals).toEqual([]);
      await handle.signal('go');
      expect(await bystander.result()).toBe('went');
    });

    test('a workflow has one holdpoint', async () => {
      const { result } = await begin('twice');
      expect(await result()).toBe('one');
    });
  },
  {
    policy,
    activities,
    workflowsPath: fileURLToPath(new URL('host-workflows.ts', import.meta.url)),
  },
);
