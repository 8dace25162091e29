/**
 * The fingerprint of a payload: twenty decimal digits of its digest, in four groups, that two people can read to each
 * other, or one person compare on two screens.
 *
 * It is for noticing that two surfaces show different payloads. It is not the digest and proves nothing by itself: 66
 * bits are beyond chance, and finding another payload for a given fingerprint takes some 2^66 tries; but who may choose
 * both payloads finds a pair that shares one in some 2^33, which is a matter of minutes. A decision therefore names the
 * whole digest, and what executes is compared with that. It is derived wherever it is shown, never hashed or stored.
 */
const DIGITS = 20;
const GROUP = /\d{5}(?=\d)/g;

/** Of a digest of 64 hexadecimal digits: the first 128 bits of it, modulo 10^20. */
export function fingerprintOf(payloadDigest: string): string {
  const number = BigInt(`0x${payloadDigest.slice(0, 32)}`) % 10n ** BigInt(DIGITS);
  return number.toString().padStart(DIGITS, '0').replace(GROUP, '$& ');
}
