/** A gateway on a port. It installs no signal handlers and ends no process: who calls it does. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { createGateway, type GatewayOptions } from './gateway.ts';

const CLOSE_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

export interface ServedGateway {
  /** http://host:port */
  readonly url: string;
  /** Takes no more requests, and answers those that wait with what is known. */
  readonly close: () => Promise<void>;
}

export async function serveGateway(
  { host, port }: { readonly host: string; readonly port: number },
  options: Omit<GatewayOptions, 'closing'>,
): Promise<ServedGateway> {
  const closing = new AbortController();
  const { fetch } = createGateway({ ...options, closing: closing.signal });
  const server = createAdaptorServer({ fetch }) as Server;
  const listening = once(server, 'listening');
  server.listen(port, host);
  await listening.catch((error: unknown) => {
    throw listenFailure(error, host, port);
  });
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${name}:${bound.port}`,
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

function listenFailure(error: unknown, host: string, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE') return error;
  return new Error(
    `Port ${port} on ${host} is taken. Choose another one: --port, or HOLDPOINT_GATEWAY_PORT (0: any).`,
    { cause: error },
  );
}
