/**
 * The gateway of the inbox on a port of its own, over a world's Temporal, worker and evidence; with a development login, a
 * key that the worker trusts, and browsers whose every answer is held to the contract.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HoldpointClient } from '../../client/index.ts';
import {
  createToken,
  EVERYONE,
  type GatewayKey,
  ownGatewayKey,
  type Scope,
  serveGateway,
  type ServedGateway,
  type ServeOptions,
  Vault,
} from '../../gateway/index.ts';
import { readStaticFiles } from '../../gateway/static-files.ts';
import { openWorld, type World, type WorldOptions } from '../support/world.ts';
import { Browser, type BrowserAnswer, type BrowserRequest } from './browser.ts';
import { type ContractWatch, contractWatch } from './contract-watch.ts';

export interface InboxWorldOptions extends WorldOptions {
  readonly gateway?: Partial<ServeOptions>;
  /** Tokens: their subjects, with what each may. */
  readonly tokens?: Readonly<Record<string, readonly Scope[]>>;
}

export interface Program {
  readonly send: (method: string, path: string, request?: BrowserRequest) => Promise<BrowserAnswer>;
}

export interface InboxWorld {
  readonly world: World;
  readonly url: string;
  readonly key: GatewayKey;
  readonly log: object[];
  readonly shown: object[];
  readonly contract: ContractWatch;
  readonly gateway: () => ServedGateway;
  /** A browser; with a name, it is logged in. */
  readonly browser: (name?: string, groups?: readonly string[]) => Promise<Browser>;
  /** A program with the token of this subject. */
  readonly program: (subject: string) => Program;
  /** Ends the gateway and starts it anew, on the same port, otherwise set or without a part. */
  readonly restart: (
    changes?: Partial<ServeOptions>,
    without?: 'evidence' | 'key' | 'login',
  ) => Promise<void>;
  readonly close: () => Promise<void>;
}

export const SECRET = 'a secret of the test, of at least 32 characters';
const HOUR_MS = 3_600_000;
export const LIFETIME = { atMostMs: 12 * HOUR_MS, idleMs: HOUR_MS };

export async function openInboxWorld({
  gateway: changes = {},
  tokens = {},
  ...options
}: InboxWorldOptions = {}): Promise<InboxWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'holdpoint-inbox-'));
  const key = await ownGatewayKey(join(folder, 'key.json'));
  const world = await openWorld({ keys: { keys: async () => [key.publicKey] }, ...options });
  const { client, taskQueue, evidence } = world;
  const holdpoint = new HoldpointClient({ client, taskQueue });
  const made = Object.entries(tokens).map(
    ([subject, scopes]) => [subject, createToken(subject, scopes)] as const,
  );
  const [log, shown]: [object[], object[]] = [[], []];
  const defaults: ServeOptions = {
    holdpoint,
    evidence,
    key,
    tokens: made.map(([, { entry }]) => entry),
    roles: EVERYONE,
    login: { vault: new Vault([SECRET]), lifetime: LIFETIME },
    files: await readStaticFiles(undefined),
    log: { request: (one) => void log.push(one), shown: (one) => void shown.push(one) },
  };
  const serve = async (
    port: number,
    more: Partial<ServeOptions>,
    without = '',
  ): Promise<ServedGateway> => {
    const all = Object.entries({ ...defaults, ...changes, ...more });
    const parts = Object.fromEntries(all.filter(([name]) => name !== without));
    return serveGateway({ host: '127.0.0.1', port }, parts as unknown as ServeOptions);
  };
  let served = await serve(0, {});
  const { url } = served;
  const contract = contractWatch();
  return {
    world,
    url,
    key,
    log,
    shown,
    contract,
    gateway: () => served,
    browser: async (name, groups) => {
      const browser = new Browser(url, contract.watch);
      if (name !== undefined) await browser.logIn(name, groups);
      return browser;
    },
    program: (subject) => {
      const token = made.find(([name]) => name === subject)?.[1].token;
      const browser = new Browser(url, contract.watch);
      return {
        send: async (method, path, request = {}) =>
          browser.send(method, path, {
            ...request,
            headers: {
              authorization: `Bearer ${token}`,
              origin: undefined,
              'sec-fetch-site': undefined,
              ...request.headers,
            },
          }),
      };
    },
    restart: async (more = {}, without) => {
      await served.close();
      served = await serve(Number(new URL(url).port), more, without);
    },
    close: async () => {
      await served.close();
      await world.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Where a gate is. */
export function gatePath({ sessionId, gateId }: { sessionId: string; gateId: string }): string {
  return `/v1/sessions/${encodeURIComponent(sessionId)}/gates/${encodeURIComponent(gateId)}`;
}
