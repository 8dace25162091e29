/** Logins that were ended here, until they would be over anyway: a copy of the cookie no longer comes in at this process. */
const ENDED_MAX = 10_000;

export class EndedLogins {
  /** By id: when it would be over. Oldest first. */
  readonly #ended = new Map<string, number>();

  end({ id, expiresAt }: { readonly id: string; readonly expiresAt: number }, now: number): void {
    for (const [one, until] of this.#ended) {
      if (until > now && this.#ended.size < ENDED_MAX) break;
      this.#ended.delete(one);
    }
    this.#ended.set(id, expiresAt);
  }

  has(id: string): boolean {
    return this.#ended.has(id);
  }
}
