/**
 * Text that comes back exactly as it went in. PostgreSQL has no U+0000, and no lone surrogate has UTF-8 bytes; names
 * and messages from outside may hold either, and a session must not stop at its end because a tool's name does.
 * Ordinary text is stored as it is; a backslash is doubled, so that no two texts become one.
 */
import { customType } from 'drizzle-orm/pg-core';

// Under the `u` flag a surrogate that belongs to a pair is not one.
const ESCAPED = /[\\\0]|\p{Surrogate}/gu;
const ESCAPE = /\\(?:\\|u([0-9a-f]{4}))/g;

export function escapeText(text: string): string {
  return text.replaceAll(ESCAPED, (character) =>
    character === '\\' ? '\\\\' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function unescapeText(text: string): string {
  return text.replaceAll(ESCAPE, (_escape, code: string | undefined) =>
    code === undefined ? '\\' : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

export const exactText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text',
  toDriver: escapeText,
  fromDriver: unescapeText,
});

/** The UTF-8 bytes of a text: what its SHA-256 digest is made of. A byte order mark is a character like any other. */
export const utf8Bytes = customType<{ data: string; driverData: Uint8Array }>({
  dataType: () => 'bytea',
  toDriver: (text) => Buffer.from(text, 'utf8'),
  fromDriver: (bytes) => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes),
});
