/**
 * Sessions that closed without workflow code: what their histories hold goes to the evidence store, with a last event
 * that is marked `recovered` (H8). Nobody's sessions but these, however often, by however many.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { headOf } from '../../domain/audit/audit-chain.ts';
import { sealEvent } from '../../domain/audit/audit-event.ts';
import { type AuditEvent, verifyChain } from '../../domain/index.ts';
import { EvidenceUnavailable } from '../../evidence/store.ts';
import {
  recoverSessions,
  type RecoveredRun,
  type RecoveryOptions,
  startRecovery,
} from '../../workers/recovery.ts';
import { deskPolicy } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { AGENT, openWorld, REVIEWER, type World } from '../support/world.ts';
import { createHand } from './held-evidence.ts';
import { currentRun, isUpdate, reset, runsOf, untilNextRun } from './session-runs.ts';

const DONE = { text: 'All done.' };
const search = (query: string) => ({ name: 'search', arguments: { query } });
const deletion = (id: string) => ({ name: 'delete_record', arguments: { id } });
const GATED = { turns: [{ calls: [deletion('a'), deletion('b')] }, DONE] } as const;
const REASON = 'the agent ran wild';

const hand = createHand();
let world: World;

beforeAll(async () => {
  const policy = deskPolicy({ limits: { historyEventsMax: 50 } });
  world = await openWorld({ policy, evidence: hand.on });
});
afterAll(async () => world.close());

function options(): RecoveryOptions {
  const { client, evidence } = world;
  const { namespace } = client.options;
  // Sessions of other test files are terminated too, and their evidence is elsewhere.
  return { connection: client.connection, namespace, evidence, warn: () => undefined };
}

/** One pass, as far as it concerns this session; once the visibility list shows what closed. */
async function recovered(session: string): Promise<readonly RecoveredRun[]> {
  const { client } = world;
  await until('the end in the list', async () => {
    const query = `WorkflowId = '${session}' AND ExecutionStatus IN ('Terminated', 'TimedOut')`;
    return (await client.workflow.count(query)).count > 0;
  });
  const pass = await recoverSessions(options());
  return pass.recovered.filter(({ sessionId }) => sessionId === session);
}

async function stored(session: string): Promise<readonly AuditEvent[]> {
  const [first] = await runsOf(world.client, session);
  const key = { sessionId: session, firstExecutionRunId: first?.firstExecutionRunId ?? '' };
  return (await world.evidence.events(key)).map(({ event }) => event);
}

test('a terminated session: the evidence is the history, and a last event that says how it ended', async () => {
  const { client, start, gates, decide, trail } = world;
  const session = await start(GATED);
  const [a, b] = await gates(session, 2);
  if (a === undefined || b === undefined) throw new Error('A gate is missing');
  await decide(session, a, { decision: 'rejected', rationale: 'no' });
  await client.workflow.getHandle(session).terminate(REASON);
  expect(await stored(session)).toEqual([]);
  const history = await trail(session);
  const runId = await currentRun(client, session);
  expect(await recovered(session)).toEqual([
    { sessionId: session, runId, events: history.length + 1 },
  ]);
  const events = await stored(session);
  expect(events.slice(0, -1)).toEqual(history);
  expect(verifyChain(events)).toBeUndefined();
  expect(events.at(-1)).toMatchObject({
    eventType: 'ended',
    agentId: AGENT,
    rationale: REASON,
    details: { status: 'terminated', recovered: true, openGates: [b.gateId], openGatesCount: 1 },
  });
  // What is stored is stored: a later pass, and passes at the same time, change nothing.
  expect((await Promise.all([recovered(session), recovered(session)])).flat()).toEqual([]);
  expect(await stored(session)).toEqual(events);
});

test('two processes at the same time store the same, once', async () => {
  const { client, start, gates } = world;
  const session = await start(GATED);
  await gates(session, 2);
  await client.workflow.getHandle(session).terminate(REASON);
  await Promise.all([recovered(session), recovered(session), recovered(session)]);
  const events = await stored(session);
  expect(verifyChain(events)).toBeUndefined();
  expect(events.filter((event) => event.eventType === 'ended')).toHaveLength(1);
});

test('a session that timed out', async () => {
  const { client, taskQueue, desk, gates } = world;
  const session = `session-${randomUUID()}`;
  const goal = `goal ${session}`;
  desk.play(goal, GATED);
  await client.workflow.start('agentSession', {
    workflowId: session,
    taskQueue,
    args: [{ goal, agentId: AGENT }],
    workflowExecutionTimeout: '3 seconds',
  });
  await gates(session, 2);
  expect(await recovered(session)).toHaveLength(1);
  const events = await stored(session);
  expect(events.at(-1)?.details).toMatchObject({ status: 'timed_out', openGatesCount: 2 });
  expect(events.at(-1)).not.toHaveProperty('rationale');
});

test('a session that had continued as new: what the last run added, on what was flushed before', async () => {
  const { client, start, gates, decide, trail } = world;
  const session = await start(GATED);
  const [a] = await gates(session, 2);
  await untilNextRun(client, session);
  if (a !== undefined) await decide(session, a, { decision: 'rejected' });
  await client.workflow.getHandle(session).terminate(REASON);
  expect(await recovered(session)).toMatchObject([{ events: 2 }]);
  const events = await stored(session);
  expect(events.slice(0, -1)).toEqual(await trail(session));
  expect(verifyChain(events)).toBeUndefined();
});

test('an action that nobody was asked about: its consent carries the trail', async () => {
  const { client, start, desk, trail } = world;
  const id = randomUUID();
  const letGo = desk.holdBack(id);
  const refund = { name: 'refund', arguments: { order: id, amount: 10 } };
  const session = await start({ turns: [{ calls: [refund] }, DONE] });
  await until('the refund', () => desk.executionsOf(session).length === 1);
  await client.workflow.getHandle(session).terminate(REASON);
  letGo();
  const history = await trail(session);
  expect(history.map((event) => event.eventType)).toEqual(['started', 'auto_proceeded']);
  // Its reservation has stored them.
  expect(await recovered(session)).toMatchObject([{ events: 1 }]);
  const events = await stored(session);
  expect(events.slice(0, -1)).toEqual(history);
  expect(verifyChain(events)).toBeUndefined();
  expect(await recovered(session)).toEqual([]);
});

test('a session that was terminated before its evidence was stored: its own last word is the last', async () => {
  const { client, start, trail } = world;
  const append = hand.hold('append');
  const session = await start({ turns: [{ calls: [search('a')] }, DONE] });
  await append.reached;
  await client.workflow.getHandle(session).terminate(REASON);
  const history = await trail(session);
  expect(history.at(-1)).toMatchObject({ eventType: 'ended', details: { status: 'completed' } });
  expect(await recovered(session)).toMatchObject([{ events: history.length }]);
  append.release();
  expect(await stored(session)).toEqual(history);
  expect(await recovered(session)).toEqual([]);
});

test('what the evidence knows beyond the history is kept: the task that made it broke off', async () => {
  const { client, start, oneGate, trail, evidence } = world;
  const session = await start({ turns: [{ calls: [deletion('a')] }, DONE] });
  const { runId } = await oneGate(session);
  await client.workflow.getHandle(session).terminate(REASON);
  const history = await trail(session);
  const noted = { eventType: 'executed', actionType: 'look' } as const;
  const context = { sessionId: session, agentId: AGENT, at: Date.now() };
  const beyond = sealEvent(headOf(history), context, noted);
  const key = { sessionId: session, firstExecutionRunId: runId };
  await evidence.append({ ...key, events: [...history, beyond] }, runId);
  expect(await recovered(session)).toMatchObject([{ events: 1 }]);
  const events = await stored(session);
  expect(events.slice(0, -1)).toEqual([...history, beyond]);
  expect(verifyChain(events)).toBeUndefined();
});

test('a run that a reset has ended: its branch is whole, and the other is not touched', async () => {
  const { client, start, gates, decide, holdpoint, trail, evidence } = world;
  const session = await start(GATED);
  const [a, b] = await gates(session, 2);
  if (a === undefined || b === undefined) throw new Error('A gate is missing');
  await decide(session, a, { decision: 'rejected', rationale: 'in the first run' });
  const branch = (await holdpoint.history(session, a.runId)).trail.map(({ event }) => event);
  await reset(client, session, { runId: a.runId, before: isUpdate, forget: true });
  for (const gate of await gates(session, 2)) {
    await decide(session, gate, { decision: 'rejected', rationale: 'in the second run' });
  }
  await holdpoint.result(session);
  expect(await recovered(session)).toMatchObject([{ runId: a.runId }]);
  const key = { sessionId: session, firstExecutionRunId: a.runId };
  const ends = (await evidence.events(key)).filter(({ event }) => event.eventType === 'ended');
  expect(ends).toHaveLength(2);
  for (const { event, runId } of ends) {
    const chain = await evidence.chainTo(key, event.hash);
    expect(verifyChain(chain)).toBeUndefined();
    if (runId === a.runId) expect(chain.slice(0, -1)).toEqual(branch);
    else expect(chain).toEqual(await trail(session));
  }
  // A decision that comes now is told how the gate ended in the branch that was lived on.
  const late = await decide(session, a, { reviewerId: 'late' });
  expect(late).toMatchObject({ status: 'refused', code: 'ALREADY_DECIDED' });
  const ended = (await trail(session)).find(
    (event) => event.eventType === 'rejected' && event.gateId === a.gateId,
  );
  expect(late).toMatchObject({
    outcome: { status: 'rejected', reviewerId: REVIEWER, at: ended?.at },
  });
});

test('sessions that ended by themselves, and workflows of others, are left alone', async () => {
  const { client, start, gates, holdpoint } = world;
  const session = await start(GATED);
  await gates(session, 2);
  await holdpoint.cancel(session, { operatorId: 'olga', reason: 'enough' });
  await holdpoint.result(session).catch(() => undefined);
  const other = `other-${randomUUID()}`;
  await client.workflow.start('someoneElses', {
    workflowId: other,
    taskQueue: `nobody-${randomUUID()}`,
    memo: { theirs: 'own' },
  });
  await client.workflow.getHandle(other).terminate(REASON);
  const before = await stored(session);
  expect(await recovered(other)).toEqual([]);
  expect(await stored(session)).toEqual(before);
});

test('goes on at once and then regularly, also after a pass that failed', async () => {
  const { client, start, gates } = world;
  const session = await start(GATED);
  await gates(session, 2);
  await client.workflow.getHandle(session).terminate(REASON);
  const warnings: string[] = [];
  let isDown = true;
  const evidence = new Proxy(world.evidence, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]): Promise<unknown> => {
        if (isDown) throw new EvidenceUnavailable('The evidence store is down', false);
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
  const warn = (line: string): void => void warnings.push(line);
  const recovery = startRecovery({ ...options(), evidence, warn, everyMs: 200 });
  await until('the failure', () => warnings.some((line) => line.includes(session)));
  isDown = false;
  await until('the recovery', async () => (await stored(session)).length > 0);
  await recovery.stop();
  expect((await stored(session)).at(-1)).toMatchObject({ eventType: 'ended' });
});
