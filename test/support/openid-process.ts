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

/** Where a person types who they are, in a browser that has cookies of the provider alone. */
export class ProviderPage {
  readonly #cookies = new Map<string, string>();

  /** Goes to an address of the provider, types a name, and answers where the provider sends the browser at last. */
  async logIn(
    address: string,
    typed: { readonly login: string; readonly groups?: string; readonly acr?: string },
  ): Promise<string> {
    let next = address;
    for (let steps = 0; steps < STEPS_MAX; steps += 1) {
      const { origin } = new URL(next);
      if (origin !== new URL(address).origin) return next;
      const isForm = next.includes('/interaction/');
      const response = await fetch(next, {
        redirect: 'manual',
        headers: {
          cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        },
        ...(isForm ? { method: 'POST', body: new URLSearchParams({ ...typed }) } : {}),
      });
      for (const line of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        this.#cookies.set(name, value);
      }
      const location = response.headers.get('location');
      if (location === null) throw new Error(`The provider answers ${await response.text()}`);
      next = new URL(location, next).href;
    }
    throw new Error(`The provider sends the browser in a circle: ${next}`);
  }
}

const STEPS_MAX = 20;
