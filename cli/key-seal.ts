/**
 * The private part of a key under a passphrase: a JWE (RFC 7516) by PBES2 (RFC 7518 §4.8), with as many rounds as are
 * asked of passphrases today. Who copies the file then still needs the passphrase.
 */
import { CompactEncrypt, compactDecrypt } from 'jose';
import type { SigningKey } from '../client/decision-signer.ts';
import { isPlainObject } from '../domain/text/json.ts';
import { EXIT } from './exit-codes.ts';
import type { KeptKey } from './key-store.ts';
import { CommandFailure } from './shell.ts';

/** Of PBKDF2 with SHA-512. */
const ROUNDS = 210_000;
const ALGORITHM = 'PBES2-HS512+A256KW';
const ENCRYPTION = 'A256GCM';

export async function sealed({ d }: Pick<SigningKey, 'd'>, passphrase: string): Promise<string> {
  const plain = new TextEncoder().encode(JSON.stringify({ d }));
  return new CompactEncrypt(plain)
    .setProtectedHeader({ alg: ALGORITHM, enc: ENCRYPTION })
    .setKeyManagementParameters({ p2c: ROUNDS })
    .encrypt(bytesOf(passphrase));
}

/** Throws where the passphrase is another one. */
export async function unsealed(
  { kid, kty, crv, x }: KeptKey,
  { jwe, passphrase }: { readonly jwe: string; readonly passphrase: string },
): Promise<SigningKey> {
  try {
    const { plaintext } = await compactDecrypt(jwe, bytesOf(passphrase), {
      keyManagementAlgorithms: [ALGORITHM],
      contentEncryptionAlgorithms: [ENCRYPTION],
      maxPBES2Count: ROUNDS,
    });
    const raw: unknown = JSON.parse(new TextDecoder().decode(plaintext));
    if (isPlainObject(raw) && typeof raw['d'] === 'string')
      return { kid, kty, crv, x, d: raw['d'] };
  } catch {
    // Which of the two it is, nobody can tell.
  }
  throw new CommandFailure(
    `Key ${kid} does not open: the passphrase is another one, or its file was changed.`,
    EXIT.usage,
  );
}

function bytesOf(passphrase: string): Uint8Array {
  return new TextEncoder().encode(passphrase.normalize('NFKC'));
}
