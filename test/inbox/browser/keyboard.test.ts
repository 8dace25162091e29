/** Without a pointer: the queue, a request and a decision by keys alone, with focus in sight all the way. */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium } from '../../support/browser.ts';
import { describeWith } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { type InboxWorld, openInboxWorld, OPEN_MS } from './inbox-world.ts';

/** Other sessions wait on the same server. */
const [FIRST, SECOND] = [`first-${randomUUID()}`, `second-${randomUUID()}`];
const DELETE = (id: string) => ({ name: 'delete_record', arguments: { id } });
const DONE = { text: 'All done.' };

describeWith('by keys alone', findChromium(), (chromium) => {
  let inbox: InboxWorld;
  let page: Page;
  beforeAll(async () => {
    inbox = await openInboxWorld(chromium);
    ({ page } = await inbox.reviewer('rita'));
  }, OPEN_MS);
  afterAll(async () => inbox?.close());

  test('a gate is found, opened, approved and left', async () => {
    const session = await inbox.world.start({ turns: [{ calls: [DELETE(FIRST)] }, DONE] });
    await inbox.visit(page, '/');
    await page.getByRole('link', { name: FIRST }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(FIRST);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    expect(await focused(page)).toContain(FIRST);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Delete record/ }).waitFor();
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    await page.keyboard.press('a');
    await page.getByRole('dialog').waitFor();
    // Focus is in the dialog and stays there; the reason comes first, so that no second press of a key decides.
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    await page.keyboard.type('looked at it');
    await tabTo(page, 'Approve exactly this');
    await page.keyboard.press('Enter');
    await page.getByText(/Decided: approved by rita/).waitFor();
    await tabTo(page, 'Close');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('u');
    await page.getByRole('heading', { name: 'What waits' }).waitFor();
    await until('it ran', () => inbox.world.desk.executionsOf(session).length === 1);
  });

  test('r in the queue opens the rejection of the selected gate, Escape leaves it undone', async () => {
    const session = await inbox.world.start({ turns: [{ calls: [DELETE(SECOND)] }, DONE] });
    await inbox.world.oneGate(session);
    await inbox.visit(page, '/');
    await page.getByRole('link', { name: SECOND }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(SECOND);
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('r');
    await page.getByRole('dialog', { name: /Reject/ }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    // An address alone, as a notice links to it, opens nothing.
    await page.reload();
    await page.getByRole('button', { name: 'Reject' }).waitFor();
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await inbox.world.holdpoint.gates(session)).toHaveLength(1);
  });

  test('? tells the keys; letters that are typed into a field are no commands', async () => {
    await inbox.visit(page, '/');
    await page.getByRole('heading', { name: 'What waits' }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys and marks' }).waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    await page.keyboard.type('jkarm?');
    expect(await page.getByRole('searchbox').inputValue()).toBe('jkarm?');
    expect(await page.getByRole('dialog').count()).toBe(0);
  });

  test('every stop of the Tab key can be seen', async () => {
    await inbox.visit(page, '/');
    await page.getByRole('heading', { name: 'What waits' }).waitFor();
    const unseen: string[] = [];
    for (let stop = 0; stop < 14; stop += 1) {
      await page.keyboard.press('Tab');
      const seen = await page.evaluate(() => {
        const at = document.activeElement;
        if (at === null || at === document.body) return 'the page';
        const { outlineStyle, outlineWidth } = getComputedStyle(at.closest('.row') ?? at);
        return outlineStyle === 'none' || outlineWidth === '0px' ? at.outerHTML.slice(0, 80) : '';
      });
      if (seen !== '' && seen !== 'the page') unseen.push(seen);
    }
    expect(unseen).toEqual([]);
  });
});

/** Nothing, where the page as a whole has the focus. */
async function focused(page: Page): Promise<string> {
  return page.evaluate(() =>
    document.activeElement === document.body ? '' : (document.activeElement?.textContent ?? ''),
  );
}

/** Tab, as often as it takes a person. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 20; presses += 1) {
    if ((await focused(page)).includes(name)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never comes to ${name}`);
}
