/**
 * A session that continues as new: its history has reached the policy's limit, its gates wait on in the next run, and
 * nobody who looks at it, decides it or audits it can tell but by the run id.
 */
import { describe, expect, test } from 'vitest';
import type { ModelRequest } from '../../activities/index.ts';
import { DEFAULT_TIERS, SECOND_MS, verifyChain } from '../../domain/index.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, REVIEWER, type World } from '../support/world.ts';
import { currentRun, early, type HistoryEvent, runsOf, untilNextRun } from './session-runs.ts';

const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };
const search = (query: string) => ({ name: 'search', arguments: { query } });
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });

/** The smallest limit there is. A draft waits for a person, for ten seconds only. */
const policy = deskPolicy({
  limits: { historyEventsMax: 50, stepsMax: 40 },
  tiers: [
    ...DEFAULT_TIERS,
    {
      name: 'hasty',
      route: 'reviewer',
      reviewers: 'anyone',
      respondWithinMs: 10 * SECOND_MS,
      onNoResponse: 'reject',
    },
  ],
  rules: [{ name: 'draft', when: { tools: ['create_draft'] }, tier: 'hasty' }],
});

/** One chain over all runs, its beginning and its end once, in the history and in the evidence alike. */
async function expectWholeTrail({ client, trail, evidence }: World, sessionId: string) {
  const runs = await runsOf(client, sessionId);
  const [first] = runs;
  const events = await trail(sessionId);
  expect(verifyChain(events)).toBeUndefined();
  expect(events.map((event) => event.seq)).toEqual(events.map((_event, index) => index + 1));
  for (const once of ['started', 'ended']) {
    expect(events.filter((event) => event.eventType === once)).toHaveLength(1);
  }
  const firstExecutionRunId = first?.runId ?? '';
  expect(runs.map((run) => run.firstExecutionRunId)).toEqual(runs.map(() => firstExecutionRunId));
  const stored = await evidence.events({ sessionId, firstExecutionRunId });
  expect(stored.map(({ event }) => event)).toEqual(events);
  return { runs, events };
}

modes(
  'continue-as-new',
  (world) => {
    test('between turns: six runs or more, nothing lost, nothing executed twice, one chain (H8, H12)', async () => {
      const { start, gates, decide, holdpoint, desk } = world();
      const turns = Array.from({ length: 12 }, (_turn, index) => ({
        calls: [search(`q-${index}`), deletion(`c-${index}`)],
      }));
      const [first, ...rest] = turns;
      if (first === undefined) throw new Error('A turn is missing');
      const session = await start({ turns: [first, ...rest, DONE] });
      for (const { calls } of turns) {
        const [gate] = await gates(session);
        expect(gate?.payload).toEqual(calls[1]?.arguments);
        if (gate !== undefined) await decide(session, gate, {});
      }
      expect(await holdpoint.result(session)).toMatchObject({
        status: 'completed',
        steps: 13,
        toolCalls: 24,
      });
      const { runs, events } = await expectWholeTrail(world(), session);
      expect(runs.length).toBeGreaterThanOrEqual(6);
      const firstRun = runs[0]?.runId ?? '';
      expect(desk.executionsOf(session).map(({ args }) => args)).toEqual(
        turns.flatMap(({ calls }) => calls.map((call) => call.arguments)),
      );
      // The key of an action names the session's first run, whichever run executes it.
      for (const { key } of desk.executionsOf(session)) {
        expect(key.startsWith(`${session}/${firstRun}/`)).toBe(true);
      }
      expect(events.filter((event) => event.eventType === 'approved')).toHaveLength(12);
    });

    describe('with gates that are open', () => {
      const THREE = { turns: [{ calls: ['a', 'b', 'c'].map(deletion) }, DONE] } as const;

      test('they keep their ids, deadlines and payloads, and are decided in the next run', async () => {
        const { client, start, gates, decide, holdpoint, desk } = world();
        const session = await start(THREE);
        const before = await gates(session, 3);
        const firstRun = await currentRun(client, session);
        const nextRun = await untilNextRun(client, session);
        const after = await gates(session, 3);
        expect(after).toEqual(before.map((gate) => ({ ...gate, runId: nextRun })));
        const [a, b, c] = before;
        const [, bNow] = after;
        if (a === undefined || b === undefined || c === undefined || bNow === undefined)
          throw new Error('A gate is missing');
        // Shown in the first run, and in the one that is current: both count (H2: a run and those that continue it).
        expect(await decide(session, a, { runId: firstRun })).toMatchObject({ status: 'decided' });
        expect(await decide(session, bNow, { runId: nextRun })).toMatchObject({
          status: 'decided',
        });
        await decide(session, c, { decision: 'rejected' });
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 2 });
        expect(desk.executionsOf(session).map(({ args }) => args)).toEqual(
          expect.arrayContaining([{ id: 'a' }, { id: 'b' }]),
        );
        expect(desk.executionsOf(session)).toHaveLength(2);
        await expectWholeTrail(world(), session);
      });

      test('the list of what waits shows them at once, under the new run', async () => {
        const { client, start, gates, holdpoint } = world();
        const session = await start(THREE);
        const before = await gates(session, 3);
        const runId = await untilNextRun(client, session);
        const listed = await until('the new run in the list', async () => {
          for await (const waiting of holdpoint.everyPending()) {
            if (waiting.sessionId === session && waiting.runId === runId) return waiting;
          }
          return undefined;
        });
        expect(listed.gatesCount).toBe(3);
        expect(listed.gates.map((gate) => gate.gateId)).toEqual(before.map((gate) => gate.gateId));
        // The search attribute came with the run: nothing had to be written again.
        const events = (await runsOf(client, session)).at(-1)?.events ?? [];
        const isUpsert = (event: HistoryEvent): boolean =>
          event.upsertWorkflowSearchAttributesEventAttributes != null;
        expect(events.some(isUpsert)).toBe(false);
        await holdpoint.cancel(session, OPERATOR);
      });

      test('H4: a resend of a decision gets the same answer in every later run, and no second effect', async () => {
        const { client, start, gates, decide, holdpoint, desk, trail } = world();
        const session = await start(THREE);
        const [a, b, c] = await gates(session, 3);
        if (a === undefined || b === undefined || c === undefined)
          throw new Error('A gate is missing');
        const decision = { decisionId: `once-${session}`, rationale: 'seen' };
        const answer = await decide(session, a, decision);
        expect(answer).toMatchObject({ status: 'decided', outcome: { status: 'approved' } });
        await gates(session, 2);
        for (let more = 0; more < 2; more += 1) {
          await untilNextRun(client, session);
          expect(await decide(session, a, decision)).toEqual(answer);
        }
        // The same id for another gate is not a resend.
        expect(await decide(session, b, decision)).toMatchObject({
          status: 'refused',
          code: 'DUPLICATE',
        });
        // An ended gate is remembered as it ended.
        expect(await decide(session, a, { decision: 'rejected' })).toMatchObject({
          status: 'refused',
          code: 'ALREADY_DECIDED',
          outcome: { status: 'approved', reviewerId: REVIEWER },
        });
        await decide(session, b, { decision: 'rejected' });
        await decide(session, c, { decision: 'rejected' });
        await holdpoint.result(session);
        expect(desk.executionsOf(session)).toMatchObject([{ args: { id: 'a' } }]);
        const events = await trail(session);
        expect(events.filter((event) => event.eventType === 'approved')).toHaveLength(1);
        await expectWholeTrail(world(), session);
      });

      test('a decision that came before its gate is kept over runs, and refused once at the end', async () => {
        const { client, start, gates, decide, holdpoint } = world();
        const session = await start(THREE);
        await gates(session, 3);
        await untilNextRun(client, session);
        await untilNextRun(client, session);
        for (const gate of await gates(session, 3)) {
          await decide(session, gate, { decision: 'rejected' });
        }
        await holdpoint.result(session);
        const { events } = await expectWholeTrail(world(), session);
        const refused = events.filter((event) => event.eventType === 'decision_refused');
        expect(refused).toMatchObject([
          { gateId: early.gateId, details: { code: 'UNKNOWN_GATE', decisionId: early.decisionId } },
        ]);
      });

      test('H3: a deadline that was set in an earlier run passes on time in a later one', async () => {
        const { client, start, gates, holdpoint, desk, trail } = world();
        const session = await start({
          turns: [{ calls: [{ name: 'create_draft', arguments: { text: 'hasty' } }] }, DONE],
        });
        const [gate] = await gates(session);
        await untilNextRun(client, session);
        expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
        const expired = (await trail(session)).find((event) => event.eventType === 'expired');
        const respondBy = gate?.respondBy ?? Infinity;
        expect(expired?.at).toBeGreaterThanOrEqual(respondBy);
        expect(expired?.at).toBeLessThan(respondBy + 5_000);
        expect(desk.executionsOf(session)).toEqual([]);
        expect((await runsOf(client, session)).length).toBeGreaterThanOrEqual(2);
      });
    });

    test('H7: a paused session stays paused in its next run: it takes decisions and starts nothing', async () => {
      const { client, start, gates, decide, holdpoint, desk, trail } = world();
      const session = await start({ turns: [{ calls: [deletion('a'), deletion('b')] }, DONE] });
      const [a, b] = await gates(session, 2);
      if (a === undefined || b === undefined || b.respondBy === null)
        throw new Error('A gate is missing');
      await holdpoint.pause(session, OPERATOR);
      await untilNextRun(client, session);
      expect(await holdpoint.status(session)).toMatchObject({
        phase: 'paused',
        pausedBy: 'olga',
        pausedReason: 'a look at it',
        openGates: 2,
      });
      expect(await decide(session, a, {})).toMatchObject({ status: 'decided' });
      expect(desk.executionsOf(session)).toEqual([]);
      await holdpoint.resume(session, OPERATOR);
      const events = await trail(session);
      const resumed = events.find((event) => event.eventType === 'resumed');
      // The pause counts from the run in which it began.
      const pausedAt = events.find((event) => event.eventType === 'paused')?.at ?? 0;
      const pausedMs = (resumed?.at ?? 0) - pausedAt;
      expect(resumed?.details).toEqual({ pausedMs });
      const [bNow] = await gates(session);
      expect(bNow?.respondBy).toBe(b.respondBy + pausedMs);
      await decide(session, b, { decision: 'rejected' });
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toMatchObject([{ args: { id: 'a' } }]);
      await expectWholeTrail(world(), session);
    });

    test('H7: a session that is cancelled in a later run withdraws the gates of the earlier one', async () => {
      const { client, start, gates, holdpoint, desk } = world();
      const session = await start({ turns: [{ calls: [deletion('a'), deletion('b')] }, DONE] });
      await gates(session, 2);
      await untilNextRun(client, session);
      await holdpoint.cancel(session, OPERATOR);
      await expect(holdpoint.result(session)).rejects.toMatchObject({
        cause: { type: 'AgentCancelled' },
      });
      const { events } = await expectWholeTrail(world(), session);
      expect(events.filter((event) => event.eventType === 'withdrawn')).toHaveLength(2);
      expect(desk.executionsOf(session)).toEqual([]);
    });

    test('an instruction waits over runs for the next turn', async () => {
      const { client, start, gates, decide, holdpoint } = world();
      const heard: string[] = [];
      const session = await start({
        turns: [
          { calls: [deletion('a')] },
          (request: ModelRequest) => {
            heard.push(...request.messages.map(({ text }) => text));
            return DONE;
          },
        ],
      });
      const [gate] = await gates(session);
      await holdpoint.instruct(session, { ...OPERATOR, message: 'Be brief.' });
      await untilNextRun(client, session);
      if (gate !== undefined) await decide(session, gate, {});
      await holdpoint.result(session);
      expect(heard.filter((text) => text.includes('Be brief.'))).toHaveLength(1);
    });

    test('a conversation above 64 KiB travels by digest, and the model still sees all of it', async () => {
      const { client, start, holdpoint } = world();
      const long = (letter: string): string => letter.repeat(30_000);
      const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
      const seen: string[] = [];
      const [first, ...rest] = letters.map((letter) => ({
        text: long(letter),
        calls: [search(letter)],
      }));
      if (first === undefined) throw new Error('A gate is missing');
      const session = await start({
        turns: [
          first,
          ...rest,
          (request: ModelRequest) => {
            seen.push(...request.messages.map(({ text }) => text));
            return DONE;
          },
        ],
      });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 9 });
      expect(seen.filter((text) => text.length >= 30_000)).toEqual(letters.map(long));
      const { runs } = await expectWholeTrail(world(), session);
      expect(runs.length).toBeGreaterThanOrEqual(2);
      for (const { events } of runs) {
        for (const event of events) {
          const started = event.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
          const scheduled = event.activityTaskScheduledEventAttributes?.input?.payloads ?? [];
          for (const { data } of [...started, ...scheduled]) {
            expect(data?.length ?? 0).toBeLessThan(160_000);
          }
        }
      }
      expect(client.options.namespace).toBeDefined();
    });

    test('signals of every kind that arrive by hand are kept over runs as well', async () => {
      const { client, start, gates, holdpoint, desk } = world();
      const session = await start({ turns: [{ calls: [deletion('a'), deletion('b')] }, DONE] });
      const [a, b] = await gates(session, 2);
      if (a === undefined || b === undefined) throw new Error('A gate is missing');
      await untilNextRun(client, session);
      const handle = client.workflow.getHandle(session);
      for (const gate of [a, b]) {
        const { gateId, runId, payloadDigest } = gate;
        const decision = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rob' };
        await handle.signal(SIGNALS.decide, decision);
      }
      await holdpoint.result(session);
      expect(desk.executionsOf(session)).toHaveLength(2);
      await expectWholeTrail(world(), session);
    });
  },
  { policy },
);
