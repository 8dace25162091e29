/** The kill switch and sub-agents (H7): each is a session of its own agent, and ends with what started it. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { sendKill } from '../../client/kill-orders.ts';
import { AGENT, modes } from '../support/world.ts';
import {
  AGENT_TOOLS,
  deletion,
  DONE,
  endedTrail,
  eventOf,
  newGoal,
  OPERATOR,
  research,
  RESEARCHER,
  startTree,
  treePolicy,
} from './agent-tree.ts';

const WITHIN = { withinMs: 20_000 };
const WAITS = { turns: [{ calls: [deletion('c-1')] }, DONE] } as const;

modes(
  'a kill in a tree',
  (world) => {
    test('H7: of the agent at its root ends what it has started, whose trail says who ordered it', async () => {
      const { holdpoint, oneGate } = world();
      const { root, child } = await startTree(world(), WAITS);
      await oneGate(child);
      const report = await holdpoint.kill({ agentId: AGENT }, OPERATOR, WITHIN);
      await holdpoint.liftKill({ agentId: AGENT }, OPERATOR);
      expect(report).toMatchObject({ isQuiet: true, answers: [{ status: 'stored' }] });
      const found = new Map(report.sessions.map((session) => [session.sessionId, session]));
      expect(found.get(root)).toMatchObject({ agentId: AGENT, state: 'quiet' });
      expect(found.get(child)).toMatchObject({
        agentId: RESEARCHER,
        parentSessionId: root,
        state: 'quiet',
      });
      expect(eventOf(await endedTrail(world(), child), 'cancelled')).toMatchObject({
        reviewerId: OPERATOR.operatorId,
        rationale: OPERATOR.reason,
        details: { relayedBy: root },
      });
    });

    test('H7: of a sub-agent ends its session, and what started it goes on', async () => {
      const { holdpoint, oneGate } = world();
      const { root, child } = await startTree(world(), WAITS);
      await oneGate(child);
      const report = await holdpoint.kill({ agentId: RESEARCHER }, OPERATOR, WITHIN);
      await holdpoint.liftKill({ agentId: RESEARCHER }, OPERATOR);
      expect(report).toMatchObject({
        isQuiet: true,
        sessions: [{ sessionId: child, state: 'quiet', cancel: 'taken' }],
      });
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      const events = await endedTrail(world(), child);
      expect(eventOf(events, 'cancelled').details).toBeUndefined();
    });

    test('H7: lets a killed agent start no sub-agent', async () => {
      const { holdpoint, client, taskQueue, desk, start } = world();
      const goal = newGoal();
      desk.play(goal, { turns: [DONE] });
      const order = { agentId: AGENT, ...OPERATOR };
      const send = async (verb: 'kill' | 'lift') =>
        sendKill(client, { verb, ...order }, { orderId: randomUUID(), taskQueue, ...WITHIN });
      expect(await send('kill')).toMatchObject({ status: 'stored' });
      const root = await start({ turns: [{ calls: [research(goal)] }, DONE] });
      expect(await holdpoint.result(root)).toMatchObject({ status: 'completed' });
      await send('lift');
      const events = await endedTrail(world(), root);
      expect(eventOf(events, 'not_executed')).toMatchObject({
        actionType: 'research',
        details: { code: 'KILLED' },
      });
      expect(events.map(({ eventType }) => eventType)).not.toContain('child_started');
    });
  },
  { tools: AGENT_TOOLS, policy: treePolicy },
);
