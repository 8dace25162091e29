/**
 * Ed25519 (RFC 8032), verified in plain JavaScript: the workflow sandbox has no other. Only verified here: whoever signs
 * has the platform's own (client/decision-signer.ts), and the executing activity verifies with that, too.
 */
import { hashes, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

hashes.sha512 = sha512;

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;

/** Total: what is no key, or no signature, verifies nothing. */
export function isSignedBy(
  publicKey: Uint8Array,
  { message, signature }: { readonly message: Uint8Array; readonly signature: Uint8Array },
): boolean {
  if (publicKey.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false;
  try {
    return verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}
