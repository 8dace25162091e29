/**
 * The inbox as its users have it: Chromium, the gateway on a port of its own with its development login and signing key,
 * a worker, Temporal. A reviewer is a browser context of their own, logged in as anybody would: through the page.
 */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import type { GateView } from '../../../gateway/api/gates.ts';
import { serveGateway, type ServedGateway } from '../../../gateway/index.ts';
import { fingerprintOf } from '../../../domain/text/fingerprint.ts';
import { type Account, type Chromium, keepAccount } from '../../support/browser.ts';
import { until } from '../../support/until.ts';
import { openWorld, type World, type WorldOptions } from '../../support/world.ts';

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
  readonly hostileGate: (payload: object, agentSays: string) => Promise<HostileGate>;
  /** Of some open gate, as the API answers it. */
  readonly anyGateView: () => Promise<GateView>;
  readonly close: () => Promise<void>;
}
