/** A notice as a webhook, signed as the Standard Webhooks specification says: for a team's own program. */
import { type Channel, TryLater, Undeliverable } from '../notify.ts';
import { signedWebhooks } from './signed-webhooks.ts';

export interface WebhookChannelOptions {
  readonly url: string;
  /** `whsec_` and the base64 of 24 to 64 random bytes. */
  readonly secret: string;
}

/** Posts `{ type: "gate.presented", data: { …the notice, title, url } }`; `webhook-id` is the notice's id. */
export function webhookChannel({ url, secret }: WebhookChannelOptions): Channel {
  const webhooks = signedWebhooks(secret);
  return {
    send: async ({ notice, title, url: inbox }, signal) => {
      const link = inbox === undefined ? {} : { url: inbox };
      const body = JSON.stringify({
        type: `gate.${notice.kind}`,
        data: { ...notice, title, ...link },
      });
      return httpReceipt(await webhooks.post({ url, id: notice.noticeId, body }, signal));
    },
  };
}

const GONE = 410;
const TOO_MANY = 429;
const RETRY_AFTER_MS = 30_000;

/** What an HTTP status says of a message. */
export function httpReceipt(status: number, retryAfterMs = RETRY_AFTER_MS): string {
  if (status >= 200 && status < 300) return `HTTP ${status}`;
  if (status === TOO_MANY) throw new TryLater('the receiver is busy (429)', retryAfterMs);
  if (status === GONE) throw new Undeliverable('the receiver is gone for good (410)');
  throw new Error(`the receiver answered ${status}`);
}
