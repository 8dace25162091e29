/**
 * One trail, read in three ways (H8): from the raw history, by the query, from the evidence store. The same to the byte
 * for a session that has ended, however it ended; for one that is open the shorter is a prefix of the longer.
 */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { ask } from '../../client/question.ts';
import { ModelRefused } from '../../activities/index.ts';
import { type AuditEvent, DEFAULT_TIERS, SECOND_MS, verifyChain } from '../../domain/index.ts';
import { QUERIES } from '../../domain/messages.ts';
import { deskPolicy, type Script } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';
import {
  type HistoryEvent,
  isMemoWrite,
  isScheduled,
  runsOf,
  untilNextRun,
} from './session-runs.ts';

const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'olga', reason: 'a look at it' };
const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const SEARCH = { name: 'search', arguments: { query: 'c-1' } };
const GATED: Script = { turns: [{ calls: [DELETE, SEARCH] }, DONE] };

/** Reviewers have three seconds. Silence in the escalation tier fails the session. */
const policy = deskPolicy({
  limits: { historyEventsMax: 50, stepsMax: 3 },
  tiers: DEFAULT_TIERS.map((tier) => ({
    ...tier,
    respondWithinMs: tier.name === 'synchronous_gate' ? 3 * SECOND_MS : SECOND_MS,
    ...(tier.name === 'escalation' ? { onNoResponse: 'fail' as const } : {}),
  })),
});

async function queried({ client }: World, sessionId: string): Promise<readonly AuditEvent[]> {
  return ask(client, sessionId, QUERIES.auditTrail);
}

async function stored({ client, evidence }: World, sessionId: string) {
  const [first] = await runsOf(client, sessionId);
  const key = { sessionId, firstExecutionRunId: first?.runId ?? '' };
  return (await evidence.events(key)).map(({ event }) => event);
}

/** The three ways agree, to the byte. Returns the trail. */
async function agreed(world: World, sessionId: string): Promise<readonly AuditEvent[]> {
  const trail = await world.trail(sessionId);
  expect(verifyChain(trail)).toBeUndefined();
  const bytes = JSON.stringify(trail);
  expect(JSON.stringify(await queried(world, sessionId))).toBe(bytes);
  // The store keeps canonical JSON: another order of keys, the same bytes under the hash.
  expect(await stored(world, sessionId)).toEqual(trail);
  return trail;
}

modes(
  'the audit trail',
  (world) => {
    describe('of a session that has ended', () => {
      interface Ending {
        readonly script: Script;
        readonly act?: (session: string) => Promise<unknown>;
        readonly ends: object;
      }

      const refund = { name: 'refund', arguments: { order: 'o-1', amount: 5_000 } };
      const ENDINGS: Readonly<Record<string, Ending>> = {
        completed: {
          script: GATED,
          act: async (session) => world().decide(session, await world().oneGate(session), {}),
          ends: { status: 'completed' },
        },
        incomplete: { script: { turns: [{ calls: [SEARCH] }] }, ends: { status: 'incomplete' } },
        unconfirmed: {
          script: { turns: [{ text: 'Perhaps.' }], confidence: '0.1' },
          ends: { status: 'unconfirmed' },
        },
        cancelled: {
          script: GATED,
          act: async (session) => {
            await world().oneGate(session);
            await world().holdpoint.cancel(session, OPERATOR);
          },
          ends: { status: 'cancelled', reason: 'AgentCancelled' },
        },
        'natively cancelled': {
          script: GATED,
          act: async (session) => {
            await world().oneGate(session);
            await world().client.workflow.getHandle(session).cancel();
          },
          ends: { status: 'cancelled', reason: 'CancelledFailure' },
        },
        'failed by its model': {
          script: {
            turns: [
              { calls: [SEARCH] },
              () => {
                throw new ModelRefused('no such key');
              },
            ],
          },
          ends: { status: 'failed', reason: 'ModelFailed' },
        },
        'failed by silence': {
          script: { turns: [{ calls: [refund] }, DONE] },
          ends: { status: 'failed', reason: 'ApprovalTimeoutError' },
        },
      };

      test.each(Object.entries(ENDINGS))('%s', async (_how, { script, act, ends }) => {
        const { start, holdpoint } = world();
        const session = await start(script);
        await act?.(session);
        await holdpoint.result(session).catch(() => undefined);
        const trail = await agreed(world(), session);
        expect(trail[0]).toMatchObject({ seq: 1, eventType: 'started' });
        expect(trail.at(-1)).toMatchObject({ eventType: 'ended', details: ends });
      });
    });

    test('of an open session: whichever is longer begins with the shorter, and with what is stored', async () => {
      const { start, oneGate, decide, holdpoint, trail } = world();
      const session = await start({ turns: [{ calls: [SEARCH] }, { calls: [DELETE] }, DONE] });
      const gate = await oneGate(session);
      const read = [
        await trail(session),
        await queried(world(), session),
        await stored(world(), session),
      ];
      const [shortest, ...longer] = read.toSorted((a, b) => a.length - b.length);
      for (const one of longer) expect(one.slice(0, shortest?.length)).toEqual(shortest);
      await decide(session, gate, {});
      await holdpoint.result(session);
      await agreed(world(), session);
    });

    test('at every flush: each run that continues as new leaves the evidence equal to the history', async () => {
      const { client, start, oneGate, decide, holdpoint, trail } = world();
      const session = await start({
        turns: [{ calls: [{ ...DELETE, name: 'delete_record' }] }, DONE],
      });
      const gate = await oneGate(session);
      for (let more = 0; more < 2; more += 1) {
        await untilNextRun(client, session);
        expect(await stored(world(), session)).toEqual(await trail(session));
      }
      await decide(session, gate, {});
      await holdpoint.result(session);
      expect(await stored(world(), session)).toEqual(await trail(session));
      // The query answers for its own run: with the trails of the runs before, it is the whole.
      const own = await queried(world(), session);
      expect((await trail(session)).slice(-own.length)).toEqual(own);
    });

    test('the reader adds the run and the server’s time of what carried it first, beside the hashed bytes', async () => {
      const { client, start, oneGate, decide, holdpoint } = world();
      const session = await start(GATED);
      const gate = await oneGate(session);
      await untilNextRun(client, session);
      await decide(session, gate, {});
      await holdpoint.result(session);
      const runs = await runsOf(client, session);
      const entries = await holdpoint.auditTrail(session);
      const carriers = (holds: (event: HistoryEvent) => boolean) =>
        runs.flatMap(({ runId, events }) =>
          events.filter(holds).map(({ eventTime }) => {
            const seconds = Number(eventTime?.seconds?.toString());
            return { runId, at: seconds * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1e6) };
          }),
        );
      const memos = carriers(isMemoWrite);
      const consents = carriers(isScheduled('delete_record'));
      const slices = carriers(isScheduled('storeEvidence'));
      const CARRIED: Readonly<Record<string, typeof memos>> = {
        gate_presented: memos,
        approved: consents,
        ended: slices,
      };
      for (const { event, runId, recordedAt } of entries) {
        const by = CARRIED[event.eventType] ?? [...memos, ...consents, ...slices];
        expect(by).toContainEqual({ runId, at: recordedAt });
        expect(event).not.toHaveProperty('runId');
        expect(recordedAt).toBeGreaterThanOrEqual(event.at - 1);
      }
      expect(new Set(entries.map(({ runId }) => runId))).toEqual(
        new Set(runs.map(({ runId }) => runId)),
      );
    });

    test(
      'says so where retention has taken earlier runs; the evidence still tells all',
      { timeout: 120_000 },
      async () => {
        const { client, start, oneGate, decide, holdpoint } = world();
        const session = await start(GATED);
        const gate = await oneGate(session);
        await untilNextRun(client, session);
        await decide(session, gate, {});
        await holdpoint.result(session);
        const whole = await holdpoint.history(session);
        expect(whole.isWhole).toBe(true);
        const evidence = await stored(world(), session);
        const [first] = await runsOf(client, session);
        const { namespace } = client.options;
        await client.workflowService.deleteWorkflowExecution({
          namespace,
          workflowExecution: { workflowId: session, runId: first?.runId ?? '' },
        });
        // The server takes some twenty seconds over it.
        const rest = await until(
          'the first run to be gone',
          async () => {
            const history = await holdpoint.history(session);
            return !history.isWhole && history;
          },
          90_000,
        );
        expect(rest.trail.length).toBeGreaterThan(0);
        expect(rest.trail).toEqual(whole.trail.slice(-rest.trail.length));
        const [head] = rest.trail.map(({ event }) => event);
        expect(head?.seq).toBeGreaterThan(1);
        expect(evidence).toEqual(whole.trail.map(({ event }) => event));
      },
    );

    test('of a session that never was is an error, not an empty trail', async () => {
      await expect(world().holdpoint.auditTrail(`session-${randomUUID()}`)).rejects.toThrow();
    });
  },
  { policy },
);
