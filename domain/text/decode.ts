/**
 * Text out of base64, base64url and hexadecimal, where there is any a person can read. Written out here: the workflow
 * sandbox has no decoder that the pure type check knows, and what counts as readable decides about tiers, so it must
 * not change with an engine's Unicode tables. Lenient, where base64url.ts is strict: it looks for what others might decode.
 */

export function readableBase64(text: string): string | undefined {
  return readable(base64Bytes(text));
}

export function readableHex(text: string): string | undefined {
  return text.length % 2 === 0 ? readable(hexBytes(text)) : undefined;
}

/** The next byte; undefined at the end. Read one by one: data gives itself away within the first few. */
type Bytes = () => number | undefined;

function base64Bytes(text: string): Bytes {
  let [at, bits, count] = [0, 0, 0];
  return () => {
    while (count < 8) {
      const sextet = sextetOf(text.charCodeAt(at));
      // Padding, or the end.
      if (sextet === undefined) return undefined;
      at += 1;
      bits = ((bits << 6) | sextet) & 0xff_ff;
      count += 6;
    }
    count -= 8;
    return (bits >> count) & 0xff;
  };
}

/** Of both alphabets: base64url writes `-` and `_` for the last two. */
function sextetOf(code: number): number | undefined {
  if (code >= 0x41 && code <= 0x5a) return code - 0x41;
  if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
  if (code === 0x2b || code === 0x2d) return 62;
  return code === 0x2f || code === 0x5f ? 63 : undefined;
}

function hexBytes(text: string): Bytes {
  let at = 0;
  return () => {
    if (at >= text.length) return undefined;
    at += 2;
    return Number.parseInt(text.slice(at - 2, at), 16);
  };
}

/** The bytes as UTF-8, if they are that and hold no control character but tab and line ends. */
function readable(bytes: Bytes): string | undefined {
  const parts: string[] = [];
  for (let first = bytes(); first !== undefined; first = bytes()) {
    const codePoint = codePointFrom(first, bytes);
    if (codePoint === undefined || isControl(codePoint)) return undefined;
    parts.push(String.fromCodePoint(codePoint));
  }
  return parts.length === 0 ? undefined : parts.join('');
}

/** Strict: no overlong form, no surrogate, nothing above U+10FFFF. */
function codePointFrom(first: number, bytes: Bytes): number | undefined {
  if (first < 0x80) return first;
  if (first < 0xc2 || first > 0xf4) return undefined;
  const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
  let codePoint = first & (0x3f >> more);
  for (let count = 0; count < more; count += 1) {
    const next = bytes();
    if (next === undefined || (next & 0xc0) !== 0x80) return undefined;
    codePoint = (codePoint << 6) | (next & 0x3f);
  }
  const least = more === 1 ? 0x80 : more === 2 ? 0x8_00 : 0x1_00_00;
  const isSurrogate = codePoint >= 0xd8_00 && codePoint <= 0xdf_ff;
  return codePoint < least || isSurrogate || codePoint > 0x10_ff_ff ? undefined : codePoint;
}

function isControl(codePoint: number): boolean {
  if (codePoint === 0x09 || codePoint === 0x0a || codePoint === 0x0d) return false;
  return codePoint < 0x20 || (codePoint >= 0x7f && codePoint < 0xa0) || codePoint === 0xff_fd;
}
