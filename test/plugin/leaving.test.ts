/** How a run ends while calls of it wait: what was asked is withdrawn, what was let go and never started says so (H7). */
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { verifyChain } from '../../domain/index.ts';
import { type HoldpointMemo, MEMO_KEY } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { pluginModes, type PluginWorld } from './plugin-world.ts';

const OLGA = { operatorId: 'olga', reason: 'a look at it' };
const workflowsPath = fileURLToPath(new URL('./leaving-workflows.ts', import.meta.url));

interface Ending {
  readonly how: string;
  readonly status: string;
}

const ENDINGS: readonly Ending[] = [
  { how: 'complete', status: 'COMPLETED' },
  { how: 'fail', status: 'FAILED' },
  { how: 'continue', status: 'CONTINUED_AS_NEW' },
];

async function ended(
  world: PluginWorld,
  run: { readonly handle: WorkflowHandle; readonly runId: string },
  status: string,
): Promise<readonly { readonly eventType: string; readonly details?: unknown }[]> {
  const { workflowId } = run.handle;
  const first = world.client.workflow.getHandle(workflowId, run.runId);
  await until(`${workflowId} as ${status}`, async () => {
    return (await first.describe()).status.name === status;
  });
  const trail = await world.people.auditTrail(workflowId);
  expect(verifyChain(trail.map(({ event }) => event))).toBeUndefined();
  return trail.filter(({ runId }) => runId === run.runId).map(({ event }) => event);
}

pluginModes(
  'a workflow that leaves calls behind',
  (world) => {
    describe.each(ENDINGS)('when it ends by: $how', ({ how, status }) => {
      test('H7: their open gates are withdrawn, and nothing of them runs', async () => {
        const handle = await world().start('leaving', how);
        const { runId } = await handle.describe();
        const [gate] = await world().gates(handle.workflowId);
        await handle.signal('go', 'on');
        const events = await ended(world(), { handle, runId }, status);
        expect(events.slice(0, 2)).toMatchObject([
          { eventType: 'gate_presented', gateId: gate?.gateId },
          { eventType: 'withdrawn', gateId: gate?.gateId },
        ]);
        expect(events.filter(({ eventType }) => eventType === 'executed')).toEqual([]);
        expect(world().ran).not.toContain(`publish ${how} 1`);
      });

      test('H7: what was approved while it was paused is not executed, and says so', async () => {
        const handle = await world().start('leaving', how);
        const { runId } = await handle.describe();
        const [gate] = await world().gates(handle.workflowId);
        if (gate === undefined) throw new Error('No gate');
        await world().people.pause(handle.workflowId, OLGA);
        expect(await world().decide(handle.workflowId, gate)).toMatchObject({ status: 'decided' });
        await handle.signal('go', 'on');
        const events = await ended(world(), { handle, runId }, status);
        const ofGate = events.filter((event) => 'gateId' in event && event.gateId === gate.gateId);
        expect(ofGate).toMatchObject([
          { eventType: 'gate_presented' },
          { eventType: 'approved' },
          { eventType: 'not_executed', details: { code: 'SESSION_CLOSED' } },
        ]);
        expect(world().ran).not.toContain(`publish ${how} 1`);
      });
    });

    test('H8: the memo of a run that continues another shows no gate of that one, and is there from its start', async () => {
      const handle = await world().start('leaving', 'continue');
      const [gate] = await world().gates(handle.workflowId);
      await handle.signal('go', 'on');
      const latest = world().client.workflow.getHandle(handle.workflowId);
      const next = await until('the gate of the next run', async () => {
        const [open] = await world().people.gates(handle.workflowId);
        return open !== undefined && open.gateId !== gate?.gateId && open;
      });
      const { events } = await latest.fetchHistory();
      const fields = events?.[0]?.workflowExecutionStartedEventAttributes?.memo?.fields ?? {};
      expect(Object.keys(fields)).toContain(MEMO_KEY);
      const memo = (await latest.describe()).memo?.[MEMO_KEY] as HoldpointMemo | undefined;
      expect(JSON.stringify(memo)).toContain(next.gateId);
      expect(JSON.stringify(memo)).not.toContain(gate?.gateId ?? 'no gate');
      await latest.signal('go', 'on');
      expect(await latest.result()).toBe('ended 2');
    });
  },
  { workflowsPath },
);

/** Approves what waits in a workflow, while the one below it has not started. */
async function approveOne(
  { people, client, decide }: PluginWorld,
  sessionId: string,
  { below }: { readonly below: string | undefined },
): Promise<void> {
  // It may not have started yet.
  const open = async () => people.gates(sessionId).catch(() => []);
  const gate = await until(`a gate of ${sessionId}`, async () => (await open())[0]);
  if (below !== undefined)
    await expect(client.workflow.getHandle(below).describe()).rejects.toThrow();
  await decide(sessionId, gate);
  await until('its end', async () => (await open()).every(({ gateId }) => gateId !== gate.gateId));
}

pluginModes(
  'a workflow with messages of its own',
  (world) => {
    test('H6: its handlers of our names do not displace ours', async () => {
      const handle = await world().start('clashing');
      const [gate] = await world().gates(handle.workflowId);
      if (gate === undefined) throw new Error('No gate');
      await handle.signal('holdpoint_pause', OLGA);
      await until('the pause', async () =>
        (await world().people.auditTrail(handle.workflowId)).some(
          ({ event }) => event.eventType === 'paused',
        ),
      );
      await world().people.resume(handle.workflowId, OLGA);
      const { gateId, runId, payloadDigest } = gate;
      const decision = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rita' };
      await handle.signal('holdpoint_decide', { ...decision, decisionId: 'd-1' });
      expect(await handle.result()).toEqual(['publish clash']);
    });

    test('gets what was sent before it had a handler, after its call was let go', async () => {
      const handle = await world().start('early');
      await handle.signal('late', 'hello');
      expect(await world().approveAll(handle)).toEqual(['publish early', 'hello']);
    });

    test('takes with a default handler what is not ours, and only that', async () => {
      const handle = await world().start('catchAll');
      await world().gates(handle.workflowId);
      await handle.signal('somebodyElses', 1);
      expect(await world().approveAll(handle)).toEqual(['publish defaults', 'somebodyElses']);
    });

    test('H1: with a gate at each of three levels asks at each, and starts the next only after it', async () => {
      const handle = await world().start('gatedNest', 3);
      const id = handle.workflowId;
      const levels = [id, `${id}/2`, `${id}/2/1`, `${id}/2/1/0`];
      for (const [index, sessionId] of levels.entries()) {
        const below = levels[index + 1];
        // The call, and then the child workflow, which the policy does not name.
        await approveOne(world(), sessionId, { below });
        if (below !== undefined) await approveOne(world(), sessionId, { below });
      }
      expect(await handle.result()).toEqual([3, 2, 1, 0].map((level) => `publish level ${level}`));
    }, 60_000);
  },
  { workflowsPath },
);
