/** A gateway on a port of its own, over a world's Temporal and worker, and requests to it as its users send them. */
import { randomUUID } from 'node:crypto';
import {
  createToken,
  serveGateway,
  type ServedGateway,
  type TokenEntry,
} from '../../gateway/index.ts';
import {
  type ExternalGate,
  type ExternalGateQuestion,
  HoldpointClient,
} from '../../client/index.ts';
import { openWorld, type World, type WorldOptions } from '../support/world.ts';

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- Tests look at whatever came.
  readonly body: any;
}

export interface RequestOptions {
  readonly token?: string | null;
  readonly key?: string | null;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GatewayWorld {
  readonly world: World;
  readonly url: string;
  /** Of the subject `ci`. */
  readonly token: string;
  /** Of the subject `other`. */
  readonly otherToken: string;
  readonly log: readonly object[];
  readonly send: (method: string, path: string, options?: RequestOptions) => Promise<Answered>;
  /** Asks for a gate under a fresh key. */
  readonly ask: (body: object, path?: string) => Promise<Answered>;
  /** How many requests wait for an outcome. */
  readonly waiting: () => number;
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Counts who waits, so that a test knows that a request has arrived. */
class CountingClient extends HoldpointClient {
  waiting = 0;

  override async externalGate(
    id: string,
    question: ExternalGateQuestion = {},
  ): Promise<ExternalGate | undefined> {
    const waits = (question.waitMs ?? 0) > 0 ? 1 : 0;
    this.waiting += waits;
    try {
      return await super.externalGate(id, question);
    } finally {
      this.waiting -= waits;
    }
  }
}

export async function openGatewayWorld(
  options: WorldOptions & { readonly origins?: readonly string[] } = {},
): Promise<GatewayWorld> {
  const { origins = [], ...worldOptions } = options;
  const world = await openWorld(worldOptions);
  const { client, taskQueue } = world;
  const holdpoint = new CountingClient({ client, taskQueue });
  const [mine, others] = [createToken('ci'), createToken('other')];
  const tokens: readonly TokenEntry[] = [mine.entry, others.entry];
  const log: object[] = [];
  const open = async (port: number): Promise<ServedGateway> =>
    serveGateway(
      { host: '127.0.0.1', port },
      {
        holdpoint,
        tokens,
        callbackOrigins: origins,
        log: { request: (request) => void log.push(request) },
      },
    );
  let gateway = await open(0);
  const { url } = gateway;
  const send: GatewayWorld['send'] = async (method, path, request = {}) => {
    const { token = mine.token, key = randomUUID(), body, raw, headers } = request;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(method !== 'POST' || key === null ? {} : { 'idempotency-key': key }),
        ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(raw === undefined
        ? body === undefined
          ? {}
          : { body: JSON.stringify(body) }
        : { body: raw }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const { status } = response;
    return { status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    world,
    url,
    token: mine.token,
    otherToken: others.token,
    log,
    send,
    ask: async (body, path = '/v1/gates') => send('POST', path, { body }),
    waiting: () => holdpoint.waiting,
    stop: async () => gateway.close(),
    restart: async () => {
      gateway = await open(Number(new URL(url).port));
    },
    close: async () => {
      await gateway.close().catch(() => undefined);
      await world.close();
    },
  };
}
