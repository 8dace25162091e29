/**
 * Cancelling a session (H7): the operator's `cancel` and Temporal's own. Open gates are withdrawn, what runs is awaited,
 * what was approved and not started says so, and the evidence is stored before the end.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { type AuditEvent, verifyChain } from '../../domain/index.ts';
import { SIGNALS } from '../../domain/messages.ts';
import { until } from '../support/until.ts';
import { modes, type World } from '../support/world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-1' } };
const DONE = { text: 'All done.' };
const OPERATOR = { operatorId: 'oscar', reason: 'wrong customer' };

function typesOf(events: readonly AuditEvent[]): readonly string[] {
  return events.map((event) => event.eventType);
}

async function cancelled({ holdpoint }: World, session: string): Promise<void> {
  await expect(holdpoint.result(session)).rejects.toMatchObject({
    cause: {
      type: 'AgentCancelled',
      message: `Session ${session} was cancelled by oscar: wrong customer`,
      details: [OPERATOR],
    },
  });
}

/** The trail of a closed session, which the evidence store has to the last event. */
async function endedTrail(world: World, session: string): Promise<readonly AuditEvent[]> {
  const events = await world.wholeTrail(session);
  const [stored] = await world.evidence.sessions(session);
  if (stored === undefined) throw new Error('The evidence store knows nothing of the session');
  expect((await world.evidence.events(stored)).map(({ event }) => event)).toEqual(events);
  expect(verifyChain(events)).toBeUndefined();
  expect(events.at(-1)).toMatchObject({ eventType: 'ended' });
  return events;
}

modes('a cancelled session', (world) => {
  test('H7: ends from a model turn, which has no say any more', async () => {
    const { holdpoint, desk, start } = world();
    const goal = `held back ${Math.random()}`;
    const release = desk.holdBack(goal);
    const session = await start({ turns: [{ calls: [DELETE] }, DONE] }, { goal });
    await until('the model turn runs', async () => {
      const { inFlight } = await holdpoint.status(session);
      return inFlight.some(({ workId }) => workId === 'turn/1');
    });
    expect(await holdpoint.cancel(session, OPERATOR)).toEqual({
      status: 'done',
      phase: 'cancelling',
    });
    await cancelled(world(), session);
    release();
    expect(typesOf(await endedTrail(world(), session))).toEqual(['started', 'cancelled', 'ended']);
  });

  test('H7: ends from a pause', async () => {
    const { holdpoint, start, oneGate, desk } = world();
    const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
    await oneGate(session);
    await holdpoint.pause(session, OPERATOR);
    await holdpoint.cancel(session, OPERATOR);
    await cancelled(world(), session);
    expect(desk.executionsOf(session)).toEqual([]);
    expect(typesOf(await endedTrail(world(), session))).toEqual([
      'started',
      'gate_presented',
      'paused',
      'cancelled',
      'withdrawn',
      'ended',
    ]);
  });

  test('H4, H7: withdraws every open gate, and who decides one later is told so', async () => {
    const { holdpoint, start, gates, decide, desk, evidence } = world();
    const other = { name: 'delete_record', arguments: { id: 'c-2' } };
    const session = await start({ turns: [{ calls: [DELETE, other] }, DONE] });
    const [first, second] = await gates(session, 2);
    if (first === undefined || second === undefined) throw new Error('Two gates are two gates');
    await holdpoint.cancel(session, OPERATOR);
    await cancelled(world(), session);
    const events = await endedTrail(world(), session);
    const withdrawn = events.filter((event) => event.eventType === 'withdrawn');
    expect(withdrawn.map(({ gateId, rationale }) => [gateId, rationale])).toEqual([
      [first.gateId, 'cancelled'],
      [second.gateId, 'cancelled'],
    ]);
    expect(await decide(session, first, {})).toMatchObject({
      status: 'refused',
      code: 'WITHDRAWN',
      gateId: first.gateId,
      outcome: { status: 'withdrawn' },
    });
    expect(desk.executionsOf(session)).toEqual([]);
    expect(await evidence.lateDecisions(session)).toMatchObject([
      { decision: { gateId: first.gateId }, reply: { code: 'WITHDRAWN' } },
    ]);
  });

  test('H7: withdraws an answer that waits to be confirmed', async () => {
    const { holdpoint, start, oneGate } = world();
    const session = await start({ turns: [{ text: 'Probably 42.' }], confidence: '0.1' });
    expect(await oneGate(session)).toMatchObject({ kind: 'answer' });
    await holdpoint.cancel(session, OPERATOR);
    await cancelled(world(), session);
    expect(typesOf(await endedTrail(world(), session))).toContain('withdrawn');
  });

  test('H7: awaits an irreversible action that runs, records its real end, and refuses orders meanwhile', async () => {
    const { holdpoint, start, gates, decide, desk, evidence } = world();
    const release = desk.holdBack('c-9');
    const running = { name: 'delete_record', arguments: { id: 'c-9' } };
    const session = await start({ turns: [{ calls: [running, DELETE] }, DONE] });
    const open = await gates(session, 2);
    const gate = open.find(({ payload }) => payload['id'] === 'c-9');
    const waiting = open.find(({ payload }) => payload['id'] === 'c-1');
    if (gate === undefined || waiting === undefined) throw new Error('Both wait');
    await decide(session, gate, {});
    await until('it runs', () => desk.executionsOf(session).length === 1);
    await holdpoint.cancel(session, OPERATOR);
    const closed = { status: 'refused', code: 'SESSION_CLOSED' };
    expect(await holdpoint.pause(session, OPERATOR)).toMatchObject(closed);
    expect(await holdpoint.resume(session, OPERATOR)).toMatchObject(closed);
    expect(await holdpoint.cancel(session, OPERATOR)).toMatchObject(closed);
    const told = { ...OPERATOR, message: 'go on' };
    expect(await holdpoint.instruct(session, told)).toMatchObject(closed);
    expect(await decide(session, waiting, {})).toMatchObject({
      status: 'refused',
      code: 'WITHDRAWN',
    });
    expect((await holdpoint.status(session)).inFlight).toMatchObject([{ workId: gate.actionId }]);
    release();
    await cancelled(world(), session);
    const events = await endedTrail(world(), session);
    expect(typesOf(events).filter((type) => type !== 'gate_presented')).toEqual([
      'started',
      'approved',
      'cancelled',
      'withdrawn',
      'message_refused',
      'message_refused',
      'message_refused',
      'message_refused',
      'decision_refused',
      'executed',
      'ended',
    ]);
    const [execution] = desk.executionsOf(session);
    expect(await evidence.entry(execution?.key ?? '')).toMatchObject({ state: 'done' });
  });

  test('H7: gives up a read that runs, and does not wait for it', async () => {
    const { holdpoint, start, desk } = world();
    const query = `held back ${Math.random()}`;
    const release = desk.holdBack(query);
    const read = { name: 'search', arguments: { query } };
    const session = await start({ turns: [{ calls: [read] }, DONE] });
    await until('it runs', () =>
      desk.executions.some(({ args }) => isDeepStrictEqual(args, read.arguments)),
    );
    await holdpoint.cancel(session, OPERATOR);
    await cancelled(world(), session);
    const events = await endedTrail(world(), session);
    expect(typesOf(events)).toEqual([
      'started',
      'auto_proceeded',
      'cancelled',
      'not_executed',
      'ended',
    ]);
    expect(events[3]).toMatchObject({ actionType: 'search', details: { code: 'SESSION_CLOSED' } });
    release();
  });

  test('H7, H11: says so where the action that ran has no known outcome', async () => {
    const { holdpoint, start, oneGate, decide, desk } = world();
    const release = desk.holdBack('news');
    const publish = { name: 'publish_publicly', arguments: { text: 'news' } };
    const session = await start({ turns: [{ calls: [publish] }, DONE] });
    await decide(session, await oneGate(session), {});
    await until('it runs', () => desk.executionsOf(session).length === 1);
    await holdpoint.cancel(session, OPERATOR);
    release();
    await cancelled(world(), session);
    expect(typesOf(await endedTrail(world(), session)).slice(-3)).toEqual([
      'cancelled',
      'effect_unknown',
      'ended',
    ]);
  });

  test('H7, H11: a word about an unknown effect counts, though the cancel came with it', async () => {
    const { client, start, oneGate, decide, evidence, desk, stopWorker, startWorker } = world();
    const publish = { name: 'publish_publicly', arguments: { text: 'more news' } };
    const session = await start({ turns: [{ calls: [publish] }, DONE] });
    await decide(session, await oneGate(session), {});
    const effect = await until('a person is asked what happened', async () => {
      const open = await oneGate(session);
      return open.kind === 'effect' && open;
    });
    await stopWorker();
    const handle = client.workflow.getHandle(session);
    const { gateId, runId, payloadDigest } = effect;
    const happened = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rita' };
    await handle.signal(SIGNALS.decide, happened);
    await handle.signal(SIGNALS.cancel, OPERATOR);
    await startWorker();
    await cancelled(world(), session);
    const [execution] = desk.executionsOf(session);
    expect(await evidence.entry(execution?.key ?? '')).toMatchObject({
      state: 'reconciled',
      happened: true,
    });
    expect(typesOf(await endedTrail(world(), session)).slice(-4)).toEqual([
      'approved',
      'cancelled',
      'executed',
      'ended',
    ]);
  });

  test.each([
    ['approved', {}],
    ['modified', { modifications: { id: 'c-2' } }],
  ] as const)(
    'H7: what was %s and not scheduled is not executed, with why',
    async (decision, rest) => {
      const { holdpoint, start, oneGate, decide, desk } = world();
      const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
      const gate = await oneGate(session);
      await holdpoint.pause(session, OPERATOR);
      await decide(session, gate, { decision, ...rest });
      await holdpoint.cancel(session, OPERATOR);
      await cancelled(world(), session);
      expect(desk.executionsOf(session)).toEqual([]);
      const events = await endedTrail(world(), session);
      expect(typesOf(events).slice(-4)).toEqual([decision, 'cancelled', 'not_executed', 'ended']);
      expect(events.at(-2)).toMatchObject({
        gateId: gate.gateId,
        actionType: 'delete_record',
        details: { code: 'SESSION_CLOSED' },
      });
    },
  );

  test('H7: approval and cancel in one workflow task: the action does not start', async () => {
    const { client, holdpoint, start, oneGate, desk, stopWorker, startWorker } = world();
    const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
    const { gateId, runId, payloadDigest } = await oneGate(session);
    await stopWorker();
    const handle = client.workflow.getHandle(session);
    const approval = { gateId, runId, payloadDigest, decision: 'approved', reviewerId: 'rita' };
    await handle.signal(SIGNALS.decide, approval);
    await handle.signal(SIGNALS.cancel, OPERATOR);
    await startWorker();
    await cancelled(world(), session);
    expect(desk.executionsOf(session)).toEqual([]);
    const events = await endedTrail(world(), session);
    expect(typesOf(events).slice(-4)).toEqual(['approved', 'cancelled', 'not_executed', 'ended']);
    await holdpoint.status(session);
  });
});

modes('a session that Temporal cancels', (world) => {
  test('H7: ends Canceled, its gates withdrawn, its evidence stored', async () => {
    const { client, start, oneGate, desk } = world();
    const session = await start({ turns: [{ calls: [DELETE] }, DONE] });
    await oneGate(session);
    const handle = client.workflow.getHandle(session);
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(desk.executionsOf(session)).toEqual([]);
    const events = await endedTrail(world(), session);
    expect(typesOf(events)).toEqual([
      'started',
      'gate_presented',
      'cancelled',
      'withdrawn',
      'ended',
    ]);
    expect(events[2]).toMatchObject({ details: { by: 'temporal' } });
  });

  test('H7: from a pause too, and awaits an irreversible action that runs', async () => {
    const { client, holdpoint, start, oneGate, decide, desk } = world();
    const release = desk.holdBack('c-8');
    const running = { name: 'delete_record', arguments: { id: 'c-8' } };
    const session = await start({ turns: [{ calls: [running] }, DONE] });
    await decide(session, await oneGate(session), {});
    await until('it runs', () => desk.executionsOf(session).length === 1);
    await holdpoint.pause(session, OPERATOR);
    const handle = client.workflow.getHandle(session);
    await handle.cancel();
    await until('the cancellation has arrived', async () => {
      const { phase } = await holdpoint.status(session);
      return phase === 'closed' || phase === 'cancelling';
    });
    expect(await holdpoint.cancel(session, OPERATOR)).toMatchObject({ code: 'SESSION_CLOSED' });
    release();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(typesOf(await endedTrail(world(), session))).toEqual([
      'started',
      'gate_presented',
      'approved',
      'paused',
      'cancelled',
      'message_refused',
      'executed',
      'ended',
    ]);
  });
});
