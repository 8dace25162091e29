/**
 * Silence at its real length, on the server that skips time: the default tiers' 300 s, 1 h and 30 min, a tier of each
 * meaning of silence, and a pause of hours (H3, H7). Time passes only where a test lets it.
 *
 * That server has no list and no search attributes: sessions run without theirs, as they do where a worker may not
 * register one.
 */
import { WorkflowFailedError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TurnScript } from '../../activities/index.ts';
import { type AuditEvent, DEFAULT_TIERS } from '../../domain/index.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/limits.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { deskPolicy } from '../support/desk.ts';
import { describeWith } from '../support/skip.ts';
import { startTimeSkipping, timeSkippingServer } from '../support/time-skipping.ts';
import { until } from '../support/until.ts';
import { modes, type Server } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const REFUND = { name: 'refund', arguments: { order: 'o-1', amount: 150 } };
const DRAFT = { name: 'create_draft', arguments: { text: 'Dear …' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'looks odd' };

/** The default tiers, and beside them one for each other meaning of silence. */
const EVERY_SILENCE = deskPolicy({
  tiers: [
    {
      name: 'courtesy',
      route: 'colleagues',
      reviewers: 'anyone',
      respondWithinMs: 10 * MINUTE_MS,
      onNoResponse: 'approve',
    },
    ...DEFAULT_TIERS,
    {
      name: 'patient',
      route: 'board',
      reviewers: 'anyone',
      respondWithinMs: 2 * HOUR_MS,
      remindAfterMs: 6 * HOUR_MS,
      onNoResponse: 'hold',
    },
    {
      name: 'strict',
      route: 'owner',
      reviewers: 'anyone',
      respondWithinMs: 12 * HOUR_MS,
      onNoResponse: 'fail',
    },
  ],
  rules: [
    { name: 'draft', when: { tools: ['create_draft'] }, tier: 'courtesy' },
    { name: 'mail', when: { tools: ['send_email'] }, tier: 'patient' },
    {
      name: 'board question',
      when: { kinds: ['question'], argument: { pointer: '/question', equals: 'The board?' } },
      tier: 'patient',
    },
    {
      name: 'manager question',
      when: { kinds: ['question'], argument: { pointer: '/question', equals: 'The manager?' } },
      tier: 'escalation',
    },
    {
      name: 'legal hold',
      when: { tools: ['delete_record'], argument: { pointer: '/id', equals: 'legal' } },
      tier: 'strict',
    },
  ],
});

/** A question is none of a turn's batch, whose calls share the strictest tier: it keeps a tier of its own. */
function asking(whom: 'board' | 'manager') {
  return { name: 'ask_person', arguments: { question: `The ${whom}?` } };
}

/** A turn that keeps what the agent was told last. */
function listening(heard: string[]): TurnScript {
  return ({ messages }) => {
    heard.push(messages.at(-1)?.text ?? '');
    return DONE;
  };
}

/** What became of actions, questions and effects; of the last answer, only what a gate asked about. */
function typesOf(events: readonly AuditEvent[]): readonly string[] {
  return events
    .filter((event) => event.actionType !== 'answer' || event.gateId !== undefined)
    .map((event) => event.eventType);
}

function eventOf(events: readonly AuditEvent[], type: string): AuditEvent {
  const found = events.find((event) => event.eventType === type);
  if (found === undefined) throw new Error(`No event ${type}`);
  return found;
}

describeWith('on the server that skips time', await timeSkippingServer(), (installed) => {
  let environment: TestWorkflowEnvironment | undefined;
  beforeAll(async () => {
    environment = await startTimeSkipping(installed);
  });
  afterAll(async () => environment?.teardown());

  const server = async (): Promise<Server> => {
    if (environment === undefined) throw new Error('The server has not started');
    const { client, nativeConnection: native } = environment;
    return { client, native, close: async () => undefined };
  };
  const pass = async (ms: number): Promise<void> => environment?.sleep(ms);

  modes(
    'silence',
    (world) => {
      /** The gate, as it stands now. */
      const now = async (session: string): Promise<PendingApproval> => world().oneGate(session);

      const ended = async (session: string): Promise<readonly AuditEvent[]> =>
        until(`${session} has ended`, async () => {
          const events = await world().trail(session);
          return (
            events.some(({ eventType }) => eventType === 'ended') && world().wholeTrail(session)
          );
        });

      describe('in the default tiers', () => {
        test('H3: rejects an irreversible action after 300 s, not before, and as expired', async () => {
          const { start, oneGate, holdpoint, desk } = world();
          const heard: string[] = [];
          const session = await start({ turns: [{ calls: [DELETE] }, listening(heard)] });
          const gate = await oneGate(session);
          expect(Number(gate.respondBy) - gate.presentedAt).toBe(300 * SECOND_MS);
          await pass(290 * SECOND_MS);
          expect(await now(session)).toEqual(gate);
          await pass(10 * SECOND_MS);
          const events = await ended(session);
          expect(typesOf(events)).toEqual(['started', 'gate_presented', 'expired', 'ended']);
          const expired = eventOf(events, 'expired');
          expect(expired).toMatchObject({ gateId: gate.gateId, details: { noResponse: 'reject' } });
          expect(expired.at).toBeGreaterThanOrEqual(Number(gate.respondBy));
          expect(expired).not.toHaveProperty('reviewerId');
          expect(heard).toEqual([expect.stringMatching(/answered in time/u)]);
          expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
          expect(desk.executionsOf(session)).toEqual([]);
        });

        test('moves a review to the next tier after 1 h, and rejects it there after 30 min more', async () => {
          const { start, oneGate, desk } = world();
          const session = await start({ turns: [{ calls: [REFUND] }, DONE] });
          const first = await oneGate(session);
          expect(first).toMatchObject({ tier: 'async_review', noResponse: 'escalate' });
          await pass(59 * MINUTE_MS);
          expect(await now(session)).toEqual(first);
          await pass(MINUTE_MS);
          const moved = await until('the next tier', async () => {
            const gate = await now(session);
            return gate.tier === 'escalation' && gate;
          });
          expect(moved).toMatchObject({ gateId: first.gateId, noResponse: 'reject' });
          await pass(29 * MINUTE_MS);
          expect(await now(session)).toEqual(moved);
          await pass(MINUTE_MS);
          const events = await ended(session);
          expect(typesOf(events)).toEqual([
            'started',
            'gate_presented',
            'escalated',
            'expired',
            'ended',
          ]);
          const escalated = eventOf(events, 'escalated');
          expect(escalated.at).toBeGreaterThanOrEqual(first.presentedAt + HOUR_MS);
          expect(moved.respondBy).toBe(escalated.at + 30 * MINUTE_MS);
          expect(eventOf(events, 'expired').at).toBeGreaterThanOrEqual(Number(moved.respondBy));
          expect(desk.executionsOf(session)).toEqual([]);
        });

        test('H4: a decision in the next tier counts, though the first was silent', async () => {
          const { start, oneGate, decide, holdpoint, desk } = world();
          const session = await start({ turns: [{ calls: [REFUND] }, DONE] });
          const gate = await oneGate(session);
          await pass(80 * MINUTE_MS);
          expect(await decide(session, gate, { reviewerId: 'the-manager' })).toMatchObject({
            status: 'decided',
          });
          expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
          expect(desk.executionsOf(session)).toHaveLength(1);
        });

        test('ends each of two gates at its own time, on one timer', async () => {
          const { start, gates, oneGate } = world();
          const calls = [DELETE, asking('manager')];
          const session = await start({ turns: [{ calls }, DONE] });
          await gates(session, 2);
          await pass(300 * SECOND_MS);
          expect(await oneGate(session)).toMatchObject({ kind: 'question' });
          await pass(30 * MINUTE_MS);
          const events = await ended(session);
          const expired = events.filter(({ eventType }) => eventType === 'expired');
          expect(expired.map(({ tier }) => tier)).toEqual(['synchronous_gate', 'escalation']);
        });

        test('H3: tells the agent that nobody answered its question', async () => {
          const { start, oneGate, holdpoint } = world();
          const heard: string[] = [];
          const ask = { name: 'ask_person', arguments: { question: 'Which one?' } };
          const session = await start({ turns: [{ calls: [ask] }, listening(heard)] });
          await oneGate(session);
          await pass(300 * SECOND_MS);
          expect(typesOf(await ended(session))).toContain('expired');
          expect(heard).toEqual([expect.stringMatching(/nobody|no answer/iu)]);
          expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
        });

        test('H3: leaves an unsure answer unconfirmed', async () => {
          const { start, oneGate, holdpoint } = world();
          const session = await start({ turns: [{ text: 'Probably 42.' }], confidence: '0.3' });
          const { tier, respondBy, presentedAt } = await oneGate(session);
          expect(tier).toBe('synchronous_gate');
          await pass(Number(respondBy) - presentedAt);
          expect(typesOf(await ended(session))).toContain('expired');
          expect(await holdpoint.result(session)).toMatchObject({
            status: 'unconfirmed',
            unconfirmedAnswer: 'Probably 42.',
          });
        });

        test('H11: leaves an unknown effect unknown after 30 min, and tries nothing again', async () => {
          const { start, oneGate, decide, desk, evidence } = world();
          const publish = { name: 'publish_publicly', arguments: { text: 'news' } };
          const session = await start({ turns: [{ calls: [publish] }, DONE] });
          await decide(session, await oneGate(session), {});
          const effect = await until('what happened is asked', async () => {
            const gate = await now(session);
            return gate.kind === 'effect' && gate;
          });
          expect(Number(effect.respondBy) - effect.presentedAt).toBe(30 * MINUTE_MS);
          await pass(30 * MINUTE_MS);
          const events = await ended(session);
          expect(eventOf(events, 'expired').gateId).toBe(effect.gateId);
          expect(desk.executionsOf(session)).toHaveLength(1);
          const [execution] = desk.executionsOf(session);
          expect(await evidence.entry(execution?.key ?? '')).toMatchObject({ state: 'unknown' });
        });
      });

      describe('in a tier of another meaning', () => {
        test('approve: what can be undone runs, as expired and never as a person’s yes', async () => {
          const { start, oneGate, desk } = world();
          const session = await start({ turns: [{ calls: [DRAFT] }, DONE] });
          expect(await oneGate(session)).toMatchObject({
            tier: 'courtesy',
            noResponse: 'approve',
            reversibility: 'reversible',
          });
          await pass(9 * MINUTE_MS);
          expect(desk.executionsOf(session)).toEqual([]);
          await pass(MINUTE_MS);
          const events = await ended(session);
          expect(typesOf(events)).toEqual([
            'started',
            'gate_presented',
            'expired',
            'auto_proceeded',
            'executed',
            'ended',
          ]);
          expect(eventOf(events, 'auto_proceeded')).toMatchObject({ tier: 'courtesy' });
          expect(events.some((event) => event.reviewerId !== undefined)).toBe(false);
          expect(desk.executionsOf(session)).toHaveLength(1);
        });

        test('hold: waits for days, with a reminder at its rhythm, and a decision still counts', async () => {
          const { start, oneGate, decide, holdpoint, wholeTrail } = world();
          const mail = { name: 'send_email', arguments: { to: 'x@example.org' } };
          const session = await start({ turns: [{ calls: [mail] }, DONE] });
          const gate = await oneGate(session);
          expect(gate).toMatchObject({ tier: 'patient', noResponse: 'hold', respondBy: null });
          // Each reminder is set from the one before, so the moments that a task takes add up.
          await pass(3 * DAY_MS + HOUR_MS);
          expect(await oneGate(session)).toEqual(gate);
          await decide(session, gate, { decision: 'rejected' });
          await holdpoint.result(session);
          const reminders = (await wholeTrail(session)).filter((e) => e.eventType === 'reminded');
          expect(reminders).toHaveLength(12);
          const moments = [gate.presentedAt, ...reminders.map(({ at }) => at)];
          const gaps = moments.slice(1).map((at, index) => at - (moments[index] ?? 0));
          expect(Math.min(...gaps)).toBeGreaterThanOrEqual(6 * HOUR_MS);
        });

        test('fail: the session fails with ApprovalTimeoutError, and nothing runs', async () => {
          const { start, oneGate, holdpoint, desk, wholeTrail } = world();
          const legal = { name: 'delete_record', arguments: { id: 'legal' } };
          const session = await start({ turns: [{ calls: [legal] }, DONE] });
          expect(await oneGate(session)).toMatchObject({ tier: 'strict', noResponse: 'fail' });
          await pass(12 * HOUR_MS);
          const error: unknown = await holdpoint.result(session).catch((thrown: unknown) => thrown);
          expect(error).toBeInstanceOf(WorkflowFailedError);
          expect(error).toMatchObject({ cause: { type: 'ApprovalTimeoutError' } });
          const events = await wholeTrail(session);
          expect(typesOf(events)).toEqual(['started', 'gate_presented', 'expired', 'ended']);
          expect(eventOf(events, 'ended').details).toEqual({
            status: 'failed',
            reason: 'ApprovalTimeoutError',
          });
          expect(desk.executionsOf(session)).toEqual([]);
        });
      });

      describe('during a pause', () => {
        test('H7: does not count: the gate has as long after the resume as it had before', async () => {
          const { start, oneGate, holdpoint } = world();
          const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
          const gate = await oneGate(session);
          await pass(200 * SECOND_MS);
          await holdpoint.pause(session, OPERATOR);
          await pass(5 * HOUR_MS);
          expect(await now(session)).toEqual(gate);
          await holdpoint.resume(session, OPERATOR);
          const resumed = await now(session);
          const pausedMs = Number(resumed.respondBy) - Number(gate.respondBy);
          expect(pausedMs).toBeGreaterThanOrEqual(5 * HOUR_MS);
          await pass(90 * SECOND_MS);
          expect(await now(session)).toEqual(resumed);
          await pass(10 * SECOND_MS);
          const events = await ended(session);
          expect(eventOf(events, 'resumed').details).toMatchObject({ pausedMs });
          expect(eventOf(events, 'expired').at).toBeGreaterThanOrEqual(Number(resumed.respondBy));
        });

        test('H7: moves the climb to the next tier, and reminders, alike', async () => {
          const { start, gates, decide, holdpoint, wholeTrail } = world();
          const session = await start({ turns: [{ calls: [REFUND, asking('board')] }, DONE] });
          const [first] = await gates(session, 2);
          await holdpoint.pause(session, OPERATOR);
          await pass(2 * DAY_MS);
          await holdpoint.resume(session, OPERATOR);
          await pass(50 * MINUTE_MS);
          const open = await gates(session, 2);
          expect(open.map(({ tier }) => tier).toSorted()).toEqual(['async_review', 'patient']);
          await pass(10 * MINUTE_MS);
          await until('the next tier', async () => {
            const tiers = (await gates(session, 2)).map(({ tier }) => tier);
            return tiers.includes('escalation');
          });
          await pass(5 * HOUR_MS + 10 * MINUTE_MS);
          const rest = await world().oneGate(session);
          await decide(session, rest, { decision: 'rejected' });
          await holdpoint.result(session);
          const events = await wholeTrail(session);
          const since = Number(first?.presentedAt) + 2 * DAY_MS;
          expect(eventOf(events, 'escalated').at).toBeGreaterThanOrEqual(since + HOUR_MS);
          const reminders = events.filter((event) => event.eventType === 'reminded');
          expect(reminders).toHaveLength(1);
          expect(reminders[0]?.at).toBeGreaterThanOrEqual(since + 6 * HOUR_MS);
        });
      });
    },
    { server, policy: EVERY_SILENCE, alsoCached: true },
  );
});
