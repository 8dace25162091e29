/**
 * Notices reach people over real servers: SMTP, Slack's two ways in, a signed webhook, a program. Each is tried again
 * until its receiver takes it, once by its id, and its receipt stands in the trail. They tell, and decide nothing.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deskChannels, policy as examplePolicy } from '../../examples/notices/channels.ts';
import { slackChannel } from '../../activities/index.ts';
import type { AuditEvent } from '../../domain/index.ts';
import { DEFAULT_TIERS } from '../../domain/index.ts';
import { deskPolicy } from '../support/desk.ts';
import { type MailBox, openMailBox } from '../support/mail.ts';
import { openReceiver, type Received, type Receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';
import { notifyParts } from '../../workers/worker.ts';

const SECRET = `whsec_${Buffer.from('n'.repeat(32)).toString('base64')}`;
const INBOX = 'https://holdpoint.example.com/';
const MARKER = 'very-private-argument';
const DELETE = { name: 'delete_record', arguments: { id: MARKER } };
const DONE = { text: 'All done.' };
const ALL = ['desk-slack', 'desk-bot', 'on-call-mail', 'bus', 'pager'];

/** Every tier tells everyone; times short enough to be waited for. */
const POLICY = deskPolicy({
  tiers: [
    ...DEFAULT_TIERS.map((tier) => ({ ...tier, notify: ALL })),
    {
      name: 'brief',
      route: 'whoever is there',
      reviewers: 'anyone',
      notify: ['bus'],
      respondWithinMs: 3_000,
      remindAfterMs: 1_000,
      repeat: 1,
      onNoResponse: 'escalate',
      escalateTo: 'briefer',
    },
    {
      name: 'briefer',
      route: 'the boss',
      reviewers: 'anyone',
      notify: ['bus'],
      respondWithinMs: 1_000,
      onNoResponse: 'reject',
    },
  ] as never,
  rules: [{ name: 'brief', when: { tools: ['refund'] }, tier: 'brief' }],
});

let folder: string;
let slack: Receiver;
let bot: Receiver;
let bus: Receiver;
let mail: MailBox;
let world: World;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-notices-'));
  const pager = join(folder, 'pager');
  await writeFile(
    pager,
    `#!/bin/sh\ncat >> '${folder}/pages'; echo >> '${folder}/pages'; echo paged\n`,
    {
      mode: 0o755,
    },
  );
  [slack, bot, bus, mail] = await Promise.all([
    openReceiver(),
    openReceiver(),
    openReceiver(),
    openMailBox(),
  ]);
  bot.answer = 200;
  bot.body = JSON.stringify({ ok: true, ts: '1700000000.000100' });
  world = await openWorld({
    policy: POLICY,
    inboxUrl: INBOX,
    channels: {
      ...deskChannels({
        slackWebhook: `${slack.origin}/services/T0/B0/secret`,
        smtpUrl: mail.url,
        hookUrl: `${bus.origin}/hook`,
        hookSecret: SECRET,
        pager,
      }),
      'desk-bot': slackChannel({ token: 'xoxb-1', channel: 'C1', apiUrl: bot.origin }),
    },
  });
});
afterAll(async () => {
  await world.close();
  await Promise.all([slack.close(), bot.close(), bus.close(), mail.close()]);
  await rm(folder, { recursive: true });
});

async function waiting(call: object = DELETE): Promise<string> {
  return world.start({ turns: [{ calls: [call as typeof DELETE] }, DONE] });
}

const notified = async (sessionId: string): Promise<readonly AuditEvent[]> =>
  (await world.trail(sessionId)).filter(({ eventType }) => eventType === 'notified');

/** What the bus heard of a session, verified, in order. */
function heard(sessionId: string): readonly { readonly type: string; readonly id: string }[] {
  return bus.received.flatMap(({ headers, body }) => {
    const message = new Webhook(SECRET).verify(body, headers) as {
      readonly type: string;
      readonly data: { readonly sessionId: string };
    };
    if (message.data.sessionId !== sessionId) return [];
    return [{ type: message.type, id: headers['webhook-id'] ?? '' }];
  });
}

const about = (received: readonly Received[], sessionId: string): readonly Received[] =>
  received.filter(({ body }) => body.includes(sessionId));

describe('a gate that opens', () => {
  test('is told over every channel of its tier, with a link, and the receipts stand in the trail', async () => {
    const sessionId = await waiting();
    const gate = await world.oneGate(sessionId);
    await until('five receipts', async () => (await notified(sessionId)).length === ALL.length);
    const link = `${INBOX}sessions/${sessionId}/gates/${gate.gateId}`;
    const [card] = about(slack.received, sessionId);
    const [botCard] = about(bot.received, sessionId);
    const [letter] = mail.received.filter(({ raw }) => raw.includes(gate.gateId));
    const pages = (await readFile(join(folder, 'pages'), 'utf8')).split('\n');
    const page = pages.find((line) => line.includes(sessionId));
    expect(JSON.parse(card?.body ?? '{}')).toMatchObject({
      text: 'Waits for a decision: delete_record',
    });
    expect(card?.body).toContain(link);
    expect(botCard?.headers['authorization']).toBe('Bearer xoxb-1');
    expect(JSON.parse(botCard?.body ?? '{}')).toMatchObject({ channel: 'C1' });
    expect(letter?.to).toEqual(['on-call@desk.example']);
    expect(letter?.raw).toMatch(/^Message-ID:\s+<.+@desk\.example>/im);
    expect(letter?.raw.replaceAll('=\r\n', '')).toContain(link);
    expect(JSON.parse(page ?? '{}')).toMatchObject({ notice: { kind: 'presented' }, url: link });
    expect(heard(sessionId).map(({ type }) => type)).toEqual(['gate.presented']);
    const receipts = (await notified(sessionId)).map(({ details }) => details);
    expect(receipts).toEqual(
      expect.arrayContaining([
        { channel: 'desk-slack', about: 'presented', status: 'sent', receipt: 'HTTP 204' },
        {
          channel: 'desk-bot',
          about: 'presented',
          status: 'sent',
          receipt: 'Slack 1700000000.000100',
        },
        { channel: 'bus', about: 'presented', status: 'sent', receipt: 'HTTP 204' },
        { channel: 'pager', about: 'presented', status: 'sent', receipt: 'exit 0: paged' },
      ]),
    );
    await world.decide(sessionId, gate, { decision: 'approved' });
    await world.holdpoint.result(sessionId);
    expect((await world.wholeTrail(sessionId)).at(-1)?.eventType).toBe('ended');
  });
});

describe('a channel that does not serve', () => {
  test('is tried again under the same id, until it has taken it once', async () => {
    bus.answer = 503;
    const sessionId = await waiting();
    await until('a first try', () => heard(sessionId).length > 0);
    bus.answer = 204;
    await until('the receipt', async () =>
      (await notified(sessionId)).some(({ details }) => details?.['channel'] === 'bus'),
    );
    const tries = heard(sessionId);
    expect(tries.length).toBeGreaterThan(1);
    expect(new Set(tries.map(({ id }) => id)).size).toBe(1);
    await world.holdpoint.cancel(sessionId, { operatorId: 'olga', reason: 'over' });
  });

  test.each([
    ['gone for good', () => void (bus.answer = 410), () => void (bus.answer = 204), 'bus'],
    ['refuses it', () => void (mail.answer = 550), () => void (mail.answer = 250), 'on-call-mail'],
  ])(
    'and is %s: the trail says so, and the gate waits on',
    async (_what, breakIt, mend, channel) => {
      breakIt();
      const sessionId = await waiting();
      await until('the failure', async () =>
        (await notified(sessionId)).some(
          ({ details }) => details?.['channel'] === channel && details['status'] === 'failed',
        ),
      );
      mend();
      const [failed] = (await notified(sessionId)).filter(
        ({ details }) => details?.['channel'] === channel,
      );
      expect(failed?.details).toEqual({
        channel,
        about: 'presented',
        status: 'failed',
        code: 'Undeliverable',
      });
      const gate = await world.oneGate(sessionId);
      const answer = await world.decide(sessionId, gate, { decision: 'rejected', rationale: 'no' });
      expect(answer.status).toBe('decided');
    },
  );
});

describe('what happens to a gate later', () => {
  test('reminders, escalations and its expiry are told as well, in their order', async () => {
    const sessionId = await waiting({ name: 'refund', arguments: { order: 'o-1', amount: 5 } });
    await until('four notices', () => heard(sessionId).length === 4);
    expect(heard(sessionId).map(({ type }) => type)).toEqual([
      'gate.presented',
      'gate.reminded',
      'gate.escalated',
      'gate.expired',
    ]);
  });

  test('a cancel tells that it is withdrawn, before the session ends', async () => {
    const sessionId = await waiting();
    await until('the first', () => heard(sessionId).length === 1);
    await world.holdpoint.cancel(sessionId, { operatorId: 'olga', reason: 'over' });
    await expect(world.holdpoint.result(sessionId)).rejects.toThrow();
    expect(heard(sessionId).map(({ type }) => type)).toEqual(['gate.presented', 'gate.withdrawn']);
    const trail = await world.trail(sessionId);
    expect(trail.at(-1)?.eventType).toBe('ended');
    expect(trail.filter(({ eventType }) => eventType === 'notified')).toHaveLength(2 * ALL.length);
  });
});

describe('a worker', () => {
  test('with the channels of the example has all that its policy names', () => {
    const { origin } = bus;
    const smtpUrl = mail.url;
    const channels = deskChannels({
      slackWebhook: origin,
      smtpUrl,
      hookUrl: origin,
      hookSecret: SECRET,
      pager: 'true',
    });
    expect(notifyParts({ policy: examplePolicy, channels })).toEqual({ channels });
  });

  test('does not start with a policy that names a channel which it does not have', async () => {
    await expect(openWorld({ policy: POLICY, channels: {} })).rejects.toThrow(
      /Tier async_review of policy desk notifies over desk-slack/,
    );
  });
});
