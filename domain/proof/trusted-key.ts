/**
 * The public keys whose signatures count. The key of a gateway speaks for everyone who logs in there; a reviewer's own
 * key speaks for that reviewer alone. Keys rotate by `kid`: a new one is listed before it signs, an old one is revoked,
 * never removed, as long as something that it signed has to be verified.
 */
import { identifier, instant, oneOf, readFields, type Reading } from '../text/reading.ts';
import { bytesOfBase64url } from '../text/base64url.ts';
import { isPlainObject } from '../text/json.ts';
import { TRUSTED_KEYS_MAX } from '../limits.ts';

/** A JSON Web Key (RFC 8037) with what is known of it. */
export interface TrustedKey {
  readonly kid: string;
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** The public key: 32 bytes, base64url. */
  readonly x: string;
  /** As a JSON Web Key may say; they can say nothing else. */
  readonly alg?: 'EdDSA' | 'Ed25519';
  readonly use?: 'sig';
  /** Whom it speaks for. Left out: it is an issuer's, and speaks for whoever it names, with their groups. */
  readonly reviewerId?: string;
  /** ISO 8601: signatures count from then on. */
  readonly notBefore?: string;
  /** ISO 8601: from then on it signs nothing that counts. */
  readonly revokedAt?: string;
}

const KEY_BYTES = 32;

const publicKey = (value: unknown): string | undefined =>
  typeof value === 'string' && bytesOfBase64url(value)?.length === KEY_BYTES
    ? undefined
    : 'must be an Ed25519 public key: 32 bytes in base64url';

const exactly =
  (expected: string) =>
  (value: unknown): string | undefined =>
    value === expected ? undefined : `must be ${expected}`;

const FIELDS = {
  kid: { read: identifier },
  kty: { read: exactly('OKP') },
  crv: { read: exactly('Ed25519') },
  x: { read: publicKey },
  alg: { read: oneOf(['EdDSA', 'Ed25519']), optional: true },
  use: { read: exactly('sig'), optional: true },
  reviewerId: { read: identifier, optional: true },
  notBefore: { read: instant, optional: true },
  revokedAt: { read: instant, optional: true },
} as const;

/** Reads a JSON Web Key Set of trusted keys from wherever it came. A private key among them is refused. */
export function readTrustedKeys(raw: unknown): Reading<readonly TrustedKey[]> {
  const list = isPlainObject(raw) ? raw['keys'] : undefined;
  if (!Array.isArray(list)) return { ok: false, problem: 'must be { "keys": [ … ] }' };
  if (list.length > TRUSTED_KEYS_MAX) {
    return { ok: false, problem: `keys must be at most ${TRUSTED_KEYS_MAX}` };
  }
  const keys: TrustedKey[] = [];
  for (const [index, one] of list.entries()) {
    const problem = keyProblem(one, keys);
    if (problem !== undefined) return { ok: false, problem: `keys[${index}] ${problem}` };
    keys.push(one as TrustedKey);
  }
  return { ok: true, value: keys };
}

function keyProblem(raw: unknown, before: readonly TrustedKey[]): string | undefined {
  if (isPlainObject(raw) && Object.hasOwn(raw, 'd')) {
    return 'holds a private key (d): whoever has this file could sign. Revoke it, and list its public part';
  }
  const reading = readFields<TrustedKey>(raw, FIELDS);
  if (!reading.ok) return reading.problem;
  const { kid } = reading.value;
  return before.some((key) => key.kid === kid) ? `kid ${kid} is there twice` : undefined;
}

/** Why a signature of this key, made at `signedAt`, does not count at `now` (both ms); undefined: it does. */
export function whyKeyNot(
  { kid, notBefore, revokedAt }: TrustedKey,
  { signedAt, now }: { readonly signedAt: number; readonly now: number },
): string | undefined {
  // Whoever has a revoked key can write any date: what counts is when the signature is used.
  if (revokedAt !== undefined && !(now < Date.parse(revokedAt))) {
    return `Key ${kid} is revoked since ${revokedAt}.`;
  }
  if (notBefore !== undefined && !(signedAt >= Date.parse(notBefore))) {
    return `Key ${kid} is valid from ${notBefore} on.`;
  }
  return undefined;
}
