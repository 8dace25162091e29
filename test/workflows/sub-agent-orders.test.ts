/**
 * Orders to the root of a tree reach the sub-agents that run (H7): each names in its own trail who gave the order, why,
 * and through which session it came. And whatever ends the root, no sub-agent is left behind without saying so.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { modes } from '../support/world.ts';
import {
  AGENT_TOOLS,
  childOf,
  deletion,
  DONE,
  endedTrail,
  eventOf,
  newGoal,
  OPERATOR,
  research,
  startTree,
  treePolicy,
  typesOf,
  untilPhase,
} from './agent-tree.ts';

const CANCELLED = { cause: { type: 'AgentCancelled', details: [OPERATOR] } };

modes(
  'orders to the root',
  (world) => {
    test('H7: a pause holds a sub-agent that waits; its decision is taken, and nothing runs before the resume', async () => {
      const { holdpoint, desk, oneGate, decide } = world();
      const id = randomUUID();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion(id)] }, DONE],
      });
      const gate = await oneGate(child);
      await holdpoint.pause(root, OPERATOR);
      await untilPhase(world(), child, 'paused');
      expect(await decide(child, gate, {})).toMatchObject({ status: 'decided' });
      expect(desk.executionsOf(child)).toEqual([]);
      await holdpoint.resume(root, { ...OPERATOR, reason: 'looked at' });
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      expect(desk.executionsOf(child)).toHaveLength(1);
      const events = await endedTrail(world(), child);
      expect(eventOf(events, 'paused')).toMatchObject({
        reviewerId: 'oscar',
        rationale: 'wrong customer',
        details: { relayedBy: root },
      });
      expect(eventOf(events, 'resumed')).toMatchObject({
        rationale: 'looked at',
        details: { relayedBy: root },
      });
    });

    test('H7: a pause holds a sub-agent that works at its next step, and reaches the one below it', async () => {
      const { holdpoint, desk, start } = world();
      const [middle, bottom] = [newGoal(), newGoal()];
      desk.play(middle, { turns: [{ calls: [research(bottom)] }, DONE] });
      desk.play(bottom, { turns: [{ calls: [deletion('c-1')] }, DONE] });
      const release = desk.holdBack(bottom);
      const root = await start({ turns: [{ calls: [research(middle)] }, DONE] });
      const child = await childOf(world(), root);
      const grandchild = await childOf(world(), child);
      await holdpoint.pause(root, OPERATOR);
      await untilPhase(world(), grandchild, 'paused');
      release();
      await until('its turn is over', async () => {
        return (await holdpoint.status(grandchild)).inFlight.length === 0;
      });
      expect(await holdpoint.gates(grandchild)).toEqual([]);
      const paused = (await holdpoint.auditTrail(grandchild)).map(({ event }) => event);
      expect(eventOf(paused, 'paused').details).toMatchObject({ relayedBy: root });
      await holdpoint.resume(root, OPERATOR);
      await until('it asks', async () => (await holdpoint.gates(grandchild)).length === 1);
      await holdpoint.cancel(root, OPERATOR);
      for (const session of [root, child, grandchild]) {
        await expect(holdpoint.result(session)).rejects.toMatchObject(CANCELLED);
      }
    });

    test('H7: what is paused starts no sub-agent', async () => {
      const { holdpoint, desk, start } = world();
      const goal = newGoal();
      desk.play(goal, { turns: [{ text: 'Found it.' }] });
      const own = newGoal();
      const release = desk.holdBack(own);
      const root = await start({ turns: [{ calls: [research(goal)] }, DONE] }, { goal: own });
      await until('its turn runs', async () => {
        return (await holdpoint.status(root)).inFlight.length === 1;
      });
      await holdpoint.pause(root, OPERATOR);
      release();
      await until('its turn is over', async () => {
        return (await holdpoint.status(root)).inFlight.length === 0;
      });
      const before = (await holdpoint.auditTrail(root)).map(({ event }) => event);
      expect(typesOf(before)).not.toContain('child_started');
      await holdpoint.resume(root, OPERATOR);
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      expect(typesOf(await endedTrail(world(), root))).toContain('child_started');
    });

    test('H7: an operator who paused the sub-agent itself is not overruled by the resume of its root', async () => {
      const { holdpoint, oneGate } = world();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion('c-1')] }, DONE],
      });
      await oneGate(child);
      await holdpoint.pause(root, OPERATOR);
      await untilPhase(world(), child, 'paused');
      expect(
        await holdpoint.pause(child, { operatorId: 'olga', reason: 'this one' }),
      ).toMatchObject({ status: 'done', phase: 'paused' });
      await holdpoint.resume(root, OPERATOR);
      await until('the word has arrived', async () => {
        const events = (await holdpoint.auditTrail(child)).map(({ event }) => event);
        return events.some(({ details }) => details?.['unchanged'] === true);
      });
      expect((await holdpoint.status(child)).phase).toBe('paused');
      await holdpoint.resume(child, OPERATOR);
      await untilPhase(world(), child, 'running');
      await holdpoint.cancel(root, OPERATOR);
      await expect(holdpoint.result(root)).rejects.toMatchObject(CANCELLED);
    });

    test('H7: a cancel withdraws the gates of a sub-agent that waits, and the root ends after it', async () => {
      const { holdpoint, oneGate, decide } = world();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion('c-1')] }, DONE],
      });
      const gate = await oneGate(child);
      await holdpoint.cancel(root, OPERATOR);
      await expect(holdpoint.result(root)).rejects.toMatchObject(CANCELLED);
      await expect(holdpoint.result(child)).rejects.toMatchObject(CANCELLED);
      const below = await endedTrail(world(), child);
      expect(typesOf(below).slice(-3)).toEqual(['cancelled', 'withdrawn', 'ended']);
      expect(eventOf(below, 'cancelled')).toMatchObject({
        reviewerId: 'oscar',
        details: { relayedBy: root },
      });
      const above = await endedTrail(world(), root);
      expect(typesOf(above).slice(-4)).toEqual(['cancelled', 'child_ended', 'failed', 'ended']);
      expect(eventOf(above, 'child_ended').details).toEqual({
        childSessionId: child,
        status: 'cancelled',
        reason: 'AgentCancelled',
      });
      expect(await decide(child, gate, {})).toMatchObject({ code: 'WITHDRAWN' });
    });

    test('H7: a cancel awaits what a sub-agent does that can not be undone', async () => {
      const { holdpoint, desk, oneGate, decide } = world();
      const id = randomUUID();
      const release = desk.holdBack(id);
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion(id)] }, DONE],
      });
      await decide(child, await oneGate(child), {});
      await until('it runs', () => desk.executionsOf(child).length === 1);
      await holdpoint.cancel(root, OPERATOR);
      await until('the order has arrived', async () => {
        return (await holdpoint.status(child)).phase !== 'running';
      });
      release();
      await expect(holdpoint.result(root)).rejects.toMatchObject(CANCELLED);
      expect(typesOf(await endedTrail(world(), child)).slice(-3)).toEqual([
        'cancelled',
        'executed',
        'ended',
      ]);
    });

    test('H7: a cancel unblocks a tree that is paused', async () => {
      const { holdpoint, oneGate } = world();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion('c-1')] }, DONE],
      });
      await oneGate(child);
      await holdpoint.pause(root, OPERATOR);
      await holdpoint.cancel(root, OPERATOR);
      await expect(holdpoint.result(root)).rejects.toMatchObject(CANCELLED);
      await expect(holdpoint.result(child)).rejects.toMatchObject(CANCELLED);
      const orders = ['paused', 'cancelled'];
      const given = typesOf(await endedTrail(world(), child)).filter((type) =>
        orders.includes(type),
      );
      expect(given).toEqual(orders);
    });

    test("H7: Temporal's own cancellation of the root reaches its sub-agents", async () => {
      const { client, holdpoint, oneGate } = world();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion('c-1')] }, DONE],
      });
      await oneGate(child);
      await client.workflow.getHandle(root).cancel();
      const canceled = { cause: { name: 'CancelledFailure' } };
      await expect(holdpoint.result(root)).rejects.toMatchObject(canceled);
      await expect(holdpoint.result(child)).rejects.toMatchObject(canceled);
      expect(typesOf(await endedTrail(world(), child))).toContain('withdrawn');
      await endedTrail(world(), root);
    });

    test('a root that is terminated leaves no sub-agent waiting: its gates are withdrawn, its evidence stored', async () => {
      const { client, holdpoint, oneGate } = world();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion('c-1')] }, DONE],
      });
      await oneGate(child);
      await client.workflow.getHandle(root).terminate('gone');
      await expect(holdpoint.result(child)).rejects.toMatchObject({
        cause: { name: 'CancelledFailure' },
      });
      expect(typesOf(await endedTrail(world(), child)).slice(-3)).toEqual([
        'cancelled',
        'withdrawn',
        'ended',
      ]);
    });

    test('an instruction reaches the sub-agents that run, and the agent is told', async () => {
      const { holdpoint, desk, start, oneGate, decide } = world();
      const goal = newGoal();
      const told: string[] = [];
      desk.play(goal, {
        turns: [
          { calls: [deletion('c-1')] },
          ({ messages }) => {
            told.push(...messages.flatMap((one) => (one.role === 'user' ? one.text : [])));
            return DONE;
          },
        ],
      });
      const root = await start({ turns: [{ calls: [research(goal)] }, DONE] });
      const child = await childOf(world(), root);
      const gate = await oneGate(child);
      await holdpoint.instruct(root, { ...OPERATOR, message: 'mind the archive' });
      await until('it has arrived', async () => {
        const events = (await holdpoint.auditTrail(child)).map(({ event }) => event);
        return typesOf(events).includes('instructed');
      });
      await decide(child, gate, { decision: 'rejected' });
      await holdpoint.result(root);
      expect(told).toEqual(['Instruction from the operator: mind the archive']);
      expect(eventOf(await endedTrail(world(), child), 'instructed')).toMatchObject({
        reviewerId: 'oscar',
        details: { message: 'mind the archive', relayedBy: root },
      });
    });
  },
  { policy: treePolicy, tools: AGENT_TOOLS },
);
