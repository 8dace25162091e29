/**
 * Links of notices only show. Mail filters, chat previews and prefetching browsers open every one of them, follow what
 * they find, and submit forms; none of them is logged in. A gate is told of by every channel; then a crawler and a real
 * browser do all of that.
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deskChannels } from '../../../examples/notices/channels.ts';
import { DEFAULT_TIERS } from '../../../domain/index.ts';
import type { PendingApproval } from '../../../domain/messages.ts';
import {
  EVERYONE,
  OidcLogin,
  readStaticFiles,
  serveGateway,
  type ServedGateway,
  Vault,
} from '../../../gateway/index.ts';
import { freePorts, LOOPBACK } from '../../../workers/free-port.ts';
import { findChromium } from '../../support/browser.ts';
import { deskPolicy } from '../../support/desk.ts';
import { type MailBox, openMailBox } from '../../support/mail.ts';
import { CLIENT, type OpenIdProcess, startOpenIdProvider } from '../../support/openid-process.ts';
import { openReceiver, type Receiver } from '../../support/receiver.ts';
import { describeWith } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { openWorld, type World } from '../../support/world.ts';
import { OPEN_MS } from './inbox-world.ts';

const CHANNELS = ['desk-slack', 'on-call-mail', 'bus', 'pager'];
const VISITS_MAX = 400;

/** Addresses in a text, in markup or not. */
function addressesIn(text: string, base: string): readonly string[] {
  const plain = text.replaceAll('&amp;', '&').replaceAll('\\/', '/').replaceAll('=\r\n', '');
  const written = [...plain.matchAll(/https?:\/\/[^\s"'<>|)\\]+/g)].map(([address]) => address);
  const linked = [...plain.matchAll(/\b(?:href|src|action|location)="([^"]+)"/g)].map(
    ([, address = '']) => address,
  );
  return [...written, ...linked].flatMap((one) =>
    URL.canParse(one, base) ? [new URL(one, base).href] : [],
  );
}

describeWith('whoever opens the links of notices without a login', findChromium(), (chromium) => {
  let folder: string;
  let slack: Receiver;
  let bus: Receiver;
  let mail: MailBox;
  let provider: OpenIdProcess;
  let world: World;
  let gateway: ServedGateway;
  let session: string;
  let gate: PendingApproval;
  let links: readonly string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-crawler-'));
    const pager = join(folder, 'pager');
    await writeFile(pager, `#!/bin/sh\ncat >> '${folder}/pages'\n`, { mode: 0o755 });
    [slack, bus, mail, provider] = await Promise.all([
      openReceiver(),
      openReceiver(),
      openMailBox(),
      startOpenIdProvider(),
    ]);
    const [port] = await freePorts();
    const url = `http://${LOOPBACK}:${port}`;
    const [first, ...others] = DEFAULT_TIERS.map((tier) => ({ ...tier, notify: CHANNELS }));
    if (first === undefined) throw new Error('There are tiers');
    world = await openWorld({
      policy: deskPolicy({ tiers: [first, ...others] }),
      inboxUrl: url,
      channels: deskChannels({
        slackWebhook: `${slack.origin}/services/T0/B0/secret`,
        smtpUrl: mail.url,
        hookUrl: `${bus.origin}/hook`,
        hookSecret: `whsec_${Buffer.from('n'.repeat(32)).toString('base64')}`,
        pager,
      }),
    });
    const oidc = new OidcLogin({
      issuer: provider.issuer,
      ...CLIENT,
      scopes: 'openid',
      accountClaim: 'sub',
      groupsClaim: 'groups',
    });
    const lifetime = { atMostMs: 3_600_000, idleMs: 3_600_000 };
    const vault = new Vault([randomUUID() + randomUUID()]);
    gateway = await serveGateway(
      { host: LOOPBACK, port },
      {
        holdpoint: world.holdpoint,
        tokens: [],
        login: { vault, lifetime, oidc },
        roles: EVERYONE,
        evidence: world.evidence,
        files: await readStaticFiles('dist/inbox'),
      },
    );
    session = await world.start({
      turns: [{ calls: [{ name: 'delete_record', arguments: { id: 'c-1' } }] }, { text: 'Done.' }],
    });
    gate = await world.oneGate(session);
    await until('every channel', () => slack.received[0] && mail.received[0] && bus.received[0]);
    const pages = await until('the pager', async () =>
      readFile(join(folder, 'pages'), 'utf8').catch(() => ''),
    );
    const told = [
      ...[...slack.received, ...bus.received].map(({ body }) => body),
      ...mail.received.map(({ raw }) => raw),
      pages,
    ];
    for (const text of told) {
      expect(addressesIn(text, gateway.url).some((one) => one.startsWith(gateway.url))).toBe(true);
    }
    links = told.flatMap((text) => addressesIn(text, gateway.url));
  }, OPEN_MS);
  afterAll(async () => {
    await gateway?.close();
    await world?.close();
    await provider?.close();
    await Promise.all([slack?.close(), bus?.close(), mail?.close()]);
    await rm(folder, { recursive: true });
  });

  const nothingHappened = async (): Promise<void> => {
    expect(await world.holdpoint.gates(session)).toMatchObject([{ gateId: gate.gateId }]);
    const events = (await world.trail(session)).map(({ eventType }) => eventType);
    for (const touched of ['approved', 'rejected', 'modified', 'voted', 'claimed', 'paused']) {
      expect(events).not.toContain(touched);
    }
    expect(world.desk.executionsOf(session)).toEqual([]);
    expect((await world.holdpoint.status(session)).phase).toBe('running');
  };

  test('a crawler that follows, prefetches and posts to every address decides nothing', async () => {
    const { origin } = new URL(gateway.url);
    const waiting = links.filter((one) => new URL(one).origin === origin);
    const seen = new Set<string>();
    const answers: number[] = [];
    const decision = { decision: 'approved', reviewerId: 'crawler', gateId: gate.gateId };
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (seen.has(next) || seen.size >= VISITS_MAX) continue;
      seen.add(next);
      for (const init of [
        { method: 'HEAD' },
        { headers: { 'sec-purpose': 'prefetch;prerender', purpose: 'prefetch' } },
        { headers: { 'user-agent': 'Slackbot-LinkExpanding 1.0', accept: 'text/html' } },
        { method: 'POST', body: new URLSearchParams(decision) },
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(decision),
        },
      ]) {
        const response = await fetch(next, { redirect: 'manual', ...init });
        answers.push(response.status);
        const text = await response.text();
        const found = [
          ...addressesIn(text, next),
          ...addressesIn(response.headers.get('location') ?? '', next),
        ].filter((one) => new URL(one).origin === origin);
        // What the API would have for this page, too.
        const { pathname } = new URL(next);
        const below = pathname.startsWith('/sessions/') ? [`${origin}/v1${pathname}`] : [];
        const decide = pathname.endsWith(gate.gateId) ? [`${next}/decide`, `${next}/claim`] : [];
        waiting.push(...found, ...below, ...(pathname.startsWith('/v1') ? decide : []));
      }
    }
    expect([...seen].some((one) => one.endsWith('/decide'))).toBe(true);
    expect(seen.size).toBeGreaterThan(8);
    expect(answers.filter((status) => status >= 500)).toEqual([]);
    await nothingHappened();
  });

  test('a real browser that opens every link and submits every form decides nothing', async () => {
    const browser = await chromium.open();
    const page = await (await browser.newContext()).newPage();
    const { origin } = new URL(gateway.url);
    const pages = new Set(links.filter((one) => new URL(one).origin === origin));
    expect(pages.size).toBeGreaterThan(0);
    for (const address of pages) {
      await page.goto(address);
      await page
        .getByRole('link', { name: /log in/i })
        .or(page.getByRole('button', { name: /log in/i }))
        .first()
        .waitFor();
      await page.evaluate(() => {
        for (const form of document.querySelectorAll('form')) form.requestSubmit();
        for (const button of document.querySelectorAll('button')) {
          if (!/log in/i.test(button.innerText)) button.click();
        }
      });
      await page.waitForLoadState('networkidle');
    }
    await browser.close();
    await nothingHappened();
  });
});
