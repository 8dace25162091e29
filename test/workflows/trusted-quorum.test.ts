/**
 * Several people decide, on a real server: by update and by signal, each one audited; one no ends it; what one changes the
 * others approve; answers and effects as well. And a policy under which who changes a payload does not approve it.
 */
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../domain/index.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const PUBLISH = { name: 'publish_publicly', arguments: { text: 'Hello' } };
const DONE = { text: 'All done.' };

const base = { respondWithinMs: 300_000, onNoResponse: 'reject' } as const;
const TEAM = ['rita', 'rita-alt', 'bob', 'carla'] as const;
const PAIR = { ...base, route: 'two of three', reviewers: TEAM, quorum: 2 } as const;
const people = { rita: { accounts: ['rita-alt'] }, bob: {}, carla: {}, requester: {} };
const tiers = [
  { ...base, name: 'async_review', route: 'desk', reviewers: TEAM },
  { ...PAIR, name: 'synchronous_gate' },
  { ...PAIR, name: 'escalation' },
] as const;
const POLICY = deskPolicy({ people, tiers });

/** What people and machines did at gates, in a line each. */
function told(events: readonly AuditEvent[]): readonly string[] {
  return events
    .filter(({ gateId }) => gateId !== undefined)
    .map(({ eventType, reviewerId = '' }) => `${eventType} ${reviewerId}`.trim());
}

async function stored({ evidence }: World, session: string): Promise<readonly AuditEvent[]> {
  const [key] = await evidence.sessions(session);
  if (key === undefined) throw new Error('It is stored');
  return (await evidence.events(key)).map(({ event }) => event);
}

modes(
  'a quorum',
  (world) => {
    test('H1: two of three, by update and by signal: one action, each vote in trail and evidence', async () => {
      const { client, start, oneGate, decide, holdpoint, desk, wholeTrail } = world();
      const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
      const gate = await oneGate(session);
      expect(gate).toMatchObject({ decisionsNeeded: 2, votes: [] });
      const first = { reviewerId: 'rita', decisionId: 'by-rita', rationale: 'checked' };
      const recorded = { status: 'recorded', votes: 1, needed: 2 };
      expect(await decide(session, gate, first)).toMatchObject(recorded);
      expect(await decide(session, gate, first)).toMatchObject(recorded);
      expect(await decide(session, gate, { reviewerId: 'rita-alt' })).toMatchObject({
        code: 'ALREADY_VOTED',
      });
      expect(await decide(session, gate, { reviewerId: 'requester' })).toMatchObject({
        code: 'SELF_APPROVAL',
      });
      expect(desk.executionsOf(session)).toEqual([]);
      expect((await oneGate(session)).votes).toMatchObject([
        { reviewerId: 'rita', proof: 'claimed' },
      ]);
      const listed = await until('the vote is listed', async () => {
        for await (const one of holdpoint.everyPending()) {
          if (one.sessionId === session && one.gates[0]?.votesCount === 1) return one;
        }
        return undefined;
      });
      expect(listed.gatesCount).toBe(1);
      const { gateId, runId, payloadDigest } = gate;
      await client.workflow.getHandle(session).signal(SIGNALS.decide, {
        gateId,
        runId,
        payloadDigest,
        decision: 'approved',
        reviewerId: 'bob',
      });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const trail = await wholeTrail(session);
      expect(told(trail)).toEqual([
        'gate_presented',
        'voted rita',
        'decision_refused rita-alt',
        'decision_refused requester',
        'approved bob',
        'executed',
      ]);
      const approved = trail.find(({ eventType }) => eventType === 'approved');
      expect(approved?.details).toMatchObject({ with: ['by-rita'] });
      expect(await stored(world(), session)).toEqual(trail);
      // Whoever voted hears how it ended, also now.
      expect(await decide(session, gate, first)).toMatchObject({
        status: 'decided',
        outcome: { status: 'approved', reviewerId: 'bob' },
      });
    });

    test('one no ends it, and the agent is told', async () => {
      const { start, oneGate, decide, holdpoint, desk } = world();
      const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
      const gate = await oneGate(session);
      await decide(session, gate, { reviewerId: 'rita' });
      const no = { reviewerId: 'carla', decision: 'rejected', rationale: 'wrong one' } as const;
      expect(await decide(session, gate, no)).toMatchObject({ status: 'decided' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toEqual([]);
    });

    test('H5: what one changes, two approve; who changed it may be one of them', async () => {
      const { start, oneGate, decide, holdpoint, desk, wholeTrail } = world();
      const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
      const gate = await oneGate(session);
      await decide(session, gate, { reviewerId: 'bob' });
      const change = {
        decision: 'modified',
        modifications: { id: 'c-2' },
        reviewerId: 'rita',
      } as const;
      await decide(session, gate, change);
      const again = await until('the new gate', async () => {
        const one = await oneGate(session);
        return one.gateId !== gate.gateId && one;
      });
      expect(again).toMatchObject({
        payload: { id: 'c-2' },
        votes: [],
        note: 'Changed by rita: 2 people approve what it is now.',
      });
      expect(await decide(session, again, { reviewerId: 'rita' })).toMatchObject({ votes: 1 });
      await decide(session, again, { reviewerId: 'carla' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session).map(({ args }) => args)).toEqual([{ id: 'c-2' }]);
      expect(told(await wholeTrail(session))).toEqual([
        'gate_presented',
        'voted bob',
        'modified rita',
        'gate_presented',
        'voted rita',
        'approved carla',
        'executed',
      ]);
    });

    test('an answer that is not sure enough: corrected by one, approved by two', async () => {
      const { start, oneGate, decide, holdpoint } = world();
      const session = await start({ turns: [{ text: 'Perhaps.' }], confidence: '0.2' });
      const gate = await oneGate(session);
      expect(gate).toMatchObject({ kind: 'answer', decisionsNeeded: 2 });
      const change = { decision: 'modified', modifications: { answer: 'Surely.' } } as const;
      await decide(session, gate, { reviewerId: 'rita', ...change });
      const again = await until('the corrected answer', async () => {
        const one = await oneGate(session);
        return one.gateId !== gate.gateId && one;
      });
      expect(again.payload).toMatchObject({ answer: 'Surely.' });
      await decide(session, again, { reviewerId: 'bob' });
      await decide(session, again, { reviewerId: 'carla' });
      expect(await holdpoint.result(session)).toMatchObject({
        status: 'completed',
        answer: 'Surely.',
      });
    });

    test('H11: what happened is said by two, and what one says that it brought the others confirm', async () => {
      const { start, oneGate, decide, holdpoint, desk, wholeTrail } = world();
      const session = await start({ turns: [{ calls: [PUBLISH] }, DONE] });
      const gate = await oneGate(session);
      await decide(session, gate, { reviewerId: 'rita' });
      await decide(session, gate, { reviewerId: 'bob' });
      const effect = await until('the question', async () => {
        const one = await oneGate(session);
        return one.kind === 'effect' && one;
      });
      expect(effect.decisionsNeeded).toBe(2);
      const said = { decision: 'modified', modifications: { result: { id: 7 } } } as const;
      await decide(session, effect, { reviewerId: 'rita', ...said });
      const again = await until('the result is asked about', async () => {
        const one = await oneGate(session);
        return one.gateId !== effect.gateId && one;
      });
      expect(again.payload).toMatchObject({ result: { id: 7 } });
      await decide(session, again, { reviewerId: 'bob' });
      await decide(session, again, { reviewerId: 'carla' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(1);
      const trail = await wholeTrail(session);
      expect(trail.map(({ eventType }) => eventType)).toContain('executed');
    });
  },
  { policy: POLICY },
);

modes(
  'where who changes a payload does not approve it',
  (world) => {
    test('somebody else is asked, and is not let off by another change of theirs', async () => {
      const { start, oneGate, decide, holdpoint, desk } = world();
      const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
      const next = async (before: string) =>
        until('the next gate', async () => {
          const one = await oneGate(session);
          return one.gateId !== before && one;
        });
      const first = await oneGate(session);
      const change = (id: string) => ({ decision: 'modified', modifications: { id } }) as const;
      await decide(session, first, { reviewerId: 'rita', ...change('c-2') });
      const second = await next(first.gateId);
      expect(second).toMatchObject({ payload: { id: 'c-2' }, barred: ['rita'] });
      for (const reviewerId of ['rita', 'rita-alt']) {
        expect(await decide(session, second, { reviewerId })).toMatchObject({
          code: 'SELF_APPROVAL',
        });
      }
      await decide(session, second, { reviewerId: 'bob', ...change('c-3') });
      const third = await next(second.gateId);
      expect(third).toMatchObject({ payload: { id: 'c-3' }, barred: ['rita', 'bob'] });
      expect(await decide(session, third, { reviewerId: 'carla' })).toMatchObject({
        status: 'decided',
      });
      await holdpoint.result(session);
      expect(desk.executionsOf(session).map(({ args }) => args)).toEqual([{ id: 'c-3' }]);
    });

    describe('a change that is invalid', () => {
      test('asks about the old one again, and who changed that before stays shut out', async () => {
        const { start, oneGate, decide, holdpoint, desk } = world();
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        const first = await oneGate(session);
        const change = (modifications: { readonly id: string | number }) =>
          ({ decision: 'modified', modifications }) as const;
        await decide(session, first, { reviewerId: 'rita', ...change({ id: 'c-2' }) });
        const second = await until('the second gate', async () => {
          const one = await oneGate(session);
          return one.gateId !== first.gateId && one;
        });
        await decide(session, second, { reviewerId: 'bob', ...change({ id: 7 }) });
        const third = await until('the third gate', async () => {
          const one = await oneGate(session);
          return one.gateId !== second.gateId && one;
        });
        expect(third).toMatchObject({ payload: { id: 'c-2' }, barred: ['rita'] });
        expect(third.note).toContain('The modification was refused');
        expect(await decide(session, third, { reviewerId: 'rita' })).toMatchObject({
          code: 'SELF_APPROVAL',
        });
        await decide(session, third, { reviewerId: 'bob' });
        await holdpoint.result(session);
        expect(desk.executionsOf(session).map(({ args }) => args)).toEqual([{ id: 'c-2' }]);
      });
    });
  },
  {
    policy: deskPolicy({
      people,
      separationOfDuties: { modifierMayDecide: false },
      tiers: tiers.map(({ ...tier }) => ({ ...tier, quorum: 1 })) as unknown as typeof tiers,
    }),
  },
);
