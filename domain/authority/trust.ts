/** What a session has been told of who stands behind accounts, and of whose signatures count. */
import type { TrustedKey } from '../proof/trusted-key.ts';
import type { Person } from './person.ts';

/** Who is asked about: accounts that stand behind a session, or that decide in it; and which groups count. */
export interface TrustQuestion {
  readonly accounts: readonly string[];
  readonly groups: readonly string[];
}

/** What was found: for the accounts that were asked about, and all keys. */
export interface TrustFound {
  readonly keys: readonly TrustedKey[];
  readonly people: readonly Person[];
}

export interface Trust extends TrustFound {
  /** The accounts that were asked about, known or not. */
  readonly asked: readonly string[];
  readonly at: number;
}
