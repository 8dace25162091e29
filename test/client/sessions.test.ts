/** What a client learns of sessions without asking a worker, and the two things that it asks one. On real Temporal. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ListedSession, SessionsOptions } from '../../client/index.ts';
import { policyVersion } from '../../domain/policy/policy.ts';
import { deskPolicy, type Script } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { AGENT, openWorld, REVIEWER, type World } from '../support/world.ts';

const DELETE: Script = {
  turns: [
    { text: 'It is a duplicate.', calls: [{ name: 'delete_record', arguments: { id: 'c-17' } }] },
    { text: 'Done.' },
  ],
};

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => world.close());

const prefix = `listed-${randomUUID()}`;
const newId = (): string => `${prefix}-${randomUUID()}`;

/** The row of a session, as soon as visibility has it so. */
async function row(
  sessionId: string,
  options: SessionsOptions,
  isSo: (session: ListedSession) => boolean = () => true,
): Promise<ListedSession> {
  return until(`${sessionId} in the list`, async () => {
    const { sessions } = await world.holdpoint.sessions.page({ idPrefix: prefix, ...options });
    return sessions.find((one) => one.sessionId === sessionId && isSo(one));
  });
}

describe('the list of sessions', () => {
  test('says whose a session is before anything was written of it, and later its policy, phase and gates', async () => {
    const id = newId();
    const goal = `goal ${randomUUID()}`;
    const letGo = world.desk.holdBack(goal);
    await world.start(DELETE, { sessionId: id, goal });
    const before = await row(id, { filter: 'running' });
    expect(before).toMatchObject({ agentId: AGENT, requesterId: 'requester', openGates: 0 });
    expect(before).not.toHaveProperty('policyVersion');
    letGo();
    await world.oneGate(id);
    const waiting = await row(id, { filter: 'waiting' });
    expect(waiting).toMatchObject({
      workflowType: 'agentSession',
      state: 'running',
      openGates: 1,
      policyVersion: policyVersion(deskPolicy()),
    });
    expect(waiting).not.toHaveProperty('phase');
    await world.holdpoint.pause(id, { operatorId: 'olga', reason: 'lunch' });
    await row(id, { filter: 'waiting' }, ({ phase }) => phase === 'paused');
    expect(await world.holdpoint.sessions.waitingCount()).toBeGreaterThan(0);
  });

  test('tells those that run from those that have ended, and finds one by its id', async () => {
    const id = newId();
    await world.start({ turns: [{ text: 'Nothing to do.' }] }, { sessionId: id });
    await world.holdpoint.result(id);
    const closed = await row(id, { filter: 'closed' });
    expect(closed).toMatchObject({ state: 'completed', openGates: 0, agentId: AGENT });
    expect(closed.closedAt).toBeGreaterThanOrEqual(closed.startedAt);
    const { sessions } = await world.holdpoint.sessions.page({
      filter: 'running',
      idPrefix: prefix,
    });
    expect(sessions.map(({ sessionId }) => sessionId)).not.toContain(id);
    expect(await world.holdpoint.sessions.find(id)).toEqual(closed);
    expect(await world.holdpoint.sessions.find(newId())).toBeUndefined();
  });

  test('holds external gates, page by page, and counts what is on all pages', async () => {
    const own = `paged-${randomUUID()}`;
    for (const n of [1, 2, 3]) {
      await world.start({ turns: [{ text: 'Done.' }] }, { sessionId: `${own}-${n}` });
    }
    const page = async (pageToken?: string) =>
      world.holdpoint.sessions.page({
        idPrefix: own,
        pageSize: 2,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
    await until('all three', async () => (await page()).sessionsCount === 3);
    const first = await page();
    const second = await page(first.nextPageToken);
    const ids = [...first.sessions, ...second.sessions].map(({ sessionId }) => sessionId);
    expect(ids.toSorted()).toEqual([1, 2, 3].map((n) => `${own}-${n}`));
    const { id } = await world.holdpoint.requestGate(
      { agentId: 'outside', requesterId: 'ci', actionType: 'drop_table', arguments: {} },
      { key: own },
    );
    await world.oneGate(id);
    const gate = await until('the external gate', async () =>
      (await world.holdpoint.sessions.page({ idPrefix: id, filter: 'waiting' })).sessions.at(0),
    );
    expect(gate).toMatchObject({ workflowType: 'externalGate', agentId: 'outside', openGates: 1 });
  });

  test('passes over workflows that Holdpoint was never in', async () => {
    const { client, taskQueue } = world;
    const workflowId = newId();
    await client.workflow.start('lateDecision', { workflowId, taskQueue: `no-${taskQueue}` });
    expect(await world.holdpoint.sessions.find(workflowId)).toBeUndefined();
    const counts = await world.holdpoint.sessions.counts(Date.now() - 3_600_000);
    expect(counts.started).toBeGreaterThan(0);
    const { sessions } = await world.holdpoint.sessions.page({ idPrefix: workflowId });
    expect(sessions).toEqual([]);
    await client.workflow.getHandle(workflowId).terminate();
  });
});

describe('a session that is asked', () => {
  test('says who may decide a gate, and why another may not (H1, H6)', async () => {
    const id = await world.start(DELETE);
    const { gateId } = await world.oneGate(id);
    const ask = async (reviewerId: string) => world.holdpoint.mayDecide(id, { gateId, reviewerId });
    expect(await ask(REVIEWER)).toEqual({ may: 'yes' });
    expect(await ask('requester')).toMatchObject({ may: 'no', code: 'SELF_APPROVAL' });
    expect(await ask(AGENT)).toMatchObject({ may: 'no', code: 'SELF_APPROVAL' });
  });

  test('tells its conversation, with the words of the turn that waits', async () => {
    const id = await world.start(DELETE, { goal: `Clean up ${randomUUID()}` });
    await world.oneGate(id);
    const { goal, tail } = await world.holdpoint.conversation(id);
    expect(goal).toMatch(/^Clean up/);
    expect(tail).toMatchObject([
      { role: 'assistant', text: 'It is a duplicate.', calls: [{ name: 'delete_record' }] },
    ]);
  });

  test('names the schema of its tool, which stands in the evidence store', async () => {
    const id = await world.start(DELETE);
    const { schemaDigest = '' } = await world.oneGate(id);
    const text = await world.evidence.content(schemaDigest);
    expect(JSON.parse(text ?? '')).toMatchObject({
      type: 'object',
      properties: { id: { type: 'string' }, reason: { type: 'string' } },
      required: ['id'],
    });
  });
});
