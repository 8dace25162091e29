/** A reviewer at work in a real browser, against the real gateway, worker and server: found by role and visible text. */
import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium } from '../../support/browser.ts';
import { describeWith } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { type InboxWorld, openInboxWorld, type Reviewer, OPEN_MS } from './inbox-world.ts';

const DELETE = {
  name: 'delete_record',
  arguments: { id: `record-${randomUUID()}`, reason: 'asked for' },
};
const REFUND = { name: 'refund', arguments: { order: 'W-4817', amount: 500 } };
const DONE = { text: 'All done.' };

describeWith('a reviewer in a browser', findChromium(), (chromium) => {
  let inbox: InboxWorld;
  let rita: Reviewer;

  beforeAll(async () => {
    inbox = await openInboxWorld(chromium);
    rita = await inbox.reviewer('rita');
  }, OPEN_MS);
  afterAll(async () => inbox?.close());

  /** Opens the one gate of a session that plays these calls. */
  const openGate = async (page: Page, ...calls: readonly object[]): Promise<string> => {
    const session = await inbox.world.start({ turns: [{ calls }, DONE] as never });
    const gate = await inbox.world.oneGate(session);
    await inbox.visit(page, `/sessions/${session}/gates/${gate.gateId}`);
    return session;
  };
  const dialog = (page: Page) => page.getByRole('dialog');

  test('sees a new gate without a reload, approves it, and exactly that runs, once', async () => {
    const { page } = rita;
    await inbox.visit(page, '/');
    const session = await inbox.world.start({ turns: [{ calls: [DELETE] }, DONE] });
    await page.getByRole('link', { name: DELETE.arguments.id }).click();
    await page.getByRole('heading', { name: /Delete record/ }).waitFor();
    expect(await page.getByText('Can not be undone').first().isVisible()).toBe(true);
    const gate = await inbox.world.oneGate(session);
    await page.getByRole('button', { name: 'Approve', exact: true }).click();
    // What is confirmed is named: the tool and its fingerprint.
    await dialog(page).getByText('delete_record').first().waitFor();
    const shown = (await dialog(page).locator('.fingerprint').innerText()).trim();
    expect(shown).toBe(inbox.fingerprintOf(gate.payloadDigest));
    await dialog(page).getByRole('button', { name: 'Approve exactly this' }).click();
    await dialog(page)
      .getByText(/Decided: approved by rita/)
      .waitFor();
    await until('it ran', () => inbox.world.desk.executionsOf(session).length === 1);
    expect(inbox.world.desk.executionsOf(session)[0]?.args).toEqual(DELETE.arguments);
    await dialog(page).getByRole('button', { name: 'Close' }).click();
    await page
      .getByText(/It is over: approved/)
      .first()
      .waitFor();
  });

  test('rejects with a reason, without which it can not be sent, and the agent is told', async () => {
    const { page } = rita;
    const session = await openGate(page, DELETE);
    await page.getByRole('button', { name: 'Reject' }).click();
    const send = dialog(page).getByRole('button', { name: 'Reject it' });
    expect(await send.getAttribute('aria-disabled')).toBe('true');
    await dialog(page).getByText('Say why: a reason is required.').waitFor();
    await dialog(page)
      .getByLabel(/Reason/)
      .fill('The customer still has orders.');
    await send.click();
    await dialog(page)
      .getByText(/Decided: rejected by rita/)
      .waitFor();
    const trail = await until('the trail has it', async () => {
      const events = await inbox.world.trail(session);
      return events.find(({ eventType }) => eventType === 'rejected');
    });
    expect(trail).toMatchObject({
      reviewerId: 'rita',
      rationale: 'The customer still has orders.',
    });
    expect(inbox.world.desk.executionsOf(session)).toEqual([]);
  });

  test('H5: modifies in a form made of the tool’s schema, told what is wrong while typing, and the change runs', async () => {
    const { page } = rita;
    const session = await openGate(page, REFUND);
    await page.getByRole('button', { name: 'Modify' }).click();
    const amount = dialog(page).getByLabel(/^amount/);
    await amount.fill('-5');
    await dialog(page).getByText('Must be more than 0.', { exact: true }).waitFor();
    const send = dialog(page).getByRole('button', { name: 'Send the change' });
    expect(await send.getAttribute('aria-disabled')).toBe('true');
    await amount.fill('60');
    await dialog(page)
      .getByRole('row', { name: /amount.*500.*60/ })
      .waitFor();
    await send.click();
    await dialog(page)
      .getByText(/Decided: modified by rita/)
      .waitFor();
    await until('it ran', () => inbox.world.desk.executionsOf(session).length === 1);
    expect(inbox.world.desk.executionsOf(session)[0]?.args).toEqual({
      order: 'W-4817',
      amount: 60,
    });
  });

  test('answers a question from the session’s story, where the answer then stands', async () => {
    const { page } = rita;
    const ask = { name: 'ask_person', arguments: { question: 'Which of the two records?' } };
    const session = await inbox.world.start({ turns: [{ calls: [ask] }, DONE] });
    await inbox.world.oneGate(session);
    await inbox.visit(page, `/sessions/${session}`);
    await page.getByRole('link', { name: 'Answer', exact: true }).click();
    await dialog(page).getByText('Which of the two records?').waitFor();
    await dialog(page)
      .getByLabel(/Your answer/)
      .fill('The older one.');
    await dialog(page).getByRole('button', { name: 'Send the answer' }).click();
    await dialog(page)
      .getByText(/Decided: approved by rita/)
      .waitFor();
    await inbox.visit(page, `/sessions/${session}`);
    await page.getByText('The older one.').first().waitFor();
  });

  test('H11: says what happened to an effect that nobody knows', async () => {
    const { page } = rita;
    const publish = { name: 'publish_publicly', arguments: { text: 'Sale!' } };
    const session = await inbox.world.start({ turns: [{ calls: [publish] }, DONE] });
    const first = await inbox.world.oneGate(session);
    await inbox.world.decide(session, first, {});
    const effect = await until('the effect is asked about', async () => {
      const [gate] = await inbox.world.holdpoint.gates(session);
      return gate?.kind === 'effect' && gate;
    });
    await inbox.visit(page, `/sessions/${session}/gates/${effect.gateId}`);
    await page.getByRole('button', { name: 'It happened', exact: true }).click();
    await dialog(page).getByRole('button', { name: 'Say that it happened' }).click();
    await dialog(page)
      .getByText(/Decided: approved by rita/)
      .waitFor();
  });

  test('H4: of two who decide at once one has decided, and the other is told so', async () => {
    const omar = await inbox.reviewer('omar');
    const session = await openGate(rita.page, DELETE);
    await inbox.visit(omar.page, new URL(rita.page.url()).pathname);
    const both = [rita.page, omar.page];
    for (const page of both) {
      await page.getByRole('button', { name: 'Approve', exact: true }).click();
      await dialog(page).getByRole('button', { name: 'Approve exactly this' }).waitFor();
    }
    await Promise.all(
      both.map(async (page) =>
        dialog(page).getByRole('button', { name: 'Approve exactly this' }).click(),
      ),
    );
    const told = await Promise.all(
      both.map(async (page) =>
        dialog(page)
          .getByText(/Decided: approved by|was approved by/)
          .innerText(),
      ),
    );
    expect(told.filter((words) => words.startsWith('Decided'))).toHaveLength(1);
    expect(told.filter((words) => words.includes('ALREADY_DECIDED'))).toHaveLength(1);
    await until('it ran', () => inbox.world.desk.executionsOf(session).length === 1);
    await omar.close();
  });

  test('who may not decide sees why, on every button and in words', async () => {
    const requester = await inbox.reviewer('requester');
    await openGate(requester.page, DELETE);
    const approve = requester.page.getByRole('button', { name: 'Approve', exact: true });
    await approve.waitFor();
    expect(await approve.getAttribute('aria-disabled')).toBe('true');
    const why = await approve.getAttribute('title');
    expect(why).toMatch(/asked for the work/i);
    expect(
      await requester.page
        .getByText(why ?? '')
        .first()
        .isVisible(),
    ).toBe(true);
    await approve.click({ force: true });
    expect(await dialog(requester.page).count()).toBe(0);
    await requester.close();
  });

  test('claims a gate, which the others see in their queue at once, and gives it back', async () => {
    const omar = await inbox.reviewer('omar');
    await inbox.visit(omar.page, '/');
    const session = await openGate(rita.page, DELETE);
    await rita.page.getByRole('button', { name: 'Claim' }).click();
    await rita.page.getByRole('button', { name: 'Release' }).waitFor();
    const row = omar.page.getByRole('listitem').filter({ hasText: 'claimed by rita' });
    await row.first().waitFor();
    await rita.page.getByRole('button', { name: 'Release' }).click();
    await rita.page.getByRole('button', { name: 'Claim' }).waitFor();
    await inbox.world.holdpoint.cancel(session, { operatorId: 'olga', reason: 'over' });
    await omar.close();
  });

  test('no page has asked anybody but the gateway, and nothing was violated', () => {
    expect([...rita.account.origins]).toEqual([inbox.url]);
    expect(rita.account.complaints).toEqual([]);
  });
});
