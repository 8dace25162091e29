/** The measurements of the inbox: each waits for what it measures, and gives up loudly when it does not come. */
import { setTimeout as delay } from 'node:timers/promises';
import type { HoldpointClient } from 'holdpoint/client';
import type { Browser, Page } from 'playwright-core';
import { percentile } from './medians.ts';
import type { InboxResults, Times } from './inbox-report.ts';

export interface Gates {
  readonly open: (name: string) => Promise<string>;
  readonly withdraw: (id: string) => Promise<void>;
}

export interface InboxStage {
  readonly url: string;
  readonly gates: Gates;
  readonly holdpoint: HoldpointClient;
  readonly browser: Browser;
}

const WITHIN_MS = 120_000;
const AT_ONCE = 20;
const PAGE_ROWS = 200;

async function until<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadlineMs = performance.now() + WITHIN_MS;
  while (performance.now() < deadlineMs) {
    const found = await look();
    if (found !== undefined) return found;
    await delay(10);
  }
  throw new Error(`Not within ${WITHIN_MS} ms: ${what}`);
}

function timesOf(ms: readonly number[]): Times {
  return { p50: Math.round(percentile(ms, 0.5)), p95: Math.round(percentile(ms, 0.95)) };
}

/** A login of the gateway's development kind, as a browser has it. */
async function logIn(url: string, name: string): Promise<string> {
  const response = await fetch(`${url}/auth/development`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) throw new Error(`Nobody logs in: ${response.status} ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

interface ListPage {
  readonly gates: readonly unknown[];
  readonly counts: { readonly gates: number };
  readonly nextPage?: string;
}

async function pageOf(url: string, cookie: string, page?: string): Promise<ListPage> {
  const next = page === undefined ? '' : `&page=${encodeURIComponent(page)}`;
  const response = await fetch(`${url}/v1/pending?limit=${PAGE_ROWS}${next}`, {
    headers: { cookie },
  });
  if (!response.ok) throw new Error(`No list: ${response.status} ${await response.text()}`);
  return (await response.json()) as ListPage;
}

export async function listed(
  { url, gates, holdpoint }: InboxStage,
  count: number,
): Promise<InboxResults['list']> {
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    const some = Math.min(AT_ONCE, count - opened);
    await Promise.all(
      Array.from({ length: some }, async (_, index) => gates.open(`record ${opened + index}`)),
    );
  }
  const cookie = await logIn(url, 'counting');
  await until(`${count} gates are listed`, async () => {
    const { counts } = await pageOf(url, cookie);
    return counts.gates >= count || undefined;
  });
  const { sessions } = await holdpoint.pending({ pageSize: count });
  const from = performance.now();
  let rows = 0;
  let next: string | undefined;
  do {
    const page: ListPage = await pageOf(url, cookie, next);
    rows += page.gates.length;
    next = page.nextPage;
  } while (next !== undefined);
  return { inOneQuery: sessions.length, listed: rows, ms: Math.round(performance.now() - from) };
}

async function openPage(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  await page.getByLabel(/^Name/).fill('rita');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'What waits' }).waitFor({ timeout: WITHIN_MS });
  return page;
}

export async function firstPageMs(
  { url, browser }: InboxStage,
  { loads, gates }: { readonly loads: number; readonly gates: number },
): Promise<InboxResults['page']> {
  const page = await openPage(browser, url);
  const rows = page.getByRole('list', { name: 'Open gates' }).getByRole('listitem');
  const [first, all]: [number[], number[]] = [[], []];
  let drawn = 0;
  for (let load = 0; load < loads; load += 1) {
    const from = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await rows.first().waitFor({ timeout: WITHIN_MS });
    first.push(performance.now() - from);
    await rows.nth(gates - 1).waitFor({ state: 'attached', timeout: WITHIN_MS });
    all.push(performance.now() - from);
    drawn = await rows.count();
  }
  await page.close();
  return { drawn, firstMs: timesOf(first), allMs: timesOf(all) };
}

/** From the request for a gate to its row, with all the others there. */
export async function newGateMs(
  { url, browser, gates }: InboxStage,
  count: number,
): Promise<InboxResults['fresh']> {
  const page = await openPage(browser, url);
  const ms: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `fresh ${index}.`;
    const drawn = whenDrawn(page, name);
    const from = performance.now();
    const id = await gates.open(name);
    await drawn;
    ms.push(performance.now() - from);
    await gates.withdraw(id);
    await page.getByRole('link', { name }).waitFor({ state: 'detached', timeout: WITHIN_MS });
  }
  await page.close();
  return { seen: ms.length, asked: count, ms: timesOf(ms) };
}

/**
 * Told by the page itself, at the change that brings the words: to ask it for a link by its name again and again takes
 * longer than what is measured, with a thousand of them there.
 */
async function whenDrawn(page: Page, words: string): Promise<void> {
  await page.evaluate(`new Promise((resolve, reject) => {
    const observer = new MutationObserver(() => {
      if (!document.body.textContent.includes(${JSON.stringify(words)})) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    setTimeout(() => reject(new Error('Not drawn in time')), ${WITHIN_MS});
  })`);
}

const MIB = 1024 * 1024;

/** Streams without a page: each a login of its own, as two hundred people are. */
export async function memory(
  { url, gates }: InboxStage,
  { browsers, rounds }: { readonly browsers: number; readonly rounds: number },
  residentBytes: () => Promise<number>,
): Promise<InboxResults['memory']> {
  const mib = async (): Promise<number> => Math.round((await residentBytes()) / MIB);
  const beforeMiB = await mib();
  const over = new AbortController();
  const seen = new Map<string, Set<number>>();
  for (let browser = 0; browser < browsers; browser += 1) {
    const cookie = await logIn(url, `person-${browser}`);
    await listen(`${url}/v1/events`, cookie, over.signal, (text) => {
      for (const [name] of text.matchAll(/round \d+ gate \d+\./g)) {
        seen.get(name)?.add(browser);
      }
    });
  }
  const afterRoundsMiB: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const names = Array.from({ length: AT_ONCE }, (_, gate) => `round ${round} gate ${gate}.`);
    for (const name of names) seen.set(name, new Set());
    const ids = await Promise.all(names.map(gates.open));
    await until(
      `round ${round} reaches every browser`,
      () => names.every((name) => seen.get(name)?.size === browsers) || undefined,
    );
    await Promise.all(ids.map(gates.withdraw));
    afterRoundsMiB.push(await mib());
  }
  over.abort();
  const delivered = [...seen.values()].reduce((sum, who) => sum + who.size, 0);
  return { browsers, delivered, expected: rounds * AT_ONCE * browsers, beforeMiB, afterRoundsMiB };
}

/** Resolves when the stream stands. */
async function listen(
  url: string,
  cookie: string,
  signal: AbortSignal,
  hear: (text: string) => void,
): Promise<void> {
  const response = await fetch(url, { headers: { cookie }, signal });
  if (!response.ok || response.body === null) throw new Error(`No stream: ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const read = async (): Promise<void> => {
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      // Whole events only: a name may be split between two parts.
      const events = `${rest}${value}`.split('\n\n');
      rest = events.pop() ?? '';
      for (const event of events) hear(event);
    }
  };
  read().catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
