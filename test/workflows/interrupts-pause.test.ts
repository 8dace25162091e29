/**
 * A pause on a real server (H7): what it holds, what it lets happen, and what it does to deadlines. Tiers are short
 * here, so that a deadline can be seen to move within a test.
 */
import { describe, expect, test } from 'vitest';
import type { AuditEvent } from '../../domain/index.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'looks odd' };

/** What happened in the session, but for the answer at its end. */
function typesOf(events: readonly AuditEvent[]): readonly string[] {
  return events.filter((event) => event.actionType !== 'answer').map((event) => event.eventType);
}

modes('a pause', (world) => {
  test('H7: it holds before the next model turn, and lets what runs come home', async () => {
    const { start, holdpoint, desk, wholeTrail } = world();
    const release = desk.holdBack('c-7');
    const heard: string[] = [];
    const session = await start({
      turns: [
        { calls: [{ name: 'search', arguments: { query: 'c-7' } }] },
        ({ messages }) => {
          heard.push(messages.at(-1)?.text ?? '');
          return DONE;
        },
      ],
    });
    await until('the search runs', () => desk.executionsOf(session).length === 1);
    expect(await holdpoint.pause(session, OPERATOR)).toEqual({ status: 'done', phase: 'paused' });
    expect(await holdpoint.status(session)).toMatchObject({
      phase: 'paused',
      pausedBy: 'oscar',
      pausedReason: 'looks odd',
      inFlight: [{ workId: '1/1', actionType: 'search' }],
    });
    release();
    await until('the search is home', async () => {
      const { inFlight } = await holdpoint.status(session);
      return inFlight.length === 0;
    });
    expect(heard).toEqual([]);
    expect(await holdpoint.status(session)).toMatchObject({ progress: { steps: 1 } });
    expect(await holdpoint.resume(session, { operatorId: 'olga', reason: 'checked' })).toEqual({
      status: 'done',
      phase: 'running',
    });
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 2 });
    expect(heard).toHaveLength(1);
    const events = await wholeTrail(session);
    expect(typesOf(events)).toEqual([
      'started',
      'auto_proceeded',
      'paused',
      'executed',
      'resumed',
      'ended',
    ]);
    expect(events[2]).toMatchObject({
      reviewerId: 'oscar',
      rationale: 'looks odd',
      details: { inFlight: ['1/1'] },
    });
    expect(events[4]).toMatchObject({ reviewerId: 'olga', rationale: 'checked' });
  });

  test('H7: an action that is approved during the pause runs only after the resume', async () => {
    const { start, oneGate, decide, holdpoint, desk, wholeTrail } = world();
    const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
    const gate = await oneGate(session);
    await holdpoint.pause(session, OPERATOR);
    expect(await decide(session, gate, {})).toMatchObject({
      status: 'decided',
      outcome: { status: 'approved' },
    });
    // The decision is recorded, and the workflow task in which it was is over: had anything been scheduled, it stands.
    expect(typesOf(await wholeTrail(session))).toContain('approved');
    expect(await holdpoint.status(session)).toMatchObject({
      phase: 'paused',
      openGates: 0,
      inFlight: [],
    });
    expect(desk.executionsOf(session)).toEqual([]);
    await holdpoint.resume(session, OPERATOR);
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toHaveLength(1);
    expect(typesOf(await wholeTrail(session))).toEqual([
      'started',
      'gate_presented',
      'paused',
      'approved',
      'resumed',
      'executed',
      'ended',
    ]);
  });

  test('H5, H7: a modification during the pause is prepared and runs only after the resume', async () => {
    const { start, oneGate, decide, holdpoint, desk } = world();
    const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
    const gate = await oneGate(session);
    await holdpoint.pause(session, OPERATOR);
    await decide(session, gate, { decision: 'modified', modifications: { id: 'c-2' } });
    expect(await holdpoint.status(session)).toMatchObject({ phase: 'paused', inFlight: [] });
    await holdpoint.resume(session, OPERATOR);
    await holdpoint.result(session);
    expect(desk.executionsOf(session)).toMatchObject([{ args: { id: 'c-2' } }]);
  });

  test('twice paused, twice resumed: the second changes nothing, says so, and stands in the trail', async () => {
    const { start, oneGate, decide, holdpoint, wholeTrail } = world();
    const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
    const gate = await oneGate(session);
    await holdpoint.pause(session, OPERATOR);
    expect(await holdpoint.pause(session, { operatorId: 'olga', reason: 'me too' })).toEqual({
      status: 'unchanged',
      phase: 'paused',
    });
    expect(await holdpoint.status(session)).toMatchObject({ pausedBy: 'oscar' });
    await holdpoint.resume(session, OPERATOR);
    expect(await holdpoint.resume(session, OPERATOR)).toEqual({
      status: 'unchanged',
      phase: 'running',
    });
    await decide(session, gate, { decision: 'rejected' });
    await holdpoint.result(session);
    const touched = (await wholeTrail(session)).filter(
      ({ reviewerId }) => reviewerId !== undefined,
    );
    expect(
      touched.map(({ eventType, details }) => [eventType, details?.['unchanged'] ?? false]),
    ).toEqual([
      ['paused', false],
      ['paused', true],
      ['resumed', false],
      ['resumed', true],
      ['rejected', false],
    ]);
  });

  test('instructions that come during it reach the model at the turn after the resume', async () => {
    const { start, oneGate, decide, holdpoint, wholeTrail } = world();
    const heard: string[] = [];
    const session = await start({
      turns: [
        { calls: [DELETE] },
        ({ messages }) => {
          heard.push(...messages.map(({ text }) => text));
          return DONE;
        },
      ],
    });
    const gate = await oneGate(session);
    await holdpoint.pause(session, OPERATOR);
    await decide(session, gate, { decision: 'rejected', rationale: 'no' });
    const told = { ...OPERATOR, message: 'Close the ticket instead.' };
    expect(await holdpoint.instruct(session, told)).toEqual({ status: 'done', phase: 'paused' });
    await holdpoint.resume(session, OPERATOR);
    await holdpoint.result(session);
    expect(heard.filter((text) => text.includes('Close the ticket instead.'))).toHaveLength(1);
    expect((await wholeTrail(session)).find((e) => e.eventType === 'instructed')).toMatchObject({
      reviewerId: 'oscar',
      details: { message: 'Close the ticket instead.' },
    });
  });
});

const SHORT_TIERS = deskPolicy({
  tiers: [
    {
      name: 'async_review',
      route: 'queue',
      reviewers: 'anyone',
      respondWithinMs: 2_000,
      onNoResponse: 'escalate',
      escalateTo: 'escalation',
    },
    {
      name: 'synchronous_gate',
      route: 'reviewer',
      reviewers: 'anyone',
      respondWithinMs: 2_000,
      onNoResponse: 'reject',
    },
    {
      name: 'escalation',
      route: 'manager',
      reviewers: 'anyone',
      respondWithinMs: 60_000,
      onNoResponse: 'reject',
    },
  ],
});

describe('deadlines', () => {
  modes(
    'a pause',
    (world) => {
      test('H3, H7: stops the clock: what was due during it is still open, and due later by its length', async () => {
        const { start, oneGate, holdpoint, desk, wholeTrail } = world();
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        const gate = await oneGate(session);
        await holdpoint.pause(session, OPERATOR);
        const due = Number(gate.respondBy);
        await until('the deadline has passed', () => Date.now() > due + 500);
        const paused = await oneGate(session);
        expect(paused).toMatchObject({ gateId: gate.gateId, respondBy: due });
        await holdpoint.resume(session, OPERATOR);
        const resumed = await oneGate(session);
        const events = await wholeTrail(session);
        const length = Number(events.find((e) => e.eventType === 'resumed')?.details?.['pausedMs']);
        expect(length).toBeGreaterThan(500);
        expect(resumed).toMatchObject({ gateId: gate.gateId, respondBy: due + length });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toEqual([]);
        const expired = (await wholeTrail(session)).find((e) => e.eventType === 'expired');
        expect(expired?.at).toBeGreaterThanOrEqual(due + length);
      });

      test('two pauses add up, and an escalation waits for both', async () => {
        const { start, oneGate, holdpoint, decide, wholeTrail } = world();
        const refund = { name: 'refund', arguments: { order: 'o-1', amount: 150 } };
        const session = await start({ turns: [{ calls: [refund] }, DONE] });
        const gate = await oneGate(session);
        const due = Number(gate.respondBy);
        for (let pauses = 0; pauses < 2; pauses += 1) {
          await holdpoint.pause(session, OPERATOR);
          const since = Date.now();
          await until('a second has passed', () => Date.now() > since + 1_000);
          await holdpoint.resume(session, OPERATOR);
        }
        const moved = await until('the gate is in the next tier', async () => {
          const open = await oneGate(session);
          return open?.tier === 'escalation' && open;
        });
        const events = await wholeTrail(session);
        const lengths = events
          .filter((e) => e.eventType === 'resumed')
          .map((e) => Number(e.details?.['pausedMs']));
        const paused = lengths.reduce((sum, length) => sum + length, 0);
        expect(paused).toBeGreaterThanOrEqual(2_000);
        expect(events.find((e) => e.eventType === 'escalated')?.at).toBeGreaterThanOrEqual(
          due + paused,
        );
        await decide(session, moved, { decision: 'rejected' });
        await holdpoint.result(session);
      });

      test('a decision during the pause, after the old deadline, counts', async () => {
        const { start, oneGate, decide, holdpoint, desk } = world();
        const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
        const gate = await oneGate(session);
        await holdpoint.pause(session, OPERATOR);
        const due = Number(gate.respondBy);
        await until('the deadline has passed', () => Date.now() > due + 300);
        expect(await decide(session, gate, {})).toMatchObject({ status: 'decided' });
        await holdpoint.resume(session, OPERATOR);
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toHaveLength(1);
      });
    },
    { policy: SHORT_TIERS, alsoCached: true },
  );
});
