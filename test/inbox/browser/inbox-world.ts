/**
 * The inbox as its users have it: Chromium, the gateway on a port of its own with its development login and signing key,
 * a worker, Temporal. A reviewer is a browser context of their own, logged in as anybody would: through the page.
 */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import {
  EVERYONE,
  readStaticFiles,
  serveGateway,
  type ServedGateway,
  Vault,
} from '../../../gateway/index.ts';
import type { JsonObject } from '../../../domain/text/json.ts';
import { fingerprintOf } from '../../../domain/text/fingerprint.ts';
import { type Account, type Chromium, keepAccount } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { openWorld, type World, type WorldOptions } from '../../support/world.ts';

/** A worker, a gateway and a browser take their time on a busy machine. */
export const OPEN_MS = 120_000;

export interface Look {
  readonly colorScheme?: 'light' | 'dark';
  readonly width?: number;
}

export interface Reviewer {
  readonly page: Page;
  readonly account: Account;
  readonly close: () => Promise<void>;
}

export interface HostileGate {
  readonly sessionId: string;
  readonly gateId: string;
  readonly withdraw: () => Promise<void>;
}

export interface InboxWorld {
  readonly world: World;
  readonly url: string;
  /** Logs in through the page. */
  readonly reviewer: (name: string, look?: Look) => Promise<Reviewer>;
  /** Nobody is logged in. */
  readonly stranger: () => Promise<Reviewer>;
  readonly visit: (page: Page, path: string) => Promise<void>;
  readonly stopGateway: () => Promise<void>;
  readonly startGateway: () => Promise<void>;
  readonly fingerprintOf: (digest: string) => string;
  /** An open gate over any payload, with these words of its agent. */
  readonly hostileGate: (payload: JsonObject, agentSays: string) => Promise<HostileGate>;
  readonly close: () => Promise<void>;
}

export async function openInboxWorld(
  chromium: Chromium,
  options: WorldOptions = {},
): Promise<InboxWorld> {
  const [world, browser, files] = await Promise.all([
    openWorld(options),
    chromium.open(),
    readStaticFiles('dist/inbox'),
  ]);
  const login = {
    vault: new Vault([randomUUID() + randomUUID()]),
    lifetime: { atMostMs: 3_600_000, idleMs: 3_600_000 },
  };
  const { holdpoint, evidence } = world;
  const open = async (port: number): Promise<ServedGateway> =>
    serveGateway(
      { host: '127.0.0.1', port },
      { holdpoint, tokens: [], login, roles: EVERYONE, evidence, files },
    );
  let gateway = await open(0);
  const { url } = gateway;
  const stranger = async (look: Look = {}): Promise<Reviewer> => openPage(browser, url, look);
  return {
    world,
    url,
    stranger,
    reviewer: async (name, look) => {
      const reviewer = await stranger(look);
      await logIn(reviewer.page, name);
      return reviewer;
    },
    visit: async (page, path) => void (await page.goto(`${url}${path}`)),
    stopGateway: async () => gateway.close(),
    startGateway: async () => {
      gateway = await open(Number(new URL(url).port));
    },
    fingerprintOf,
    hostileGate: async (payload, agentSays) => hostileGate(world, payload, agentSays),
    close: async () => {
      await browser.close();
      await gateway.close();
      await world.close();
    },
  };
}

async function openPage(
  browser: Browser,
  url: string,
  { colorScheme = 'light', width = 1_280 }: Look,
): Promise<Reviewer> {
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme,
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  const account = await keepAccount(page);
  await page.goto(url);
  return { page, account, close: async () => context.close() };
}

async function logIn(page: Page, name: string): Promise<void> {
  await page.getByLabel(/^Name/).fill(name);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'What waits' }).waitFor();
}

async function hostileGate(
  { holdpoint }: World,
  payload: JsonObject,
  agentSays: string,
): Promise<HostileGate> {
  const asked = { actionType: 'post_text', arguments: payload, reason: agentSays };
  const who = { agentId: 'hostile-agent', requesterId: 'requester' };
  const { id: sessionId } = await holdpoint.requestGate(
    { ...asked, ...who },
    { key: randomUUID() },
  );
  const gate = await until('the gate is open', async () => {
    const [open] = await holdpoint.gates(sessionId).catch(() => []);
    return open;
  });
  return {
    sessionId,
    gateId: gate.gateId,
    withdraw: async () => {
      await holdpoint.cancel(sessionId, { operatorId: 'olga', reason: 'seen' });
    },
  };
}
