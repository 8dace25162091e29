/** A gateway on a port. It installs no signal handlers and ends no process: who calls it does. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createGateway, type Gateway, type GatewayOptions } from './gateway.ts';
import type { LoginOptions } from './login/logins.ts';

const CLOSE_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

export interface ServeOptions extends Omit<GatewayOptions, 'closing' | 'login'> {
  /** Left out: tokens alone come in. */
  readonly login?: Omit<LoginOptions, 'origins'>;
  /** https://host, as browsers know it, where a proxy stands before it. Left out: the port itself, on loopback. */
  readonly origin?: string;
}

export interface ServedGateway {
  /** http://host:port */
  readonly url: string;
  readonly load: Gateway['load'];
  /** Takes no more requests, and answers those that wait with what is known. */
  readonly close: () => Promise<void>;
}

export async function serveGateway(
  { host, port }: { readonly host: string; readonly port: number },
  { origin, login, ...options }: ServeOptions,
): Promise<ServedGateway> {
  const closing = new AbortController();
  let origins: readonly string[] = origin === undefined ? [] : [origin];
  const { fetch, load } = createGateway({
    ...options,
    closing: closing.signal,
    ...(login === undefined ? {} : { login: { ...login, origins: () => origins } }),
  });
  const server = createAdaptorServer({ fetch }) as Server;
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening.catch((error: unknown) => {
    throw listenFailure(error, host, port);
  });
  const bound = server.address() as AddressInfo;
  const problem = login === undefined ? undefined : whyNotLogin(login, { bound, origin });
  if (problem !== undefined) {
    server.close();
    throw new TypeError(problem);
  }
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  const url = `http://${name}:${bound.port}`;
  if (origin === undefined) origins = [url, `http://localhost:${bound.port}`];
  return {
    url,
    load,
    close: async () => {
      const closed = once(server, 'close');
      closing.abort();
      server.close();
      // Clients keep their connections open after an answer; some are slow to send.
      const idle = setInterval(() => server.closeIdleConnections(), LOOK_EVERY_MS);
      const limit = setTimeout(() => server.closeAllConnections(), CLOSE_WITHIN_MS);
      await closed;
      clearInterval(idle);
      clearTimeout(limit);
    },
  };
}

/** Where a login may be served. Undefined: here. */
function whyNotLogin(
  { oidc }: Pick<LoginOptions, 'oidc'>,
  { bound, origin }: { readonly bound: AddressInfo; readonly origin: string | undefined },
): string | undefined {
  const isLoopback = isLoopbackAddress(bound.address);
  if (oidc === undefined) {
    return isLoopback && origin === undefined
      ? undefined
      : 'The development login lets anybody be anyone: it is served on loopback alone (--host 127.0.0.1), and behind no proxy (HOLDPOINT_GATEWAY_ORIGIN). For everything else: HOLDPOINT_OIDC_ISSUER.';
  }
  return isLoopback || origin !== undefined
    ? undefined
    : 'Over plain HTTP people log in on loopback alone. Put TLS before the gateway, and say how browsers know it: HOLDPOINT_GATEWAY_ORIGIN=https://…';
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE') return error;
  return new Error(
    `Port ${port} on ${host} is taken. Choose another one: --port, or HOLDPOINT_GATEWAY_PORT (0: any).`,
    { cause: error },
  );
}
