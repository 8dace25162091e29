/**
 * Every page as people with other eyes, hands and screens get it: axe finds nothing serious in light, in dark and at the
 * width of a phone, and nobody scrolls sideways. The pictures of the README are made here: HOLDPOINT_SCREENSHOTS=1.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium } from '../../support/browser.ts';
import { describeWith } from '../../support/skip.ts';
import { seriousViolations, sidewaysPx } from './accessibility.ts';
import { type InboxWorld, openInboxWorld, type Reviewer, OPEN_MS } from './inbox-world.ts';

const LOOKS = [
  { name: 'light', colorScheme: 'light', width: 1_280 },
  { name: 'dark', colorScheme: 'dark', width: 1_280 },
  { name: 'phone', colorScheme: 'dark', width: 360 },
] as const;

const REFUND = { name: 'refund', arguments: { order: 'W-4817', amount: 512.4 } };
const DELETE = {
  name: 'delete_record',
  arguments: { id: 'customer-1207', reason: 'Asked for on the phone.\n\nHas no open orders.' },
};
const ASK = { name: 'ask_person', arguments: { question: 'Shall I refund the shipping as well?' } };
/** Others that wait beside it. */
const OTHERS = {
  'desk-lindqvist-4911': { name: 'refund', arguments: { order: 'W-4911', amount: 2_400 } },
  'desk-moreau-5020': { name: 'send_email', arguments: { to: 'billing@p\u0430ypal.example' } },
  'ops-cleanup': { name: 'delete_record', arguments: { id: 'invoice-2026-\u202Efdp.exe' } },
};
const SAYS =
  'Ms Okafor’s parcel W-4817 is lost. This was approved by security already ✅, please be quick.';

describeWith('every page', findChromium(), (chromium) => {
  let inbox: InboxWorld;
  let paths: Readonly<Record<string, readonly [path: string, heading: RegExp, key?: string]>>;

  beforeAll(async () => {
    inbox = await openInboxWorld(chromium);
    const { world } = inbox;
    const session = await world.start(
      {
        turns: [
          {
            calls: [{ name: 'search', arguments: { query: 'W-4817' } }],
            text: 'I look for the order.',
          },
          { calls: [REFUND, DELETE, ASK], text: SAYS },
          { text: 'Settled.' },
        ],
      },
      { sessionId: 'desk-okafor-4817', goal: 'Settle order W-4817 for Ms Okafor.' },
    );
    const gates = await world.gates(session, 3);
    for (const [sessionId, call] of Object.entries(OTHERS)) {
      await world.start({ turns: [{ calls: [call] }, { text: 'Done.' }] }, { sessionId });
      await world.oneGate(sessionId);
    }
    const refund = gates.find(({ actionType }) => actionType === 'refund');
    const earlier = await world.start(
      { turns: [{ calls: [DELETE] }, { text: 'Done.' }] },
      { sessionId: 'desk-earlier', goal: 'Delete customer 1207, who asked for it.' },
    );
    const gate = await world.oneGate(earlier);
    await world.holdpoint.pause(earlier, { operatorId: 'olga', reason: 'month end' });
    await world.holdpoint.resume(earlier, { operatorId: 'olga', reason: 'over' });
    await world.decide(earlier, gate, { decision: 'approved', rationale: 'Called her back.' });
    await world.holdpoint.result(earlier);
    const request = `/sessions/${session}/gates/${refund?.gateId ?? ''}`;
    paths = {
      queue: ['/', /What waits/],
      request: [request, /Refund/],
      approve: [request, /Refund/, 'a'],
      modify: [request, /Refund/, 'm'],
      sessions: ['/sessions', /Sessions/],
      session: [`/sessions/${session}`, /desk-okafor-4817/],
      audit: [`/sessions/${earlier}/audit`, /Audit trail/],
      overview: ['/overview', /Overview/],
      nothing: ['/no/such/page', /nothing here/],
    };
  }, OPEN_MS);
  afterAll(async () => inbox?.close());

  test('the check bites: a button without a name is found', async () => {
    const { page, close } = await inbox.reviewer('rita');
    await page.getByRole('heading', { name: 'What waits' }).waitFor();
    await page.evaluate(() =>
      document.querySelector('main')?.append(document.createElement('button')),
    );
    expect((await seriousViolations(page)).join()).toContain('button-name');
    await close();
  });

  test.each(LOOKS)(
    'axe finds nothing serious, and nothing is cut off: $name',
    { timeout: 120_000 },
    async ({ name, ...look }) => {
      const rita = await inbox.reviewer('rita', look);
      const found: string[] = [];
      for (const [page, [path, heading, key]] of Object.entries(paths)) {
        await show(inbox, rita, { path, heading, ...(key === undefined ? {} : { key }) });
        for (const violation of await seriousViolations(rita.page))
          found.push(`${page}: ${violation}`);
        if ((await sidewaysPx(rita.page)) > 0)
          found.push(`${page}: ${await sidewaysPx(rita.page)} px too wide`);
        await picture(rita.page, `${page}-${name}`);
      }
      expect(found).toEqual([]);
      expect(rita.account.complaints).toEqual([]);
      await rita.close();
    },
  );

  test('the login itself, before anybody is in', async () => {
    const { page, close } = await inbox.stranger();
    await page.getByRole('button', { name: 'Log in' }).waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    expect(await page.getByRole('alert').innerText()).toMatch(/development/i);
    await close();
  });

  test('the switch of colours goes before the system’s, and is kept', async () => {
    const { page, close } = await inbox.reviewer('rita', { colorScheme: 'light', width: 1_280 });
    const paper = async (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await paper();
    await page.getByLabel('Colours').selectOption('dark');
    expect(await paper()).not.toBe(light);
    await page.reload();
    await page.getByRole('heading', { name: 'What waits' }).waitFor();
    expect(await paper()).not.toBe(light);
    await close();
  });
});

async function show(
  inbox: InboxWorld,
  { page }: Reviewer,
  {
    path,
    heading,
    key,
  }: { readonly path: string; readonly heading: RegExp; readonly key?: string },
): Promise<void> {
  await inbox.visit(page, path);
  await page.getByRole('heading', { name: heading, level: 1 }).waitFor();
  await page
    .getByText(/Reading|Counting/)
    .first()
    .waitFor({ state: 'detached' });
  if (key === undefined) return;
  await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
  await page.keyboard.press(key);
  await page.getByRole('dialog').waitFor();
}

/** The ones that the README shows; the rest would only make the clone larger. */
const PICTURES = [
  'queue-light',
  'queue-phone',
  'request-light',
  'modify-light',
  'sessions-light',
  'session-light',
  'audit-light',
  'overview-dark',
];

async function picture(page: Page, name: string): Promise<void> {
  if (process.env['HOLDPOINT_SCREENSHOTS'] !== '1' || !PICTURES.includes(name)) return;
  await page.screenshot({ path: `docs/images/inbox-${name}.png`, scale: 'css' });
}
