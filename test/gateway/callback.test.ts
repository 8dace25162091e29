/** Outcomes on their way to a receiver: signed, sent again until they arrive, and to listed origins only. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { reset } from '../workflows/session-runs.ts';
import { until } from '../support/until.ts';
import { type GatewayWorld, openGatewayWorld } from './gateway-world.ts';
import { openReceiver, type Receiver } from '../support/receiver.ts';

const SECRET = `whsec_${Buffer.from('x'.repeat(32)).toString('base64')}`;
const DROP = { actionType: 'drop_table', arguments: { table: 'orders' } };

let receiver: Receiver;
let elsewhere: Receiver;
let gateway: GatewayWorld;
/** Allowed at the gateway, and not at the worker. */
const UNKNOWN_TO_WORKER = 'http://127.0.0.1:9';
beforeAll(async () => {
  [receiver, elsewhere] = await Promise.all([openReceiver(), openReceiver()]);
  gateway = await openGatewayWorld({
    origins: [receiver.origin, UNKNOWN_TO_WORKER],
    callbacks: { origins: [receiver.origin], secret: SECRET },
  });
});
afterAll(async () => {
  await gateway.close();
  await Promise.all([receiver.close(), elsewhere.close()]);
});

async function askFor(callbackUrl: string): Promise<string> {
  const { status, body } = await gateway.ask({ ...DROP, callbackUrl });
  expect(status).toBe(202);
  return body.id as string;
}

async function settle(id: string, decision: object): Promise<void> {
  await gateway.world.decide(id, await gateway.world.oneGate(id), decision);
}

const delivery = (id: string) => gateway.world.client.workflow.getHandle(`${id}/callback`);

/** What came for this gate, by its own id. */
const receivedFor = (id: string) =>
  receiver.received.filter(({ headers }) => headers['webhook-id'] === id);

describe('an outcome with a callback', () => {
  test('is posted, signed as Standard Webhooks says, and is what a GET shows', async () => {
    const id = await askFor(`${receiver.origin}/hook?a=1`);
    await settle(id, { decision: 'approved' });
    await until('the webhook', () => receivedFor(id).length > 0);
    expect(await delivery(id).result()).toBe(204);
    const [{ headers, body } = { headers: {}, body: '' }] = receivedFor(id);
    const verified = new Webhook(SECRET).verify(body, headers);
    const { body: shown } = await gateway.send('GET', `/v1/gates/${id}`);
    expect(verified).toEqual({ type: 'gate.settled', data: shown });
    const trail = await gateway.world.wholeTrail(id);
    expect(trail.map(({ eventType }) => eventType)).toEqual([
      'started',
      'gate_presented',
      'approved',
      'ended',
    ]);
    expect(() =>
      new Webhook(SECRET).verify(body.replace('orders', 'customers'), headers),
    ).toThrow();
  });

  test('is sent again under the same id while its receiver is down, without holding up its gate', async () => {
    receiver.answer = 503;
    const id = await askFor(`${receiver.origin}/hook`);
    await settle(id, { decision: 'rejected' });
    await until('two attempts', () => receivedFor(id).length >= 2);
    expect((await gateway.send('GET', `/v1/gates/${id}`)).body.status).toBe('rejected');
    receiver.answer = 204;
    expect(await delivery(id).result()).toBe(204);
    expect(new Set(receivedFor(id).map(({ body }) => body)).size).toBe(1);
    for (const { headers, body } of receivedFor(id)) new Webhook(SECRET).verify(body, headers);
  });

  test('is sent by the next worker where the first has ended', async () => {
    receiver.answer = 503;
    const id = await askFor(`${receiver.origin}/hook`);
    await settle(id, { decision: 'approved' });
    await until('an attempt', () => receivedFor(id).length > 0);
    await gateway.world.stopWorker();
    receiver.answer = 200;
    await gateway.world.startWorker();
    expect(await delivery(id).result()).toBe(200);
  });

  test('is sent also where it was withdrawn', async () => {
    const id = await askFor(`${receiver.origin}/hook`);
    await gateway.world.oneGate(id);
    await gateway.send('DELETE', `/v1/gates/${id}`);
    await delivery(id).result();
    expect(JSON.parse(receivedFor(id)[0]?.body ?? '{}')).toMatchObject({
      data: { id, status: 'withdrawn', proceed: false },
    });
  });

  test('of a run that was reset is the later one, whatever of the first is still on its way', async () => {
    receiver.answer = 503;
    const id = await askFor(`${receiver.origin}/hook`);
    const { runId } = await gateway.world.oneGate(id);
    await settle(id, { decision: 'approved' });
    await until('an attempt', () => receivedFor(id).length > 0);
    await reset(gateway.world.client, id, {
      runId,
      before: (event) => Boolean(event.workflowExecutionUpdateAcceptedEventAttributes),
      forget: true,
    });
    await settle(id, { decision: 'rejected' });
    await until('the end', async () => {
      const { body } = await gateway.send('GET', `/v1/gates/${id}`);
      return body.status === 'rejected';
    });
    receiver.answer = 204;
    expect(await delivery(id).result()).toBe(204);
    expect(JSON.parse(receivedFor(id).at(-1)?.body ?? '{}').data.status).toBe('rejected');
  });

  test('follows no redirect', async () => {
    receiver.answer = `${elsewhere.origin}/inside`;
    const id = await askFor(`${receiver.origin}/hook`);
    await settle(id, { decision: 'approved' });
    await until('two attempts', () => receivedFor(id).length >= 2);
    expect(elsewhere.received).toEqual([]);
    receiver.answer = 204;
    await delivery(id).result();
  });

  test('is not sent again to a receiver that is gone for good', async () => {
    receiver.answer = 410;
    const id = await askFor(`${receiver.origin}/hook`);
    await settle(id, { decision: 'approved' });
    await until('an attempt', () => receivedFor(id).length > 0);
    await expect(delivery(id).result()).rejects.toMatchObject({
      cause: { cause: { type: 'CallbackGone' } },
    });
    receiver.answer = 204;
  });

  test('is sent nowhere that the worker itself does not list', async () => {
    const id = await askFor(`${UNKNOWN_TO_WORKER}/hook`);
    await settle(id, { decision: 'approved' });
    await until(
      'the delivery',
      async () => (await gateway.send('GET', `/v1/gates/${id}`)).body.proceed,
    );
    await expect(delivery(id).result()).rejects.toMatchObject({
      cause: { cause: { type: 'CallbackNotAllowed' } },
    });
  });
});

describe('a callback is refused, and nothing starts, where it', () => {
  test.each([
    ['is of another origin', () => `${elsewhere.origin}/hook`],
    ['is the metadata of a cloud', () => 'http://169.254.169.254/latest/meta-data/'],
    ['begins with a listed origin and goes on', () => `${receiver.origin}0/hook`],
    ['has the listed origin for a user', () => `${receiver.origin}@169.254.169.254/`],
    ['has a listed origin without a path', () => receiver.origin],
  ])('%s', async (_what, url) => {
    const { status, body } = await gateway.ask({ ...DROP, callbackUrl: url() });
    expect([status, body.code]).toEqual([422, 'CALLBACK_NOT_ALLOWED']);
    expect(body.detail).toContain(receiver.origin);
    expect(elsewhere.received).toEqual([]);
  });
});
