/** Digests: SHA-256 in lowercase hexadecimal, 64 characters. Pure, so that it is the same in the workflow sandbox. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { canonicalJson } from './canonical-json.ts';
import type { Json, JsonObject } from './json.ts';

const DIGEST = /^[0-9a-f]{64}$/;

export function isDigest(value: unknown): value is string {
  return typeof value === 'string' && DIGEST.test(value);
}

export function digestOfText(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)));
}

export function digestOfJson(value: Json): string {
  return digestOfText(canonicalJson(value));
}

/** What a consent is given for: exactly this tool, in this version, with exactly these arguments. */
export interface Payload {
  readonly actionType: string;
  readonly toolVersion: string;
  readonly arguments: JsonObject;
}

/** The canonical bytes of a payload: what is hashed, kept and executed. */
export function payloadText(payload: Payload): string {
  return canonicalJson({
    arguments: payload.arguments,
    tool: payload.actionType,
    toolVersion: payload.toolVersion,
  });
}

export function payloadDigest(payload: Payload): string {
  return digestOfText(payloadText(payload));
}

export function utf8Length(text: string): number {
  return utf8ToBytes(text).length;
}
