/**
 * One gate of one session, said in as few words as it can be: what a reader of the documentation expects. It shares no
 * code with domain/, and is what the product is compared with.
 */
export type Word =
  | { readonly what: 'approve' | 'reject' | 'modify' | 'late' | 'grant'; readonly by: string }
  | { readonly what: 'claim' | 'release'; readonly by: string }
  | { readonly what: 'pause' | 'resume' | 'cancel' | 'expire' | 'revoke' };

/** A word, so many ms after the one before it: mostly none, as in one workflow task. */
export type Happening = Word & { readonly after: number };

/** What is known of people: who may decide, who may not, and until when. */
export interface ModelledPeople {
  readonly may: readonly string[];
  /** Who is revoked, ms after the gate opened. */
  readonly revokedAfter: Readonly<Record<string, number>>;
}

export interface ModelTimes {
  readonly respondWithinMs: number;
  readonly claimForMs: number;
}

export type GateState = 'pending' | 'approved' | 'rejected' | 'modified' | 'expired' | 'withdrawn';

const LATE: Readonly<Record<Exclude<GateState, 'pending'>, string>> = {
  approved: 'ALREADY_DECIDED',
  rejected: 'ALREADY_DECIDED',
  modified: 'ALREADY_DECIDED',
  expired: 'EXPIRED',
  withdrawn: 'WITHDRAWN',
};

const MAKES = {
  approve: 'approved',
  grant: 'approved',
  reject: 'rejected',
  modify: 'modified',
} as const;

export class RaceModel {
  gate: GateState = 'pending';
  phase: 'running' | 'paused' | 'cancelling' = 'running';
  #now = 0;
  #deadline: number;
  #pausedAt = 0;
  #claim: { by: string; at: number; until: number } | undefined;
  #grants = 0;
  readonly #people: ModelledPeople;
  readonly #claimForMs: number;

  constructor(people: ModelledPeople, { respondWithinMs, claimForMs }: ModelTimes) {
    this.#people = people;
    this.#deadline = respondWithinMs;
    this.#claimForMs = claimForMs;
  }

  /** Whether the action may start now. */
  get mayStart(): boolean {
    return (this.gate === 'approved' || this.gate === 'modified') && this.phase === 'running';
  }

  /** What is answered. */
  hear(happening: Happening): string {
    this.#now += happening.after;
    switch (happening.what) {
      case 'approve':
      case 'grant':
      case 'reject':
      case 'modify':
        return this.#decide(happening.what, happening.by);
      case 'late':
        return this.gate === 'pending' ? 'DIGEST_MISMATCH' : LATE[this.gate];
      case 'claim':
        return this.#claimed(happening.by);
      case 'release':
        return this.#released(happening.by);
      case 'pause':
      case 'resume':
      case 'cancel':
        return this.#ordered(happening.what);
      case 'expire':
        return this.#timePasses();
      case 'revoke':
        return this.#revoked();
    }
  }

  #may(who: string): boolean {
    const after = this.#people.revokedAfter[who] ?? Infinity;
    return this.#people.may.includes(who) && this.#now < after;
  }

  #decide(what: keyof typeof MAKES, by: string): string {
    if (this.gate !== 'pending') return LATE[this.gate];
    if (by === 'requester') return 'SELF_APPROVAL';
    if (!this.#may(by)) return 'NOT_AUTHORIZED';
    this.gate = MAKES[what];
    if (what === 'grant') this.#grants += 1;
    return 'decided';
  }

  #claimed(by: string): string {
    if (this.gate !== 'pending') return LATE[this.gate];
    if (by === 'requester') return 'SELF_APPROVAL';
    if (!this.#may(by)) return 'NOT_AUTHORIZED';
    if (this.#claim !== undefined && this.#claim.by !== by) return 'CLAIMED';
    this.#claim = { by, at: this.#now, until: this.#now + this.#claimForMs };
    return 'done';
  }

  #released(by: string): string {
    if (this.gate !== 'pending') return LATE[this.gate];
    if (this.#claim?.by !== by) return 'NOT_CLAIMED';
    this.#claim = undefined;
    return 'done';
  }

  #ordered(what: 'pause' | 'resume' | 'cancel'): string {
    if (this.phase === 'cancelling') return 'SESSION_CLOSED';
    if (what === 'cancel') {
      this.phase = 'cancelling';
      if (this.gate === 'pending') this.gate = 'withdrawn';
      return 'done';
    }
    if (what === 'pause') {
      if (this.phase === 'paused') return 'unchanged';
      this.phase = 'paused';
      this.#pausedAt = this.#now;
      return 'done';
    }
    if (this.phase === 'running') return 'unchanged';
    this.phase = 'running';
    this.#deadline += this.#now - this.#pausedAt;
    const claim = this.#claim;
    if (claim !== undefined) claim.until += this.#now - Math.max(this.#pausedAt, claim.at);
    return 'done';
  }

  /** The clock is looked at. While it is paused none runs. */
  #timePasses(): string {
    if (this.phase !== 'running' || this.gate !== 'pending') return 'time';
    if (this.#now >= this.#deadline) this.gate = 'expired';
    else if (this.#claim !== undefined && this.#now >= this.#claim.until) this.#claim = undefined;
    return 'time';
  }

  /** The end of a standing grant. */
  #revoked(): string {
    if (this.#grants === 0) return 'UNKNOWN_GRANT';
    this.#grants -= 1;
    return 'done';
  }
}
