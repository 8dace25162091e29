/** How often one caller may do something: a bucket of tokens each, which fills up again. */
export interface Rate {
  /** So many at once. */
  readonly burst: number;
  readonly perMinute: number;
}

const BUCKETS_MAX = 10_000;
const MINUTE_MS = 60_000;

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

export class RateLimit {
  readonly #rate: Rate;
  /** The one used last is last. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one. 0: it may; otherwise ms until it may. */
  take(key: string, now: number): number {
    const { burst, perMinute } = this.#rate;
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    const filled = bucket.tokens + ((now - bucket.at) * perMinute) / MINUTE_MS;
    const tokens = Math.min(burst, filled);
    const isThere = tokens >= 1;
    this.#buckets.delete(key);
    this.#buckets.set(key, { tokens: isThere ? tokens - 1 : tokens, at: now });
    this.#forget();
    return isThere ? 0 : Math.ceil(((1 - tokens) * MINUTE_MS) / perMinute);
  }

  /** Who was not heard of for the longest time has a full bucket, or comes to one a little early. */
  #forget(): void {
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > BUCKETS_MAX && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
