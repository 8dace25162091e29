/**
 * After a no, and under a flood, on a real server: what was rejected is refused without asking, so many rejections in a row
 * or gates within an hour pause the session with all that works for it, and an operator lets it go on.
 */
import { expect, test } from 'vitest';
import type { AuditEvent } from '../../domain/index.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import { AGENT_TOOLS, childOf, newGoal, research, treePolicyWith } from './agent-tree.ts';

const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'I have looked at it' };
const NO = { decision: 'rejected', rationale: 'not this customer' } as const;

function told(events: readonly AuditEvent[]): readonly string[] {
  return events
    .filter(({ eventType }) => !['started', 'auto_proceeded', 'ended'].includes(eventType))
    .map(({ eventType, reviewerId = '' }) => `${eventType} ${reviewerId}`.trim());
}

/** The gate after this one. */
async function nextGate({ oneGate }: World, session: string, before = '') {
  return until('the next gate', async () => {
    const gate = await oneGate(session);
    return gate.gateId !== before && gate;
  });
}

async function untilPaused({ holdpoint }: World, session: string) {
  return until(`${session} is paused`, async () => {
    const status = await holdpoint.status(session);
    return status.phase === 'paused' && status;
  });
}

modes(
  'after a no',
  (world) => {
    test('the same call is refused with the reason, nobody is asked; other arguments ask', async () => {
      const { start, decide, holdpoint, desk, wholeTrail } = world();
      const heard: string[] = [];
      const session = await start({
        turns: [
          { calls: [deletion('c-1')] },
          { calls: [deletion('c-1')] },
          ({ messages }) => {
            heard.push(messages.at(-1)?.text ?? '');
            return { calls: [deletion('c-2')] };
          },
          DONE,
        ],
      });
      const first = await nextGate(world(), session);
      await decide(session, first, NO);
      const second = await nextGate(world(), session, first.gateId);
      expect(second.payload).toEqual({ id: 'c-2' });
      expect(heard[0]).toContain('nobody is asked again. not this customer');
      await decide(session, second, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session).map(({ args }) => args)).toEqual([{ id: 'c-2' }]);
      const trail = await wholeTrail(session);
      expect(told(trail)).toEqual([
        'gate_presented',
        'rejected rita',
        'not_executed',
        'gate_presented',
        'approved rita',
        'executed',
      ]);
      expect(trail.find(({ eventType }) => eventType === 'not_executed')).toMatchObject({
        actionId: '2/1',
        details: { code: 'REJECTED_BEFORE', rejectedAt: first.gateId },
      });
    });

    test('two in a row pause the session for a person, who lets it go on', async () => {
      const { start, decide, holdpoint, wholeTrail, desk } = world();
      const session = await start({
        turns: [
          { calls: [deletion('c-1')] },
          { calls: [deletion('c-2')] },
          { calls: [deletion('c-3')] },
          DONE,
        ],
      });
      const first = await nextGate(world(), session);
      await decide(session, first, NO);
      const second = await nextGate(world(), session, first.gateId);
      await decide(session, second, NO);
      expect(await untilPaused(world(), session)).toMatchObject({
        pausedBy: 'policy',
        pausedReason: expect.stringContaining('2 proposals in a row were rejected'),
        openGates: 0,
      });
      await holdpoint.resume(session, OPERATOR);
      const third = await nextGate(world(), session, second.gateId);
      await decide(session, third, {});
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      expect(told(await wholeTrail(session))).toEqual([
        'gate_presented',
        'rejected rita',
        'gate_presented',
        'rejected rita',
        'paused policy',
        'resumed oscar',
        'gate_presented',
        'approved rita',
        'executed',
      ]);
    });
  },
  { policy: deskPolicy({ afterRejection: { pauseAfter: 2 } }) },
);

modes(
  'a session that asks for more than anybody reads',
  (world) => {
    const many = ['a', 'b', 'c'].map((id) => deletion(id));

    test('is paused with its gates open; they can be decided, and run after the resume', async () => {
      const { start, gates, decide, holdpoint, desk, wholeTrail } = world();
      const session = await start({ turns: [{ calls: many }, DONE] });
      const open = await gates(session, 3);
      expect(await untilPaused(world(), session)).toMatchObject({
        pausedBy: 'policy',
        pausedReason: 'More than 2 gates within an hour, 3 of them open: nobody can read that.',
      });
      for (const gate of open) {
        expect(await decide(session, gate, {})).toMatchObject({ status: 'decided' });
      }
      expect(desk.executionsOf(session)).toEqual([]);
      await holdpoint.resume(session, OPERATOR);
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(3);
      const trail = await wholeTrail(session);
      const fast = trail.filter(({ details }) => details?.['tooFast'] !== undefined);
      expect(fast.map(({ eventType }) => eventType)).toEqual(['approved', 'approved', 'approved']);
    });
  },
  { policy: deskPolicy({ overload: { gatesPerHour: 2 } }) },
);

modes(
  'a session that its policy pauses, and that has sub-agents',
  (world) => {
    test('H7: pauses them as well, and resumes them', async () => {
      const { start, gates, oneGate, decide, holdpoint, desk, trail } = world();
      const goal = newGoal();
      desk.play(goal, { turns: [{ calls: [deletion('below')] }, DONE] });
      const calls = [research(goal), deletion('a'), deletion('b')];
      const root = await start({ turns: [{ calls }, DONE] });
      const child = await childOf(world(), root);
      for (const gate of await gates(root, 2)) await decide(root, gate, NO);
      await untilPaused(world(), root);
      expect(await untilPaused(world(), child)).toMatchObject({ pausedBy: 'policy' });
      const paused = (await trail(child)).find(({ eventType }) => eventType === 'paused');
      expect(paused?.details).toMatchObject({ relayedBy: root });
      await holdpoint.resume(root, OPERATOR);
      const below = await oneGate(child);
      await decide(child, below, {});
      await holdpoint.result(root);
      expect(desk.executionsOf(child)).toHaveLength(1);
    });
  },
  { policy: treePolicyWith({ afterRejection: { pauseAfter: 2 } }), tools: AGENT_TOOLS },
);
