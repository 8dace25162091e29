/** Free TCP ports of the loopback address. Another process may take one before its user does: be ready to ask again. */
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';

/** Two at once, because both are held until both are known: they differ. */
export async function freePorts(): Promise<readonly [number, number]> {
  const [first, second] = [await heldPort(), await heldPort()];
  await first.release();
  await second.release();
  return [first.port, second.port];
}

async function heldPort(): Promise<{ port: number; release: () => Promise<void> }> {
  const holder = createServer();
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.listen(0, LOOPBACK, resolve);
  });
  const address = holder.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port was given');
  return {
    port: address.port,
    release: async () =>
      new Promise((resolve) => {
        holder.close(() => resolve());
      }),
  };
}
