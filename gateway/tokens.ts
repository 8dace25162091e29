/**
 * API tokens: 256 random bits, of which the configuration holds the SHA-256 alone, with whom they stand for and what
 * they may. So a file of tokens lets nobody in who reads it. The subject becomes the requester of what it asks for; no
 * caller chooses it.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { identifierSchema } from '../domain/schema/messages.ts';
import type { Permission } from './api/me.ts';

export const SCOPES = [
  'gates:request',
  'gates:read',
  'gates:decide',
  'sessions:operate',
  'audit:read',
  'kill',
] as const;
export type Scope = (typeof SCOPES)[number];

/** The scope that gives a token what roles give a login. */
export const SCOPE_OF: Readonly<Record<Permission, Scope>> = {
  request: 'gates:request',
  view: 'gates:read',
  decide: 'gates:decide',
  operate: 'sessions:operate',
  audit: 'audit:read',
  kill: 'kill',
};

const entrySchema = z.strictObject({
  subject: identifierSchema,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lowercase hexadecimal digits'),
  scopes: z.array(z.enum(SCOPES)).min(1),
});

/** One token as the configuration knows it. A subject may have several, to change from one to the next. */
export type TokenEntry = Readonly<z.output<typeof entrySchema>>;

const fileSchema = z.array(entrySchema).min(1, 'must hold at least one token');

const TOKEN_BYTES = 32;
const PREFIX = 'hp_';
const TOKEN = /^hp_[A-Za-z0-9_-]{43}$/;

/** A new token, which nobody can show again, and the entry that lets it in. By default it may ask for gates alone. */
export function createToken(
  subject: string,
  scopes: readonly Scope[] = ['gates:request'],
): { readonly token: string; readonly entry: TokenEntry } {
  const token = `${PREFIX}${randomBytes(TOKEN_BYTES).toString('base64url')}`;
  return {
    token,
    entry: { subject, sha256: digestOf(token).toString('hex'), scopes: [...scopes] },
  };
}

/** Reads a file's text: a JSON list of entries. Throws a TypeError that names what is wrong in which entry. */
export function readTokens(text: string): readonly TokenEntry[] {
  const parsed = fileSchema.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? 'The list' : issue.path.join('.');
  throw new TypeError(
    `Tokens: ${where}: ${issue?.message ?? 'is wrong'}. Make one: holdpoint token`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TypeError('Tokens: the file is no JSON. Make an entry with: holdpoint token');
  }
}

/** The entry of an `Authorization: Bearer …` header. Each entry is compared in constant time. */
export function entryOf(
  tokens: readonly TokenEntry[],
  authorization: string | undefined,
): TokenEntry | undefined {
  const [scheme, token, ...rest] = (authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'bearer' || token === undefined || rest.length > 0)
    return undefined;
  if (!TOKEN.test(token)) return undefined;
  const digest = digestOf(token);
  let found: TokenEntry | undefined;
  for (const entry of tokens) {
    if (timingSafeEqual(digest, Buffer.from(entry.sha256, 'hex'))) found ??= entry;
  }
  return found;
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
