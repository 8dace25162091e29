/** Runs of a tree: a parent whose history is full stays in its run while a sub-agent of it runs, and leaves after it. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes } from '../support/world.ts';
import {
  AGENT_TOOLS,
  deletion,
  endedTrail,
  OPERATOR,
  startTree,
  typesOf,
  untilPhase,
} from './agent-tree.ts';
import { currentRun, isScheduled, reset, runsOf } from './session-runs.ts';

const policy = deskPolicy({
  tools: {
    research: { reversibility: 'reversible' },
    create_draft: { reversibility: 'reversible' },
  },
  rules: [{ name: 'draft', when: { tools: ['create_draft'] }, tier: 'async_review' }],
  limits: { historyEventsMax: 50 },
});

modes(
  'a tree',
  (world) => {
    test('H7, H12: a full parent leaves its run only after its sub-agent has ended, which runs once', async () => {
      const { client, holdpoint, oneGate, decide, desk } = world();
      const id = randomUUID();
      const { root, child } = await startTree(
        world(),
        { turns: [{ calls: [deletion(id)] }, { text: 'Deleted it.' }] },
        [deletion('of-the-parent')],
      );
      const [gate, own] = [await oneGate(child), await oneGate(root)];
      const firstRun = await currentRun(client, root);
      await until('its history is full', async () => {
        await holdpoint.pause(root, OPERATOR);
        await holdpoint.resume(root, OPERATOR);
        const { historyLength } = await client.workflow.getHandle(root).describe();
        return historyLength > 60;
      });
      await untilPhase(world(), child, 'running');
      expect(await currentRun(client, root)).toBe(firstRun);
      await decide(child, gate, {});
      await until('it has left', async () => (await currentRun(client, root)) !== firstRun);
      await decide(root, own, { decision: 'rejected' });
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      expect(await runsOf(client, root)).not.toHaveLength(1);
      expect(desk.executionsOf(child)).toHaveLength(1);
      const events = await endedTrail(world(), root);
      expect(typesOf(events).filter((type) => type.startsWith('child_'))).toEqual([
        'child_started',
        'child_ended',
      ]);
    });

    test('H11, H12: a parent that is reset starts it no second time: a person says what came of it, once', async () => {
      const { client, holdpoint, oneGate, decide, desk, trail } = world();
      const id = randomUUID();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion(id)] }, { text: 'Deleted it.' }],
      });
      await decide(child, await oneGate(child), {});
      await holdpoint.result(root);
      const before = isScheduled('reserveAction');
      await reset(client, root, { runId: await currentRun(client, root), before });
      const gate = await oneGate(root);
      expect(gate).toMatchObject({ kind: 'effect', actionType: 'research' });
      await decide(root, gate, { decision: 'modified', modifications: { result: 'It did.' } });
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      // What was settled is not asked about again, and still not started.
      await reset(client, root, { runId: await currentRun(client, root), before });
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      expect(typesOf(await trail(root))).toContain('executed');
      expect(typesOf(await trail(root))).not.toContain('child_started');
      expect(desk.executionsOf(child)).toHaveLength(1);
    });

    test('H9: calls of one turn that wait, wait at the strictest tier among them, each by itself; a read does not', async () => {
      const { start, gates, decide, holdpoint, desk } = world();
      const draft = { name: 'create_draft', arguments: { text: `draft ${randomUUID()}` } };
      const looked = { name: 'research', arguments: { goal: `look ${randomUUID()}` } };
      desk.play(looked.arguments.goal, { turns: [{ text: 'Looked.' }] });
      const session = await start({
        turns: [{ calls: [draft, looked, deletion('c-1')] }, { text: 'Done.' }],
      });
      const open = await gates(session, 2);
      const [first, second] = ['create_draft', 'delete_record'].map((type) =>
        open.find(({ actionType }) => actionType === type),
      );
      if (first === undefined || second === undefined) throw new Error('Both wait');
      expect(first).toMatchObject({
        tier: 'synchronous_gate',
        rule: 'batch',
        note: 'Proposed in one turn with a call of tier synchronous_gate. By itself it is async_review, by rule draft.',
      });
      expect(second.tier).toBe('synchronous_gate');
      expect(second).not.toHaveProperty('note');
      await decide(session, first, {});
      await decide(session, second, { decision: 'rejected' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session).map(({ tool }) => tool)).toEqual(['create_draft']);
    });
  },
  { policy, tools: AGENT_TOOLS },
);
