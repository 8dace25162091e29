/** Starts the OpenID provider of openid-provider.ts, and logs in there as a browser would. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('openid-provider.ts', import.meta.url));
/** Node 20 runs no TypeScript. */
const JITI = fileURLToPath(new URL('../../node_modules/jiti/lib/jiti-cli.mjs', import.meta.url));

export const CLIENT = {
  clientId: 'gateway',
  clientSecret: 'a secret of the gateway and its provider',
} as const;

export interface OpenIdProcess {
  readonly issuer: string;
  readonly close: () => Promise<void>;
}

/** On a port that was used before, or any. */
export async function startOpenIdProvider(port = 0): Promise<OpenIdProcess> {
  const child = spawn(process.execPath, [JITI, SCRIPT, String(port)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"issuer"')) continue;
    const { issuer } = JSON.parse(line) as { readonly issuer: string };
    return {
      issuer,
      close: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }
  throw new Error(`The OpenID provider ended: ${complaint}`);
}
