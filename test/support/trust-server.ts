/** A real HTTP server with keys and people, which answers as it is told: also wrongly, late, or not at all. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { PolicyPerson } from '../../domain/policy/policy.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';

export type Mood =
  | 'well'
  /** Longer than anybody waits. */
  | 'slow'
  /** Headers at once, and then a byte now and then. */
  | 'trickling'
  | 'garbage'
  | 'other'
  | 'empty'
  | 'endless'
  | 'redirect'
  | 'broken'
  | 'closing';

export interface TrustServer {
  readonly keysUrl: string;
  readonly peopleUrl: string;
  mood: Mood;
  keys: readonly TrustedKey[];
  people: Readonly<Record<string, PolicyPerson>>;
  /** What it was asked, in order: `GET /keys`, `POST /people {"accounts":["rita"]} Bearer t`. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
}

const SLOW_MS = 20_000;

export async function openTrustServer(): Promise<TrustServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    void answer();
    async function answer(): Promise<void> {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks).toString('utf8');
      const { authorization = '' } = request.headers;
      const { pathname } = new URL(request.url ?? '', 'http://x');
      asked.push([request.method, pathname, body, authorization].filter(Boolean).join(' '));
      const json = JSON.stringify(
        pathname === '/keys' ? { keys: trust.keys } : { people: trust.people },
      );
      switch (trust.mood) {
        case 'well':
          return void response.writeHead(200).end(json);
        case 'slow':
          await delay(SLOW_MS, undefined, { ref: false });
          return void response.writeHead(200).end(json);
        case 'trickling':
          response.writeHead(200);
          for (const letter of json) {
            if (response.destroyed) return;
            response.write(letter);
            await delay(1_000, undefined, { ref: false });
          }
          return void response.end();
        case 'garbage':
          return void response.writeHead(200).end('<html>Welcome</html>');
        case 'other':
          return void response.writeHead(200).end('{"everyone":"welcome"}');
        case 'empty':
          return void response.writeHead(204).end();
        case 'endless':
          return void response.writeHead(200).end(Buffer.alloc(5 * 1024 * 1024, 'x'));
        case 'redirect':
          return void response.writeHead(302, { location: `${origin()}/elsewhere` }).end();
        case 'broken':
          return void response.writeHead(500).end(json);
        case 'closing':
          return void request.socket.destroy();
      }
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const trust: TrustServer = {
    keysUrl: `${origin()}/keys?key=a-secret`,
    peopleUrl: `${origin()}/people`,
    mood: 'well',
    keys: [],
    people: {},
    asked,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return trust;
}
