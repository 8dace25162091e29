/**
 * Finds what nobody can read in a payload, and reads what only looks unreadable. A call that holds the former goes to a
 * stricter tier (domain/policy/policy.ts), so the answer is part of what a session replays: a change of what is found
 * gets a new INSPECTION and keeps the old way beside it, and nothing here asks the engine's Unicode tables.
 *
 * It looks for what is made to carry data past a reader, not for a reader's tedium: an id, a digest, a UUID, a signature
 * of up to 64 bytes, a signed token whose claims can be read are no findings. Strings of under 128 characters are not
 * looked at: a person sees them whole. What it misses, and how often it is wrong, is measured in
 * docs/design/what-is-shown.md.
 */
import { readableBase64, readableHex } from './decode.ts';
import { isJson, type Json } from './json.ts';
import { type JsonLeaf, jsonLeaves, type JsonPath, pointerOf } from './json-leaves.ts';
import { canonicalJson } from './canonical-json.ts';

/** The version of what is found. A policy names it. */
export const INSPECTION = 1 as const;

/** Why nobody can read a string: it is encoded and decodes to no text, is encrypted, or holds characters nobody sees. */
export type Opacity = 'encoded' | 'encrypted' | 'invisible';

/** What a string holds, read one level further. */
export interface Decoded {
  readonly from: 'base64' | 'hex' | 'JSON' | 'JWT';
  readonly text: string;
}

export interface OpaqueLeaf {
  /** RFC 6901. */
  readonly pointer: string;
  readonly opacity: Opacity;
}

const INSPECTED_CHARACTERS_MIN = 128;
/** Shorter runs are words, and might decode to something by chance. */
const DECODED_CHARACTERS_MIN = 24;
/** Encoded parts of one string that are read for a person. */
const DECODED_MAX = 4;

/** A leaf, and why nobody can read it: by its text, or by a name that it stands under. */
export interface InspectedLeaf extends JsonLeaf<Opacity> {
  readonly opacity: Opacity | undefined;
}

export function* inspectedLeaves(payload: Json): Generator<InspectedLeaf> {
  for (const leaf of jsonLeaves(payload, opacityOf)) {
    const { path, value } = leaf;
    const own = typeof value === 'string' ? opacityOf(value) : undefined;
    yield { ...leaf, opacity: path?.marked?.mark ?? own };
  }
}

/** What nobody can read, by its pointer; of a name that nobody can read, that of the name, once for all that is under it. */
export function opaqueLeaves(payload: Json): readonly OpaqueLeaf[] {
  const found = new Map<JsonPath | undefined, OpaqueLeaf>();
  for (const { path, opacity } of inspectedLeaves(payload)) {
    const at = path?.marked?.at ?? path;
    if (opacity !== undefined && !found.has(at)) found.set(at, { pointer: pointerOf(at), opacity });
  }
  return [...found.values()];
}

/** Undefined: a person can read it, once decoded. */
export function opacityOf(text: string): Opacity | undefined {
  if (text.length < INSPECTED_CHARACTERS_MIN) return undefined;
  if (SEALED.test(text)) return 'encrypted';
  if (isMostlyInvisible(text)) return 'invisible';
  const plain = unwrapped(text).replace(JWT, (token) => (isReadableToken(token) ? ' ' : token));
  const isOpaque = runsIn(plain, INSPECTED_CHARACTERS_MIN).some(
    (run) => isOpaqueBase64(run) || (run.match(HEX_RUN) ?? []).some(isOpaqueHex),
  );
  return isOpaque ? 'encoded' : undefined;
}

/** Envelopes that say of themselves that their content is encrypted: PGP, age, CMS, JWE, SOPS, Vault, Ansible. */
const SEALED =
  /-----BEGIN (?:PGP MESSAGE|AGE ENCRYPTED FILE|CMS|PKCS7|ENCRYPTED PRIVATE KEY)-----|(?<![\w.-])eyJ[\w-]+\.[\w-]*(?:\.[\w-]+){3}|\bENC\[[A-Z\d_]+,|\bvault:v\d+:|\$ANSIBLE_VAULT;/;

/** Three parts of base64url, the first of which begins like a JSON object. Tried once in a row of such characters. */
const JWT = /(?<![\w.-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** What the longest usual signature takes, of RSA with 4,096 bits. */
const SIGNATURE_CHARACTERS_MAX = 684;

/** Header and claims of a token that is signed, not encrypted. Its signature may be opaque: that is what it is. */
function claimsOf(token: string): string | undefined {
  const [header = '', claims = '', signature = ''] = token.split('.');
  if (signature.length > SIGNATURE_CHARACTERS_MAX) return undefined;
  const [head, body] = [readableBase64(header), readableBase64(claims)];
  return head?.includes('"alg"') === true && body !== undefined ? `${head}.${body}` : undefined;
}

function isReadableToken(token: string): boolean {
  const claims = claimsOf(token);
  return claims !== undefined && opacityOf(claims) === undefined;
}

/** Lines of one length, as mail and PEM wrap what they encode. */
const WRAPPED = /^[\w+/-]{60,76}(?:\r?\n[\w+/-]{60,76})+(?:\r?\n[\w+/-]+={0,2})?$/gm;
const HEX_LINES = /^[\da-fA-F\s]+$/;

/** Without those line ends. A list of digests, one a line, stays a list. */
function unwrapped(text: string): string {
  return text.replace(WRAPPED, (block) => {
    const [first = '', ...rest] = block.split(/\r?\n/);
    const isEven = rest.slice(0, -1).every((line) => line.length === first.length);
    return isEven && !HEX_LINES.test(block) ? [first, ...rest].join('') : block;
  });
}

const HEX_RUN = /[\da-fA-F]{128,}/g;

/** Characters of both alphabets in a row, `least` or more. Not by a regular expression, which takes ten times as long. */
function runsIn(text: string, least: number): readonly string[] {
  const runs: string[] = [];
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (classAt(text, at) !== undefined) continue;
    if (at - from >= least) runs.push(text.slice(from, at));
    from = at + 1;
  }
  return runs;
}

/** A run of few different characters hides nothing: a rule, a row of zeros, a sequence of genes. */
const HEX_VARIETY_MIN = 8;
const BASE64_VARIETY_MIN = 20;

function isOpaqueHex(run: string): boolean {
  // One of exactly 128 digits is a SHA-512 digest, or a signature.
  if (run.length === INSPECTED_CHARACTERS_MIN || !hasVariety(run, HEX_VARIETY_MIN)) return false;
  // Cut where it is uneven: it may begin or end with a letter of something else.
  return isUnreadable(readableHex(run.slice(0, run.length - (run.length % 2))));
}

function isOpaqueBase64(run: string): boolean {
  return (
    hasVariety(run, BASE64_VARIETY_MIN) && isScrambled(run) && isUnreadable(readableBase64(run))
  );
}

/** Not by being encoded once more either: each time it is shorter, down to what is not looked at. */
function isUnreadable(decoded: string | undefined): boolean {
  return decoded === undefined || opacityOf(decoded) !== undefined;
}

/** Of the neighbours in what is encoded 64 in 100 are of two classes; of those in names, paths and slugs 30 at most. */
const CHANGES_MIN = 0.45;
/** Encoded data has 3 in 100; a path, or a row of UUIDs, more. */
const SEPARATORS_MAX = 0.1;

/** What is empty in data repeats one character; without that, so much has to be left. */
const REPEATED = /(.)\1{2,}/g;
const SCRAMBLED_CHARACTERS_MIN = 48;

/** Somewhere in it, for the length that counts, classes of characters change as they do by chance. */
function isScrambled(run: string): boolean {
  const packed = run.replace(REPEATED, '$1');
  const span = Math.min(packed.length, INSPECTED_CHARACTERS_MIN);
  if (span < SCRAMBLED_CHARACTERS_MIN) return false;
  let [changes, separators] = [0, 0];
  for (let at = 0; at < packed.length; at += 1) {
    changes += changeAt(packed, at) - changeAt(packed, at - span);
    separators += separatorAt(packed, at) - separatorAt(packed, at - span);
    const isFull = at >= span - 1;
    const isRandom = changes >= CHANGES_MIN * span && separators <= SEPARATORS_MAX * span;
    if (isFull && isRandom) return true;
  }
  return false;
}

function changeAt(run: string, at: number): number {
  return at > 0 && classAt(run, at) !== classAt(run, at - 1) ? 1 : 0;
}

function separatorAt(run: string, at: number): number {
  return at >= 0 && classAt(run, at) === 'separator' ? 1 : 0;
}

/** Undefined: of neither alphabet. */
function classAt(text: string, at: number): 'digit' | 'lower' | 'upper' | 'separator' | undefined {
  const code = text.charCodeAt(at);
  if (code >= 0x61 && code <= 0x7a) return 'lower';
  if (code >= 0x41 && code <= 0x5a) return 'upper';
  if (code >= 0x30 && code <= 0x39) return 'digit';
  const isSeparator = code === 0x2b || code === 0x2d || code === 0x2f || code === 0x5f;
  return isSeparator ? 'separator' : undefined;
}

function hasVariety(run: string, least: number): boolean {
  const seen = new Set<string>();
  for (const character of run) {
    if (seen.add(character).size >= least) return true;
  }
  return false;
}

/** Controls, what has no meaning of its own, and what draws nothing. Listed: Cc alone is the same in every Unicode. */
const UNSEEN =
  /(?![\t\n\r])[\p{Cc}\u00AD\u200B-\u200F\u2028-\u202E\u2060-\u206F\uE000-\uF8FF\uFEFF\uFFFD\u{E0000}-\u{E0FFF}\u{F0000}-\u{10FFFF}]/gu;
/** Tags and selectors in a row spell out what only machines read. */
const SMUGGLED = /[\u{E0000}-\u{E0FFF}]{16}/u;

function isMostlyInvisible(text: string): boolean {
  return (text.match(UNSEEN) ?? []).length * 4 > text.length || SMUGGLED.test(text);
}

/** What a string holds besides what stands there: JSON, the claims of a token, encoded text. For a reader only. */
export function decodedIn(text: string): readonly Decoded[] {
  const json = jsonIn(text);
  if (json !== undefined) return [{ from: 'JSON', text: json }];
  const tokens = (text.match(JWT) ?? []).flatMap((token) => claimsOf(token) ?? []);
  if (tokens.length > 0)
    return tokens.slice(0, DECODED_MAX).map((claims) => ({ from: 'JWT', text: claims }));
  return runsIn(unwrapped(text), DECODED_CHARACTERS_MIN).flatMap(decodedRun).slice(0, DECODED_MAX);
}

function decodedRun(run: string): readonly Decoded[] {
  const hex = /^[\da-fA-F]+$/.test(run) ? readableHex(run) : undefined;
  if (hex !== undefined) return [{ from: 'hex', text: hex }];
  const base64 = readableBase64(run);
  return base64 === undefined ? [] : [{ from: 'base64', text: base64 }];
}

/** An object or a list, as its canonical form: without the escapes that it takes within a string. */
function jsonIn(text: string): string | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? canonicalJson(value) : undefined;
  } catch {
    return undefined;
  }
}
