/** Webhooks signed as the Standard Webhooks specification says: headers webhook-id, -timestamp and -signature. */
import { Webhook } from 'standardwebhooks';
import type { Webhooks } from '../ports.ts';

/** `secret`: `whsec_` and base64, of 24 to 64 bytes. Throws a TypeError where it is none. */
export function signedWebhooks(secret: string): Webhooks {
  if (!isWebhookSecret(secret)) {
    throw new TypeError(
      `A webhook secret is whsec_ and the base64 of 24 to 64 random bytes, as in: echo "whsec_$(openssl rand -base64 32)"`,
    );
  }
  const webhook = new Webhook(secret);
  return {
    post: async ({ url, id, body }, signal) => {
      const at = new Date();
      const response = await fetch(url, {
        method: 'POST',
        // Whoever is allowed does not speak for where it points to.
        redirect: 'manual',
        signal,
        headers: {
          'content-type': 'application/json',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': webhook.sign(id, at, body),
        },
        body,
      });
      await response.body?.cancel();
      return response.status;
    },
  };
}

const SECRET = /^whsec_([A-Za-z0-9+/]+={0,2})$/;

function isWebhookSecret(secret: string): boolean {
  const bytes = Buffer.from(SECRET.exec(secret)?.[1] ?? '', 'base64').length;
  return bytes >= 24 && bytes <= 64;
}
