/** An operator at work, and a page that stays true while the gateway goes away and comes back. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findChromium } from '../../support/browser.ts';
import { describeWith } from '../../support/skip.ts';
import { until } from '../../support/until.ts';
import { type InboxWorld, openInboxWorld, type Reviewer, OPEN_MS } from './inbox-world.ts';

const DELETE = { name: 'delete_record', arguments: { id: 'c-9' } };
/** Other sessions wait on the same server. */
const AFTER = `after-${randomUUID()}`;
const DONE = { text: 'All done.' };

describeWith('an operator in a browser', findChromium(), (chromium) => {
  let inbox: InboxWorld;
  let olga: Reviewer;
  beforeAll(async () => {
    inbox = await openInboxWorld(chromium);
    olga = await inbox.reviewer('olga');
  }, OPEN_MS);
  afterAll(async () => inbox?.close());

  const order = async (button: string, words: Readonly<Record<string, string>>): Promise<void> => {
    const { page } = olga;
    await page.getByRole('button', { name: button, exact: true }).click();
    const dialog = page.getByRole('dialog');
    for (const [label, text] of Object.entries(words)) await dialog.getByLabel(label).fill(text);
    await dialog.getByRole('button', { name: button, exact: true }).click();
    await dialog.getByText(/^Done\./).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
  };

  test('H7: pauses a session, resumes it, tells the agent something, and cancels it, each with a reason in its story', async () => {
    const { page } = olga;
    const session = await inbox.world.start({ turns: [{ calls: [DELETE] }, DONE] });
    await inbox.world.oneGate(session);
    await inbox.visit(page, '/sessions');
    await page.getByRole('link', { name: session }).click();
    const resume = page.getByRole('button', { name: 'Resume' });
    await resume.waitFor();
    expect(await resume.getAttribute('title')).toBe('It is not paused.');
    await order('Pause', { Reason: 'month end' });
    await page.getByText(/Paused by olga: month end/).waitFor();
    expect(await inbox.world.holdpoint.status(session)).toMatchObject({
      phase: 'paused',
      pausedBy: 'olga',
    });
    await order('Resume', { Reason: 'it is over' });
    await page.getByText(/Paused by olga/).waitFor({ state: 'detached' });
    await order('Instruct', { 'What the agent is told': 'Keep it short.', Reason: 'a call' });
    await page.getByText('Keep it short.').first().waitFor();
    await order('Cancel session', { Reason: 'no longer needed' });
    await page.getByText('The session is over.').first().waitFor();
    await page.getByText('no longer needed').first().waitFor();
  });

  test('H7: kills an agent, sees its sessions become quiet and the kill stand, and lifts it', async () => {
    const { page } = olga;
    const agentId = `doomed-${randomUUID()}`;
    const session = await inbox.world.start({ turns: [{ calls: [DELETE] }, DONE] }, { agentId });
    await inbox.world.oneGate(session);
    await inbox.visit(page, '/sessions');
    await page.getByRole('button', { name: 'Kill switch …' }).click();
    const dialog = page.getByRole('dialog');
    const kill = dialog.getByRole('button', { name: 'Kill', exact: true });
    expect(await kill.getAttribute('title')).toBe('Say which agent, or all of them.');
    await dialog.getByLabel(/^Agent/).fill(agentId);
    expect(await kill.getAttribute('title')).toBe('Say why: a reason is required.');
    await dialog.getByLabel('Reason').fill('it runs wild');
    await kill.click();
    await dialog.getByText('It is acknowledged: nothing more starts.').waitFor();
    expect(await dialog.getByRole('listitem').innerText()).toBe(`✓ quiet ${session}`);
    await dialog.getByRole('button', { name: 'Close' }).click();
    const standing = page.getByRole('listitem').filter({ hasText: `Killed: ${agentId}, by olga` });
    await standing.waitFor();
    await expect(inbox.world.holdpoint.result(session)).rejects.toThrow();
    await standing.getByRole('button', { name: 'Lift' }).click();
    await dialog.getByLabel('Reason').fill('it was repaired');
    await dialog.getByRole('button', { name: 'Lift the kill' }).click();
    await dialog.getByText('It is lifted.').waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    await standing.waitFor({ state: 'detached' });
  });

  test('reads the trail: its picture, its table, the chain in words, and takes it along as a file', async () => {
    const { page } = olga;
    const session = await inbox.world.start({ turns: [{ calls: [DELETE] }, DONE] });
    const gate = await inbox.world.oneGate(session);
    await inbox.world.decide(session, gate, { rationale: 'looked at' });
    await inbox.world.holdpoint.result(session);
    await inbox.visit(page, `/sessions/${session}/audit`);
    await page.getByText(/The chain holds: each of \d+ events/).waitFor();
    const rows = page.getByRole('region', { name: 'Table of events' }).getByRole('row');
    const events = await inbox.world.trail(session);
    expect(await rows.count()).toBe(events.length + 1);
    expect(await page.getByRole('img', { name: /events and 1 gate/ }).isVisible()).toBe(true);
    await page.getByRole('button', { name: 'By order' }).click();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.locator('svg .event-mark.good').first().click();
    expect(await page.locator('tr.chosen').count()).toBe(1);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export as JSON' }).click(),
    ]);
    const exported: unknown = JSON.parse(await readFile(await download.path(), 'utf8'));
    expect(exported).toMatchObject({
      format: 'holdpoint-session',
      sessionId: session,
      verification: { holds: true },
    });
  });

  test('the page outlives the gateway: it says that it may be old, keeps what was written, and is live again', async () => {
    const { page } = olga;
    const session = await inbox.world.start({ turns: [{ calls: [DELETE] }, DONE] });
    const gate = await inbox.world.oneGate(session);
    await inbox.visit(page, `/sessions/${session}/gates/${gate.gateId}`);
    await page.getByRole('button', { name: 'Reject' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel(/Reason/).fill('written before the restart');
    await inbox.stopGateway();
    await page.getByText(/The connection is lost/).waitFor();
    await dialog.getByRole('button', { name: 'Reject it' }).click();
    await dialog.getByText(/it counts once, however often it arrives/).waitFor();
    await inbox.startGateway();
    await page.getByText(/The connection is lost/).waitFor({ state: 'detached' });
    expect(await dialog.getByLabel(/Reason/).inputValue()).toBe('written before the restart');
    await dialog.getByRole('button', { name: 'Send the same again' }).click();
    await dialog.getByText(/Decided: rejected by olga/).waitFor();
    await dialog.getByRole('button', { name: 'Close' }).click();
    // Live, not only loaded: what comes now comes by itself.
    await inbox.visit(page, '/');
    await page.getByRole('heading', { name: 'What waits' }).waitFor();
    const next = await inbox.world.start({
      turns: [{ calls: [{ ...DELETE, arguments: { id: AFTER } }] }, DONE],
    });
    await page.getByRole('link', { name: AFTER }).waitFor();
    await inbox.world.holdpoint.cancel(next, { operatorId: 'olga', reason: 'over' });
    await page.getByRole('link', { name: AFTER }).waitFor({ state: 'detached' });
  });

  test('the count of what waits stands in the title', async () => {
    const { page } = olga;
    await inbox.visit(page, '/sessions');
    const session = await inbox.world.start({ turns: [{ calls: [DELETE] }, DONE] });
    await until('the title counts', async () => /^\(\d+\) Holdpoint$/.test(await page.title()));
    await inbox.world.holdpoint.cancel(session, { operatorId: 'olga', reason: 'over' });
  });

  test('the overview draws what waits, with a table behind each chart', async () => {
    const { page } = olga;
    const session = await inbox.world.start({ turns: [{ calls: [DELETE] }, DONE] });
    await inbox.world.oneGate(session);
    await inbox.visit(page, '/overview');
    await page.getByText('Open gates by tier and age, as a table').click();
    const table = page.getByRole('table', { name: 'Open gates by tier and age' });
    await table.getByRole('row', { name: /synchronous gate/ }).waitFor();
    await inbox.world.holdpoint.cancel(session, { operatorId: 'olga', reason: 'over' });
  });

  test('no page has asked anybody but the gateway, and nothing was violated', () => {
    expect([...olga.account.origins]).toEqual([inbox.url]);
    expect(olga.account.complaints).toEqual([]);
  });
});
