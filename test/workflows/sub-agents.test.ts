/**
 * Sub-agents: a session that starts another one as one of its actions. The child's gates are its own, in its own trail,
 * and nobody above it decides them.
 */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { SESSION_DEPTH_MAX } from '../../domain/limits.ts';
import { until } from '../support/until.ts';
import { AGENT, modes } from '../support/world.ts';
import {
  AGENT_TOOLS,
  childIn,
  childOf,
  deletion,
  DONE,
  endedTrail,
  eventOf,
  newGoal,
  research,
  RESEARCHER,
  startTree,
  treePolicy,
  typesOf,
} from './agent-tree.ts';

modes(
  'a sub-agent',
  (world) => {
    test('H1, H8: its gate is approved, its action runs once, and both trails tell it', async () => {
      const { desk, start, holdpoint, oneGate, decide } = world();
      const id = randomUUID();
      const goal = newGoal();
      desk.play(goal, { turns: [{ calls: [deletion(id)] }, { text: 'Deleted it.' }] });
      let told = '';
      const root = await start({
        turns: [
          { calls: [research(goal)] },
          ({ messages }) => {
            const last = messages.at(-1);
            told = last?.role === 'tool' ? last.text : '';
            return DONE;
          },
        ],
      });
      const child = await childOf(world(), root);
      const gate = await oneGate(child);
      expect(gate).toMatchObject({
        sessionId: child,
        agentId: RESEARCHER,
        rootSessionId: root,
        parentSessionId: root,
      });
      expect(await holdpoint.gates(root)).toEqual([]);
      await decide(child, gate, {});
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed', toolCalls: 1 });
      expect(JSON.parse(told)).toEqual({
        session: child,
        status: 'completed',
        answer: 'Deleted it.',
      });
      const ran = desk.executions.filter(({ args }) => JSON.stringify(args).includes(id));
      expect(ran).toHaveLength(1);
      expect(ran[0]?.key.startsWith(`${child}/`)).toBe(true);
      const above = await endedTrail(world(), root);
      expect(typesOf(above)).toEqual([
        'started',
        'auto_proceeded',
        'child_started',
        'child_ended',
        'executed',
        'auto_proceeded',
        'ended',
      ]);
      expect(eventOf(above, 'child_started').details).toEqual({
        childSessionId: child,
        agentId: RESEARCHER,
      });
      expect(eventOf(above, 'child_ended').details).toEqual({
        childSessionId: child,
        status: 'completed',
      });
      const below = await endedTrail(world(), child);
      expect(typesOf(below)).toContain('approved');
      expect(eventOf(below, 'started')).toMatchObject({
        agentId: RESEARCHER,
        details: { requesterId: 'requester', rootSessionId: root, parentSessionId: root },
      });
    });

    test('H6: no agent above it decides, nor does who asked for the whole', async () => {
      const { oneGate, decide, holdpoint } = world();
      const { root, child } = await startTree(world(), {
        turns: [{ calls: [deletion('c-1')] }, DONE],
      });
      const gate = await oneGate(child);
      for (const reviewerId of [AGENT, AGENT.toUpperCase(), RESEARCHER, 'requester']) {
        expect(await decide(child, gate, { reviewerId })).toMatchObject({
          status: 'refused',
          code: 'SELF_APPROVAL',
        });
      }
      await decide(child, gate, { decision: 'rejected' });
      await holdpoint.result(root);
      expect(typesOf(await endedTrail(world(), child))).not.toContain('executed');
    });

    test('H6, H8: three levels deep, the gate at the bottom is shown under the root and excludes all above', async () => {
      const { desk, start, oneGate, decide, holdpoint } = world();
      const [one, two, three] = [newGoal(), newGoal(), newGoal()];
      const id = randomUUID();
      desk.play(one, { turns: [{ calls: [research(two)] }, DONE] });
      desk.play(two, { turns: [{ calls: [research(three)] }, DONE] });
      desk.play(three, { turns: [{ calls: [deletion(id)] }, DONE] });
      const root = await start({ turns: [{ calls: [research(one)] }, DONE] });
      const first = await childOf(world(), root);
      const second = await childOf(world(), first);
      const third = await childOf(world(), second);
      const gate = await oneGate(third);
      expect(gate).toMatchObject({ rootSessionId: root, parentSessionId: second });
      const listed = await until('visibility lists it', async () => {
        const { sessions } = await holdpoint.pending({ rootSessionId: root });
        return sessions.length === 1 && sessions[0];
      });
      expect(listed).toMatchObject({
        sessionId: third,
        rootSessionId: root,
        parentSessionId: second,
        gates: [{ gateId: gate.gateId }],
      });
      expect(await holdpoint.gatesUnder(root)).toEqual([gate]);
      expect(await decide(third, gate, { reviewerId: AGENT })).toMatchObject({
        code: 'SELF_APPROVAL',
      });
      await decide(third, gate, {});
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      const ran = desk.executions.filter(({ args }) => JSON.stringify(args).includes(id));
      expect(ran).toHaveLength(1);
      for (const session of [root, first, second, third]) await endedTrail(world(), session);
    });

    test('H1: where the policy does not know it, its start waits for a person, under its own version', async () => {
      const { desk, start, oneGate, decide, holdpoint } = world();
      const goal = newGoal();
      desk.play(goal, { turns: [{ text: 'Built.' }] });
      const hire = { name: 'hire', arguments: { goal } };
      const root = await start({ turns: [{ calls: [hire] }, DONE] });
      const gate = await oneGate(root);
      expect(gate).toMatchObject({
        actionType: 'hire',
        reversibility: 'irreversible',
        description: `Starts the agent contractor: ${goal}`,
      });
      await decide(root, gate, {});
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      const trail = await endedTrail(world(), root);
      const child = childIn(eventOf(trail, 'child_started'));
      expect(await holdpoint.result(child)).toMatchObject({ answer: 'Built.' });
      const [entry] = await world().evidence.entriesOf({
        sessionId: root,
        firstExecutionRunId: gate.runId,
      });
      expect(entry).toMatchObject({ actionType: 'hire', state: 'started', oneShot: true });
    });

    test('H7: an answer that a person corrected comes back so, and a sub-agent that was cancelled as a failure', async () => {
      const { desk, start, oneGate, decide, holdpoint } = world();
      const unsure = newGoal();
      desk.play(unsure, { turns: [{ text: 'Perhaps 42.' }], confidence: '0.1' });
      const root = await start({
        turns: [{ calls: [research(unsure)] }, DONE],
      });
      // The fast model doubts whatever has to do with this goal: the call as well.
      await decide(root, await oneGate(root), {});
      const child = await childOf(world(), root);
      const gate = await oneGate(child);
      expect(gate.kind).toBe('answer');
      await decide(child, gate, { decision: 'modified', modifications: { answer: '43.' } });
      expect(await holdpoint.result(child)).toMatchObject({ answer: '43.' });
      await holdpoint.result(root);
      const other = await start({ turns: [{ calls: [research(unsure)] }, DONE] });
      await decide(other, await oneGate(other), {});
      const failing = await childOf(world(), other);
      await oneGate(failing);
      await holdpoint.cancel(failing, { operatorId: 'oscar', reason: 'no use' });
      expect(await holdpoint.result(other)).toMatchObject({ status: 'completed' });
      const trail = await endedTrail(world(), other);
      expect(eventOf(trail, 'child_ended').details).toMatchObject({
        status: 'cancelled',
        reason: 'AgentCancelled',
      });
      expect(typesOf(trail)).toContain('failed');
    });

    test('goes so deep and no deeper: nobody is asked about what can not start', async () => {
      const { desk, start, holdpoint } = world();
      const goals = Array.from({ length: SESSION_DEPTH_MAX + 1 }, newGoal);
      for (const [index, goal] of goals.entries()) {
        desk.play(goal, { turns: [{ calls: [research(goals[index + 1] ?? 'none')] }, DONE] });
      }
      const root = await start({ turns: [{ calls: [research(goals[0] ?? '')] }, DONE] });
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      let session = root;
      let depth = 0;
      for (; ; depth += 1) {
        const events = await endedTrail(world(), session);
        const below = events.find(({ eventType }) => eventType === 'child_started');
        if (below === undefined) {
          expect(eventOf(events, 'not_executed')).toMatchObject({
            actionType: 'research',
            details: { code: 'LIMIT_REACHED' },
          });
          break;
        }
        session = childIn(below);
      }
      expect(depth).toBe(SESSION_DEPTH_MAX);
    });

    test('H6: a session that is started by hand can not claim a place in a tree', async () => {
      const { client, taskQueue } = world();
      const origin = { version: 1, rootSessionId: 'another', agentIds: ['nobody'] };
      const sessionId = `by-hand-${randomUUID()}`;
      const ended = client.workflow.execute('agentSession', {
        taskQueue,
        workflowId: sessionId,
        args: [{ goal: 'x', agentId: 'y' }, origin],
      });
      await expect(ended).rejects.toMatchObject({ cause: { type: 'MALFORMED' } });
    });
  },
  { policy: treePolicy, tools: AGENT_TOOLS },
);
