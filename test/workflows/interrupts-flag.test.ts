/**
 * An interrupt that meets an action which is scheduled and has not started (H7): no worker had room for it yet. A worker
 * that runs workflows and takes no activity makes that moment last; then the ordinary one comes back and takes both the
 * action and what the interrupt left.
 */
import { NativeConnection, Worker } from '@temporalio/worker';
import { describe, expect, inject, test } from 'vitest';
import { evidenceActivities } from '../../activities/evidence-activities.ts';
import { createToolRegistry } from '../../activities/tool-registry.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { AGENT, modes, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'looks odd' };

/** Runs `during` while workflows run and no activity starts. */
async function whileNoActivityStarts(world: World, during: () => Promise<void>): Promise<void> {
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  const { evidence, desk, taskQueue } = world;
  const worker = await Worker.create({
    connection,
    namespace: inject('temporalNamespace'),
    taskQueue,
    workflowBundle: { codePath: inject('workflowBundlePath') },
    activities: evidenceActivities({
      evidence,
      registry: createToolRegistry(desk.tools),
      policy: deskPolicy(),
    }),
    enableNonLocalActivities: false,
    stickyQueueScheduleToStartTimeout: '1 second',
  });
  await world.stopWorker();
  try {
    await worker.runUntil(during);
  } finally {
    await connection.close();
    await world.startWorker();
  }
}

async function pendingActivities({ client }: World, sessionId: string): Promise<readonly string[]> {
  const { raw } = await client.workflow.getHandle(sessionId).describe();
  return (raw.pendingActivities ?? []).map((one) => one.activityType?.name ?? '');
}

/** A session whose approved deletion is scheduled and not started, when `during` runs. */
async function withScheduledDeletion(
  world: World,
  during: (session: string) => Promise<void>,
): Promise<string> {
  const { start, oneGate, decide } = world;
  const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
  const gate = await oneGate(session);
  await whileNoActivityStarts(world, async () => {
    expect(await decide(session, gate, {})).toMatchObject({ status: 'decided' });
    await until('the deletion is scheduled', async () =>
      (await pendingActivities(world, session)).includes('delete_record'),
    );
    await during(session);
  });
  return session;
}

modes('an action that is scheduled and has not started', (world) => {
  describe('when the session is paused', () => {
    test('H7: it is in flight by the status, refused when it reserves, and runs once after the resume', async () => {
      const { holdpoint, desk, wholeTrail } = world();
      const session = await withScheduledDeletion(world(), async (id) => {
        await holdpoint.pause(id, OPERATOR);
        expect(await holdpoint.status(id)).toMatchObject({
          phase: 'paused',
          inFlight: [{ workId: '1/1', actionType: 'delete_record' }],
        });
      });
      await until('the deletion was given back', async () => {
        const { inFlight } = await holdpoint.status(session);
        return inFlight.length === 0;
      });
      expect(desk.executionsOf(session)).toEqual([]);
      expect((await wholeTrail(session)).map((e) => e.eventType)).not.toContain('executed');
      await holdpoint.resume(session, OPERATOR);
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      await wholeTrail(session);
    });
  });

  describe('when its agent is killed', () => {
    test('H7: it is in flight by the list, refused when it reserves, and never runs', async () => {
      const { holdpoint, desk, wholeTrail } = world();
      const session = await withScheduledDeletion(world(), async (id) => {
        const report = await holdpoint.kill({ agentId: AGENT }, OPERATOR, { withinMs: 3_000 });
        expect(report).toMatchObject({
          isQuiet: false,
          answers: [{ status: 'stored' }],
          sessions: [
            { sessionId: id, state: 'not_quiet', inFlight: [{ actionType: 'delete_record' }] },
          ],
        });
      });
      await expect(holdpoint.result(session)).rejects.toMatchObject({
        cause: { type: 'AgentCancelled' },
      });
      await holdpoint.liftKill({ agentId: AGENT }, OPERATOR);
      expect(desk.executionsOf(session)).toEqual([]);
      expect((await wholeTrail(session)).find((e) => e.eventType === 'not_executed')).toMatchObject(
        { actionType: 'delete_record', details: { code: 'KILLED' } },
      );
    });
  });

  describe('when the session is cancelled', () => {
    test('H7: it is refused when it reserves, never runs, and the trail says why', async () => {
      const { holdpoint, desk, wholeTrail } = world();
      const session = await withScheduledDeletion(world(), async (id) => {
        await holdpoint.cancel(id, OPERATOR);
      });
      await expect(holdpoint.result(session)).rejects.toMatchObject({
        cause: { type: 'AgentCancelled' },
      });
      expect(desk.executionsOf(session)).toEqual([]);
      const events = await wholeTrail(session);
      expect(events.map((e) => e.eventType)).toEqual([
        'started',
        'gate_presented',
        'approved',
        'cancelled',
        'not_executed',
        'ended',
      ]);
      expect(events.find((e) => e.eventType === 'not_executed')).toMatchObject({
        actionType: 'delete_record',
        details: { code: 'SESSION_CLOSED' },
      });
    });
  });
});
