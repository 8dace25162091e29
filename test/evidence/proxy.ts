/** A network between a store and its database that a test can break, at a chosen moment. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Proxy {
  readonly url: string;
  /** What happens to each chunk on its way to the database, on the n-th connection since the beginning. */
  behaviour: (chunk: Buffer, connection: number) => 'pass' | 'drop' | 'cut' | 'pass and cut';
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

export async function proxyTo(target: string): Promise<Proxy> {
  const url = new URL(target);
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
    const connection = connections;
    const upstream = connect(Number(url.port), url.hostname);
    // After a drop neither side hears of the other, not even that it is gone.
    let isSilent = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // What breaks here is the test's own doing.
      socket.on('error', () => {});
    }
    client.on('data', (chunk: Buffer) => {
      const what = proxy.behaviour(chunk, connection);
      isSilent ||= what === 'drop';
      if (isSilent) return;
      if (what !== 'cut') upstream.write(chunk);
      if (what !== 'pass') client.destroy();
    });
    upstream.on('data', (chunk: Buffer) => {
      if (!isSilent) client.write(chunk);
    });
    // What was passed on is still read there.
    client.on('close', () => upstream.end());
    upstream.on('close', () => {
      if (!isSilent) client.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const through = new URL(url);
  through.port = String(port);
  const proxy: Proxy = {
    url: through.href,
    behaviour: () => 'pass',
    connections: () => connections,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return proxy;
}
