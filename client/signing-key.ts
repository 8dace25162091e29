/**
 * New keys for signing decisions: the private part, for whoever signs, and the public entry, for the list of trusted
 * keys. Whoever has the private part decides in that reviewer's name; a worker never needs it.
 */
import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import type { TrustedKey } from '../domain/proof/trusted-key.ts';
import type { SigningKey } from './decision-signer.ts';

export interface NewSigningKey {
  readonly key: SigningKey;
  /** Without the private part: to be listed among the trusted keys. */
  readonly entry: TrustedKey;
}

/**
 * An Ed25519 key of `reviewerId`, who alone is named by what it signs; left out, an issuer's, which names whoever has
 * logged in there. `kid` left out: made of the name and the beginning of the thumbprint.
 */
export async function createSigningKey({
  reviewerId,
  kid,
}: { readonly reviewerId?: string; readonly kid?: string } = {}): Promise<NewSigningKey> {
  const { x = '', d = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const name =
    kid ?? `${fileName(reviewerId ?? 'issuer')}-${(await thumbprintOf({ x })).slice(0, 8)}`;
  const shared = { kid: name, kty: 'OKP', crv: 'Ed25519', x } as const;
  return {
    key: { ...shared, d },
    entry: { ...shared, ...(reviewerId === undefined ? {} : { reviewerId }) },
  };
}

/** The SHA-256 thumbprint of a public key (RFC 7638), for two people who compare what they have. */
export async function thumbprintOf({ x }: Pick<TrustedKey, 'x'>): Promise<string> {
  return calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }, 'sha256');
}

/** Of a name that may be an e-mail address, what also names a file. */
function fileName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._@-]+/g, '-').replace(/^[.-]+/, '');
  return plain === '' ? 'key' : plain.slice(0, 80);
}
