/** Where an orchestrator and Prometheus ask a worker process: /livez, /readyz and /metrics over HTTP, without login. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HealthParts {
  /** Why the process can't take work now, one reason a line; none: it can. */
  readonly notReady: () => Promise<readonly string[]>;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export interface HealthServer {
  /** http://host:port */
  readonly url: string;
  readonly close: () => Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly contentType?: string;
}

const PLAIN = 'text/plain; charset=utf-8';

export async function serveHealth(
  { host, port }: { readonly host: string; readonly port: number },
  parts: HealthParts,
): Promise<HealthServer> {
  const server = createServer((request, response) => void respond(parts, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(error, host, port)));
    server.listen(port, host, resolve);
  });
  const bound = server.address() as AddressInfo;
  const name = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
  return {
    url: `http://${name}:${bound.port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      // A scraper keeps its connection open between two scrapes.
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  parts: HealthParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const {
    status,
    text,
    contentType = PLAIN,
  } = await answerTo(parts, request).catch((): Answer => ({
    status: 500,
    text: 'could not be answered\n',
  }));
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
  response.end(request.method === 'HEAD' ? undefined : text);
}

async function answerTo(parts: HealthParts, { method, url }: IncomingMessage): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, text: 'GET or HEAD\n' };
  switch (url?.split('?')[0]) {
    // That it answers is the answer: a worker that has failed ends its process.
    case '/livez':
      return { status: 200, text: 'alive\n' };
    case '/readyz': {
      const reasons = await parts.notReady();
      return reasons.length === 0
        ? { status: 200, text: 'ready\n' }
        : { status: 503, text: reasons.map((reason) => `${reason}\n`).join('') };
    }
    case '/metrics':
      return { status: 200, ...(await parts.metrics()) };
    default:
      return { status: 404, text: '/livez, /readyz or /metrics\n' };
  }
}

function listenFailure(error: Error, host: string, port: number): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE') return error;
  return new Error(
    `Port ${port} on ${host} is taken. Choose another one: --http-port, or HOLDPOINT_HTTP_PORT (0: any).`,
    { cause: error },
  );
}
