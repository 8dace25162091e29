/** What the inbox tells of a session, and what its operator does there. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Script } from '../support/desk.ts';
import { until } from '../support/until.ts';
import { AGENT } from '../support/world.ts';
import type { Browser, BrowserAnswer } from './browser.ts';
import type { InboxWorld } from './inbox-world.ts';

export interface Waiting {
  readonly sessionId: string;
  readonly gateId: string;
  readonly path: string;
}

export interface SessionDesk {
  readonly inbox: InboxWorld;
  readonly rita: Browser;
  /** A session that waits, and its one gate. */
  readonly waiting: (script?: Script) => Promise<Waiting>;
}

export const DELETE: Script = {
  turns: [
    {
      text: 'It is a duplicate.',
      calls: [{ name: 'delete_record', arguments: { id: 'c-17', reason: 'double' } }],
    },
    { text: 'Done.' },
  ],
};

/** What a decision names of what was shown. */
export function shown({ body }: BrowserAnswer): Record<string, string> {
  const { runId } = body.open;
  return { runId, payloadDigest: body.payloadDigest, policyVersion: body.facts.policyVersion };
}

export function sessionBehaviour(opened: () => SessionDesk): void {
  test('is shown with its gates whole, what is in flight, and those that have ended', async () => {
    const { inbox, rita, waiting } = opened();
    const { sessionId, gateId, path } = await waiting();
    const one = `/v1/sessions/${sessionId}`;
    const { body } = await rita.get(one);
    expect(body).toMatchObject({
      sessionId,
      state: 'running',
      phase: 'running',
      agentId: AGENT,
      isAnswering: true,
      openGates: 1,
      inFlight: [],
      gates: [{ status: 'pending', facts: { gateId }, payload: { id: 'c-17' } }],
      ended: [],
      progress: { steps: 1 },
    });
    await rita.post(`${path}/decide`, { ...shown(await rita.get(path)), decision: 'rejected' });
    await inbox.world.holdpoint.result(sessionId);
    const { body: ended } = await rita.get(one);
    expect(ended).toMatchObject({
      state: 'completed',
      gates: [],
      ended: [{ gateId, status: 'rejected', reviewerId: 'rita' }],
    });
    expect((await rita.get('/v1/sessions/none')).body.code).toBe('NOT_FOUND');
  });

  test('is paused, told something, resumed and cancelled, by who is logged in (H7)', async () => {
    const { inbox, rita, waiting } = opened();
    const { sessionId } = await waiting();
    const operate = async (body: object): Promise<BrowserAnswer> =>
      rita.post(`/v1/sessions/${sessionId}/operate`, body);
    expect((await operate({ verb: 'pause', reason: 'lunch' })).body).toEqual({
      status: 'done',
      phase: 'paused',
    });
    const { body } = await rita.get(`/v1/sessions/${sessionId}`);
    expect(body).toMatchObject({ phase: 'paused', pausedBy: 'rita', pausedReason: 'lunch' });
    expect(
      (await operate({ verb: 'instruct', reason: 'news', message: 'Ask first.' })).status,
    ).toBe(200);
    expect((await operate({ verb: 'instruct', reason: 'news' })).body.code).toBe('MALFORMED');
    expect((await operate({ verb: 'pause', reason: 'x', operatorId: 'olga' })).body.code).toBe(
      'MALFORMED',
    );
    expect((await operate({ verb: 'resume', reason: 'back' })).body).toMatchObject({
      phase: 'running',
    });
    expect((await operate({ verb: 'cancel', reason: 'enough' })).status).toBe(200);
    await expect(inbox.world.holdpoint.result(sessionId)).rejects.toThrow();
    expect((await operate({ verb: 'pause', reason: 'late' })).body.code).toBe('NOT_FOUND');
  });

  test('is ended by the kill of its agent, which stands until it is lifted (H7)', async () => {
    const { inbox, rita } = opened();
    const agentId = `doomed-${randomUUID()}`;
    const session = await inbox.world.start(DELETE, { agentId });
    await inbox.world.oneGate(session);
    const order = async (body: object): Promise<BrowserAnswer> => rita.post('/v1/kills', body);
    expect((await order({ verb: 'kill', reason: 'wild' })).body.code).toBe('MALFORMED');
    expect((await order({ verb: 'kill', agentId, all: true, reason: 'wild' })).body.code).toBe(
      'MALFORMED',
    );
    const orderId = randomUUID();
    const killed = await order({ verb: 'kill', agentId, reason: 'wild', orderId });
    expect(killed).toMatchObject({
      status: 200,
      body: {
        orderId,
        isQuiet: true,
        answers: [{ status: 'stored' }],
        sessions: [{ sessionId: session, agentId, state: 'quiet', inFlight: [] }],
        sessionsCount: 1,
      },
    });
    await expect(inbox.world.holdpoint.result(session)).rejects.toThrow();
    const ofAgent = async (): Promise<unknown> =>
      (await rita.get('/v1/kills')).body.kills.filter(
        (kill: { readonly agentId?: string }) => kill.agentId === agentId,
      );
    expect(await ofAgent()).toMatchObject([{ operatorId: 'rita', reason: 'wild' }]);
    expect(await order({ verb: 'lift', agentId, reason: 'repaired' })).toMatchObject({
      status: 200,
      body: { isQuiet: true, sessionsCount: 0 },
    });
    expect(await ofAgent()).toEqual([]);
  });

  test('is listed while it runs and when it has ended, page by page', async () => {
    const { inbox, rita } = opened();
    const prefix = `listed-${randomUUID()}`;
    for (const n of [1, 2, 3]) await inbox.world.start(DELETE, { sessionId: `${prefix}-${n}` });
    const page = async (query: string): Promise<BrowserAnswer['body']> =>
      (await rita.get(`/v1/sessions?search=${prefix}&${query}`)).body;
    await until('all three, waiting', async () => (await page('state=waiting')).matched === 3);
    const first = await page('state=waiting&limit=2');
    expect(first.sessions).toHaveLength(2);
    expect(first.sessions[0]).toMatchObject({ agentId: AGENT, openGates: 1, phase: 'running' });
    const second = await page(`state=waiting&limit=2&page=${first.nextPage}`);
    expect(second.sessions).toHaveLength(1);
    expect(second).not.toHaveProperty('nextPage');
    expect((await page('state=closed')).matched).toBe(0);
  });

  test('tells its conversation, and is none where there is no model', async () => {
    const { inbox, rita, waiting } = opened();
    const { sessionId } = await waiting();
    const { body } = await rita.get(`/v1/sessions/${sessionId}/conversation`);
    expect(body).toMatchObject({
      goal: expect.stringContaining('goal'),
      messages: [
        { role: 'assistant', text: 'It is a duplicate.', calls: [{ name: 'delete_record' }] },
      ],
      earlier: 0,
    });
    const { id } = await inbox.world.holdpoint.requestGate(
      { agentId: 'outside', requesterId: 'ci', actionType: 'drop_table', arguments: {} },
      { key: randomUUID() },
    );
    await inbox.world.oneGate(id);
    expect((await rita.get(`/v1/sessions/${id}/conversation`)).body.code).toBe('NOT_FOUND');
  });

  test('has standing grants, which are listed and revoked', async () => {
    const { rita, waiting } = opened();
    const { path, sessionId } = await waiting({
      turns: [
        { text: 'One.', calls: [{ name: 'refund', arguments: { order: 'o-1', amount: 500 } }] },
        { text: 'Two.', calls: [{ name: 'delete_record', arguments: { id: 'c-1' } }] },
        { text: 'Done.' },
      ],
    });
    const looked = await rita.get(path);
    expect(looked.body.open.grant).toEqual({ timesMax: 3, withinMs: 3_600_000 });
    const ending = new Date(Date.now() + 600_000).toISOString();
    const grant = { scope: 'exact', times: 2, until: ending };
    await rita.post(`${path}/decide`, { ...shown(looked), decision: 'approved', grant });
    const grants = `/v1/sessions/${sessionId}/grants`;
    const { body } = await rita.get(grants);
    expect(body.grants).toMatchObject([
      { actionType: 'refund', reviewerId: 'rita', used: 0, terms: grant },
    ]);
    const revoke = `${grants}/${body.grants[0].grantId}/revoke`;
    expect((await rita.post(revoke, { reason: 'over' })).status).toBe(200);
    expect((await rita.get(grants)).body.grants).toEqual([]);
    expect((await rita.post(revoke, { reason: 'again' })).body.code).toBe('UNKNOWN_GRANT');
  });
}
