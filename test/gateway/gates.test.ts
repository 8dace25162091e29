/** Gates over HTTP, on real Temporal, with a real worker and real connections. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { externalGateSchema } from '../../domain/schema/external-gate.ts';
import { until } from '../support/until.ts';
import { REVIEWER } from '../support/world.ts';
import { type Answered, type GatewayWorld, openGatewayWorld } from './gateway-world.ts';

const DROP = { actionType: 'drop_table', arguments: { table: 'orders' }, reason: 'In the way.' };

let gateway: GatewayWorld;
beforeAll(async () => {
  gateway = await openGatewayWorld();
});
afterAll(async () => gateway.close());

async function decide(id: string, decision: object): Promise<void> {
  const { world } = gateway;
  expect(await world.decide(id, await world.oneGate(id), decision)).toMatchObject({
    status: 'decided',
  });
}

async function outcome(id: string): Promise<Answered> {
  return gateway.send('GET', `/v1/gates/${id}?wait=30`);
}

describe('an outcome over a long poll', () => {
  test('is pending at first, under an address, and approved once a person has said so (H1)', async () => {
    const { status, headers, body } = await gateway.ask(DROP);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/gates/${body.id}`);
    expect(body).toMatchObject({ status: 'pending', proceed: false });
    expect(body.arguments).toBeUndefined();
    const waiting = outcome(body.id);
    await decide(body.id, { decision: 'approved', rationale: 'I have a copy.' });
    const settled = await waiting;
    expect(settled.status).toBe(200);
    expect(settled.body).toMatchObject({
      id: body.id,
      status: 'approved',
      proceed: true,
      arguments: { table: 'orders' },
      agentId: 'ci',
      decidedBy: REVIEWER,
      rationale: 'I have a copy.',
    });
    expect(externalGateSchema.strict().safeParse(settled.body).error).toBeUndefined();
  });

  test('is rejected with the reason, and has nothing that may run', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    await decide(id, { decision: 'rejected', rationale: 'not on a Friday' });
    const { body } = await outcome(id);
    expect(body).toMatchObject({
      status: 'rejected',
      proceed: false,
      rationale: 'not on a Friday',
    });
    expect(body.arguments).toBeUndefined();
  });

  test('is modified with what may run instead (H5)', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    await decide(id, { decision: 'modified', modifications: { table: 'orders_old' } });
    expect((await outcome(id)).body).toMatchObject({
      status: 'modified',
      proceed: true,
      arguments: { table: 'orders_old' },
    });
  });

  test('comes with the request itself where that waits, by query or by preference', async () => {
    const asked = gateway.send('POST', '/v1/gates', {
      key: 'waits-1',
      body: DROP,
      headers: { prefer: 'wait=30' },
    });
    const { id } = await until('the gate', async () => {
      const again = await gateway.send('POST', '/v1/gates', { key: 'waits-1', body: DROP });
      return again.status === 202 && again.body;
    });
    await decide(id, { decision: 'approved' });
    const { status, headers, body } = await asked;
    expect([status, body.status]).toEqual([200, 'approved']);
    expect(headers.get('preference-applied')).toBe('wait=30');
  });

  test('of what the policy lets pass is there at once, and the call is in the trail', async () => {
    const { status, body } = await gateway.ask(
      { actionType: 'search', arguments: { query: 'ada' } },
      '/v1/gates?wait=30s',
    );
    expect([status, body.status, body.proceed]).toEqual([200, 'auto_proceeded', true]);
    expect(body.arguments).toEqual({ query: 'ada' });
    const trail = await gateway.world.wholeTrail(body.id);
    expect(trail.map(({ eventType }) => eventType)).toEqual(['started', 'auto_proceeded', 'ended']);
  });

  test('while nobody decides, the wait ends as pending, and says until when', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    await gateway.world.oneGate(id);
    const { status, body } = await gateway.send('GET', `/v1/gates/${id}?wait=1`);
    expect([status, body.status]).toEqual([200, 'pending']);
    expect(body).toMatchObject({ tier: 'synchronous_gate', respondBy: expect.any(Number) });
  });

  test('survives the end of the gateway: who waited is answered, and asks the next one (value 2)', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    await gateway.world.oneGate(id);
    const waiting = gateway.send('GET', `/v1/gates/${id}?wait=60`);
    await until('the request to wait', () => gateway.waiting() > 0);
    await gateway.stop();
    expect((await waiting).body).toMatchObject({ status: 'pending', proceed: false });
    await decide(id, { decision: 'approved' });
    await gateway.restart();
    expect((await outcome(id)).body).toMatchObject({ status: 'approved', proceed: true });
  });
});

describe('while no worker runs', () => {
  test('a gate is asked for all the same, and waits', async () => {
    await gateway.world.stopWorker();
    const { status, body } = await gateway.ask(DROP);
    expect([status, body.status]).toEqual([202, 'pending']);
    expect((await gateway.send('GET', `/v1/gates/${body.id}`)).body.status).toBe('pending');
    await gateway.world.startWorker();
    await decide(body.id, { decision: 'approved' });
    expect((await outcome(body.id)).body.status).toBe('approved');
  });

  test('a withdrawal is left with Temporal, and counts when a worker comes', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    await gateway.world.oneGate(id);
    await gateway.world.stopWorker();
    const { status, body } = await gateway.send('DELETE', `/v1/gates/${id}`);
    expect([status, body.status]).toEqual([202, 'pending']);
    await gateway.world.startWorker();
    expect((await outcome(id)).body).toMatchObject({ status: 'withdrawn', proceed: false });
  });
});

describe('one key', () => {
  test('is one gate, also of 50 requests at once (H2)', async () => {
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 50 }, async () =>
        gateway.send('POST', '/v1/gates', { key, body: DROP }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    const ids = new Set(answers.map(({ body }) => body.id as string));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    await decide(id, { decision: 'approved' });
    const trail = await gateway.world.wholeTrail(id);
    expect(trail.filter(({ eventType }) => eventType === 'gate_presented')).toHaveLength(1);
    const again = await gateway.send('POST', '/v1/gates?wait=30', { key, body: DROP });
    expect([again.status, again.body.id, again.body.status]).toEqual([200, id, 'approved']);
  });

  test('in quotes is the same key', async () => {
    const key = randomUUID();
    const one = await gateway.send('POST', '/v1/gates', { key, body: DROP });
    const two = await gateway.send('POST', '/v1/gates', { key: `"${key}"`, body: DROP });
    expect(two.body.id).toBe(one.body.id);
  });

  test('with another body is refused, and starts nothing', async () => {
    const key = randomUUID();
    const { id } = (await gateway.send('POST', '/v1/gates', { key, body: DROP })).body;
    const other = { ...DROP, arguments: { table: 'customers' } };
    const { status, body } = await gateway.send('POST', '/v1/gates', { key, body: other });
    expect([status, body.code]).toEqual([422, 'KEY_REUSED']);
    const gate = await gateway.world.oneGate(id);
    expect(gate.payload).toEqual({ table: 'orders' });
  });

  test('of another token is another gate', async () => {
    const key = randomUUID();
    const mine = await gateway.send('POST', '/v1/gates', { key, body: DROP });
    const token = gateway.otherToken;
    const theirs = await gateway.send('POST', '/v1/gates', { key, body: DROP, token });
    expect(theirs.status).toBe(202);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });
});

describe('taking it back', () => {
  test('withdraws it, once and again, and nobody can decide it any more', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    const gate = await gateway.world.oneGate(id);
    for (const status of [200, 200]) {
      const withdrawn = await gateway.send('DELETE', `/v1/gates/${id}`);
      expect(withdrawn.status).toBe(status);
      expect(withdrawn.body).toMatchObject({ status: 'withdrawn', proceed: false });
    }
    expect(await gateway.world.decide(id, gate, { decision: 'approved' })).toMatchObject({
      status: 'refused',
      code: 'WITHDRAWN',
    });
  });

  test('of what was decided is refused, and changes nothing (H4)', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    await decide(id, { decision: 'approved' });
    await outcome(id);
    const { status, body } = await gateway.send('DELETE', `/v1/gates/${id}`);
    expect([status, body.code]).toEqual([409, 'ALREADY_DECIDED']);
    expect((await outcome(id)).body.status).toBe('approved');
  });
});

describe('who may see it', () => {
  test('nobody without a token, or with a wrong one', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    const wrong = [null, 'hp_wrong', `hp_${'A'.repeat(43)}`, ''];
    for (const token of wrong) {
      for (const [method, path] of [
        ['GET', `/v1/gates/${id}`],
        ['DELETE', `/v1/gates/${id}`],
        ['POST', '/v1/gates'],
      ] as const) {
        const { status, headers, body } = await gateway.send(method, path, {
          token,
          body: method === 'POST' ? DROP : undefined,
        });
        expect([status, body.code]).toEqual([401, 'UNAUTHENTICATED']);
        expect(headers.get('www-authenticate')).toContain('Bearer');
      }
    }
  });

  test('another token learns nothing of it: not even that it is there', async () => {
    const { id } = (await gateway.ask(DROP)).body;
    const token = gateway.otherToken;
    for (const method of ['GET', 'DELETE']) {
      const theirs = await gateway.send(method, `/v1/gates/${id}`, { token });
      const nobodys = await gateway.send(method, '/v1/gates/gate-0', { token });
      expect(theirs.status).toBe(404);
      expect(theirs.body).toEqual(nobodys.body);
    }
    expect(await gateway.world.oneGate(id)).toMatchObject({ actionType: 'drop_table' });
  });

  test('a session that is no external gate is none here', async () => {
    const session = await gateway.world.start({ turns: [{ text: 'Done.' }] });
    expect((await gateway.send('GET', `/v1/gates/${session}`)).status).toBe(404);
    expect((await gateway.send('DELETE', `/v1/gates/${session}`)).status).toBe(404);
  });

  test('the caller does not choose who it is, and may not decide what it asked for (H6)', async () => {
    const body = { ...DROP, requesterId: 'somebody' };
    expect(await gateway.ask(body)).toMatchObject({ status: 400, body: { code: 'MALFORMED' } });
    const { id } = (await gateway.ask({ ...DROP, agentId: 'coder' })).body;
    const gate = await gateway.world.oneGate(id);
    for (const reviewerId of ['ci', 'coder']) {
      expect(await gateway.world.decide(id, gate, { reviewerId })).toMatchObject({
        code: 'SELF_APPROVAL',
      });
    }
  });

  test('the log names who asked and what for was answered, and nothing of what was sent', async () => {
    const marker = `marker-${randomUUID()}`;
    await gateway.ask({ ...DROP, arguments: { marker }, reason: marker });
    await gateway.send('POST', '/v1/gates', { body: { [marker]: marker } });
    expect(gateway.log).toContainEqual(
      expect.objectContaining({ method: 'POST', route: '/v1/gates', status: 400, subject: 'ci' }),
    );
    expect(JSON.stringify(gateway.log)).not.toContain(marker);
  });
});
