/**
 * Five hundred texts that want to be more than text, in the real page: every one is there, its words and its marks are
 * seen, and nothing of it is anything but text. Through real gates, as many at a time as a payload takes; a line of a
 * megabyte, which no gate takes, is handed to the same page as the answer of the API.
 */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GateView } from '../../../gateway/api/gates.ts';
import type { JsonObject } from '../../../domain/text/json.ts';
import { payloadDigest, payloadText } from '../../../domain/text/digest.ts';
import { fingerprintOf } from '../../../domain/text/fingerprint.ts';
import { findChromium } from '../../support/browser.ts';
import { describeWith } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import {
  HOSTILE_ITEMS,
  hostileCorpus,
  type HostileItem,
  MEGABYTE_LINE,
} from '../hostile-corpus.ts';
import { type InboxWorld, openInboxWorld, type Reviewer, OPEN_MS } from './inbox-world.ts';

const ITEMS_A_GATE = 84;
/** A payload has 256 KiB at most: what is larger by itself gets a gate of its own. */
const LARGE_CHARACTERS = 100_000;

function batches(items: readonly HostileItem[]): readonly (readonly HostileItem[])[] {
  const large = items.filter(({ text }) => text.length > LARGE_CHARACTERS).map((item) => [item]);
  const small = items.filter(({ text }) => text.length <= LARGE_CHARACTERS);
  const count = Math.ceil(small.length / ITEMS_A_GATE);
  return [
    ...large,
    ...Array.from({ length: count }, (_, index) =>
      small.slice(index * ITEMS_A_GATE, (index + 1) * ITEMS_A_GATE),
    ),
  ];
}

const payloadOf = (items: readonly HostileItem[]): JsonObject =>
  Object.fromEntries(
    items.map(({ text }, index) => [`item-${String(index).padStart(3, '0')}`, text]),
  );

interface ShownLeaf {
  readonly pointer: string;
  readonly text: string;
  readonly elements: readonly string[];
  readonly isVisible: boolean;
}

/** Every leaf of the payload as the page has it: its text, and of which elements it is made. */
async function shownLeaves(page: Page): Promise<readonly ShownLeaf[]> {
  return page.evaluate(() =>
    Array.from(document.querySelectorAll('.payload.root > li'), (item) => {
      const { width, height } = item.getBoundingClientRect();
      return {
        pointer: item.getAttribute('data-pointer') ?? '',
        text: item.textContent ?? '',
        elements: [
          ...new Set(Array.from(item.querySelectorAll('*'), ({ localName }) => localName)),
        ],
        isVisible: width > 0 && height > 0,
      };
    }),
  );
}

/** What the page itself draws leaves with. */
const OWN_ELEMENTS = new Set(['span', 'code', 'div', 'ol', 'li', 'p', 'button', 'strong']);

describeWith(`${HOSTILE_ITEMS} hostile texts in the page`, findChromium(), (chromium) => {
  let inbox: InboxWorld;
  let rita: Reviewer;
  beforeAll(async () => {
    inbox = await openInboxWorld(chromium);
    rita = await inbox.reviewer('rita');
  }, OPEN_MS);
  afterAll(async () => inbox?.close());

  /** Shows every leaf in full, and says what is wrong with how they stand there. */
  const problemsOf = async (items: readonly HostileItem[]): Promise<readonly string[]> => {
    const { page } = rita;
    await page.getByRole('heading', { name: /Payload/ }).waitFor();
    for (;;) {
      const more = page.locator('.payload').getByRole('button', { name: 'Show all of it' }).first();
      if ((await more.count()) === 0) break;
      await more.click();
    }
    const leaves = await shownLeaves(page);
    const problems =
      leaves.length === items.length ? [] : [`${leaves.length} leaves of ${items.length}`];
    for (const [index, { name, text, seen, marked }] of items.entries()) {
      const leaf = leaves[index];
      const isLined = text.includes('\n');
      const words = [
        ...(isLined ? seen : seen.map((one) => JSON.stringify(one).slice(1, -1))),
        ...marked,
      ];
      const missing = words.filter((one) => !(leaf?.text ?? '').includes(one));
      const alien = leaf?.elements.filter((element) => !OWN_ELEMENTS.has(element)) ?? [];
      if (missing.length > 0 || alien.length > 0 || !(leaf?.isVisible ?? false)) {
        problems.push(`${name}: missing ${missing.join()}, elements ${alien.join()}`);
      }
    }
    return problems;
  };

  const isInert = async (): Promise<void> => {
    const { page, account } = rita;
    expect(
      await page.evaluate(() => (window as { readonly canary?: number }).canary),
    ).toBeUndefined();
    expect(account.complaints).toEqual([]);
    expect([...account.origins]).toEqual([inbox.url]);
    expect(
      await page.evaluate(
        () =>
          document.querySelectorAll(
            'main iframe, main img, main script, main form, main a[href^="http"]',
          ).length,
      ),
    ).toBe(0);
  };

  test.each(batches(hostileCorpus()).map((items, index) => [index, items] as const))(
    'H1, H6: through real gates, part %i: every leaf is seen and marked, none is more than text',
    { timeout: 120_000 },
    async (_index, items) => {
      const gate = await inbox.hostileGate(
        payloadOf(items),
        items
          .map(({ text }) => text)
          .join('\n')
          .slice(0, 4_000),
      );
      await inbox.visit(rita.page, `/sessions/${gate.sessionId}/gates/${gate.gateId}`);
      expect(await problemsOf(items)).toEqual([]);
      // What the agent says beside it stands in its box, labelled, after the facts.
      const order = await rita.page.locator('main h2').allInnerTexts();
      const at = (name: string): number => order.findIndex((title) => title.startsWith(name));
      expect(at('Facts')).toBeLessThan(at('Payload'));
      await isInert();
      await gate.withdraw();
    },
  );

  test('the account bites: a script and a picture put into the page are refused, and are seen', async () => {
    const { page, account, close } = await inbox.stranger();
    await page.evaluate(() => {
      const image = new Image();
      image.src = 'https://evil.example/pixel.gif';
      const script = document.createElement('script');
      script.append('window.canary = 1');
      document.body.append(image, script);
    });
    await until('it is complained of', () => account.complaints.length >= 2);
    const ran = await page.evaluate(() => (window as { readonly canary?: number }).canary);
    expect(ran).toBeUndefined();
    expect(account.complaints.join()).toMatch(/script-src|trusted/i);
    expect(account.complaints.join()).toMatch(/img-src/);
    await close();
  });

  test(
    'a line of a megabyte is drawn, shortened with its count, and shown whole at a press',
    { timeout: 120_000 },
    async () => {
      const { page } = rita;
      const gate = await inbox.hostileGate({ line: 'short' }, '');
      const path = `/sessions/${gate.sessionId}/gates/${gate.gateId}`;
      // The answer that the API would give, were such a payload allowed: its digest is its own.
      await page.route(`**/v1${path}`, async (route) => {
        const answer = await route.fetch();
        await route.fulfill({ response: answer, json: withMegabyte(await answer.json()) });
      });
      await inbox.visit(page, path);
      await page.getByText(/Shortened: 1,048,59\d characters in all/).waitFor();
      expect(
        await problemsOf([
          { name: 'a megabyte', text: MEGABYTE_LINE, seen: ['start ', 'THE END'], marked: [] },
        ]),
      ).toEqual([]);
      await isInert();
    },
  );
});

function withMegabyte(view: GateView): GateView {
  const payload = { line: MEGABYTE_LINE };
  const { actionType, toolVersion } = view.facts;
  const bytes = { actionType, toolVersion, arguments: payload };
  const digest = payloadDigest(bytes);
  return {
    ...view,
    payload,
    payloadDigest: digest,
    fingerprint: fingerprintOf(digest),
    canonical: payloadText(bytes),
  };
}
