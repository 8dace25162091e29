/** The kill switch and workflows that know nothing of Holdpoint: what they are told, and which of them are ended. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sendKill } from '../../client/kill-orders.ts';
import { until } from '../support/until.ts';
import { openPluginWorld, type PluginWorld } from './plugin-world.ts';

const OLGA = { operatorId: 'olga', reason: 'it publishes too much' };
const WITHIN = { withinMs: 20_000 };

let world: PluginWorld;
beforeAll(async () => {
  world = await openPluginWorld();
});
afterAll(async () => world.close());

/** The flag alone: no workflow is told anything. */
async function flag(verb: 'kill' | 'lift', agentId: string): Promise<void> {
  const { client, taskQueue } = world;
  const sending = { orderId: randomUUID(), taskQueue, ...WITHIN };
  const answer = await sendKill(client, { verb, agentId, ...OLGA }, sending);
  expect(answer).toMatchObject({ status: 'stored' });
}

async function typesOf({ workflowId }: WorkflowHandle): Promise<readonly string[]> {
  const trail = await world.people.auditTrail(workflowId);
  return trail.map(({ event }) => event.eventType);
}

describe('a held call of a killed workflow', () => {
  test('H7: fails as calls of its kind fail, by its code, and opens no further gate', async () => {
    const { start, gates, decide, ran } = world;
    const handle = await start('catching');
    const open = await gates(handle.workflowId, 2);
    await flag('kill', 'catching');
    for (const gate of open) await decide(handle.workflowId, gate);
    expect(await handle.result()).toEqual(['ActivityFailure: KILLED', 'ActivityFailure: KILLED']);
    await flag('lift', 'catching');
    expect(ran.filter((line) => /^(charge|erase)/.test(line))).toEqual([]);
    const trail = await world.people.auditTrail(handle.workflowId);
    const refused = trail.filter(({ event }) => event.eventType === 'not_executed');
    expect(refused.map(({ event }) => event.details)).toEqual([
      { code: 'KILLED' },
      { code: 'KILLED' },
    ]);
    expect((await typesOf(handle)).filter((type) => type === 'gate_presented')).toHaveLength(2);
  });

  test('H7: does not start as a child workflow, nor on another task queue', async () => {
    const { start, gates, decide } = world;
    const launching = await start('launching');
    const elsewhere = await start('elsewhere', `nobody-${randomUUID()}`);
    const open = await Promise.all(
      [launching, elsewhere].map(({ workflowId }) => gates(workflowId)),
    );
    for (const agent of ['launching', 'elsewhere']) await flag('kill', agent);
    for (const [n, { workflowId }] of [launching, elsewhere].entries()) {
      for (const gate of open[n] ?? []) await decide(workflowId, gate);
    }
    expect(await launching.result()).toEqual(['ChildWorkflowFailure: ActionNotExecuted']);
    await expect(elsewhere.result()).rejects.toMatchObject({
      cause: { cause: { type: 'ActionNotExecuted', details: [{ code: 'KILLED' }] } },
    });
    for (const agent of ['launching', 'elsewhere']) await flag('lift', agent);
  });
});

describe('a kill', () => {
  test('H7: ends a workflow that Holdpoint had nothing to do with, and none of another type', async () => {
    const { start, people } = world;
    const untouched = await start('scheduled', 'wait a minute');
    const other = await start('polling', 'other');
    await world.gates(other.workflowId);
    const report = await people.kill({ agentId: 'scheduled' }, OLGA, WITHIN);
    expect(report).toMatchObject({
      isQuiet: true,
      answers: [{ status: 'stored' }],
      sessions: [
        {
          sessionId: untouched.workflowId,
          workflowType: 'scheduled',
          agentId: 'scheduled',
          state: 'quiet',
          cancel: 'taken',
        },
      ],
    });
    await expect(untouched.result()).rejects.toMatchObject({
      cause: { type: 'AgentCancelled', details: [OLGA] },
    });
    expect(await people.status(other.workflowId)).toMatchObject({ openGates: 1 });
    await people.liftKill({ agentId: 'scheduled' }, OLGA);
    await people.cancel(other.workflowId, OLGA);
  });

  test('H7: lists a workflow that cleans up as not quiet, and its clean-up does not act', async () => {
    const { start, gates, decide, people, ran } = world;
    const handle = await start('cleaning');
    await gates(handle.workflowId);
    const report = await people.kill({ all: true }, OLGA, { withinMs: 4_000 });
    expect(report).toMatchObject({
      isQuiet: false,
      answers: [{ status: 'stored' }],
      sessions: [{ sessionId: handle.workflowId, state: 'not_quiet', cancel: 'taken' }],
    });
    expect(await people.status(handle.workflowId)).toMatchObject({
      cancelledBy: 'olga',
      cancelledReason: OLGA.reason,
    });
    const [cleanUp] = await until('the clean-up asks', async () => {
      const open = await people.gates(handle.workflowId);
      return open.length > 0 && open;
    });
    if (cleanUp === undefined) throw new Error('One gate is one gate');
    expect(cleanUp).toMatchObject({ actionType: 'erase' });
    await decide(handle.workflowId, cleanUp);
    await expect(handle.result()).rejects.toThrow();
    expect(ran).not.toContain('erase all cleaning up');
    await people.liftKill({ all: true }, OLGA);
  });
});
