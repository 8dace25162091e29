/** base64url without padding (RFC 4648 §5), strictly: only what an encoder writes is read. The sandbox has no Buffer. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The bytes; undefined where the text is not exactly what encoding them gives. */
export function bytesOfBase64url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let [bits, count, at] = [0, 0, 0];
  for (const letter of text) {
    const value = ALPHABET.indexOf(letter);
    if (value === -1) return undefined;
    bits = (bits << 6) | value;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes[at] = (bits >> count) & 0xff;
    at += 1;
    bits &= (1 << count) - 1;
  }
  // Left-over bits that are not zero would let two texts stand for the same bytes.
  return bits === 0 ? bytes : undefined;
}
