/**
 * Trusted keys and people from where a team keeps them: a JSON file, read anew each time, or an address that is asked
 * each time. What can't be had, or can't be read, is an error and never an empty list: nobody is let in by a typo.
 */
import { readFile } from 'node:fs/promises';
import { readPeople } from '../../domain/authority/person-reading.ts';
import { findPerson, type Person } from '../../domain/authority/person.ts';
import { SECOND_MS, TRUST_BYTES_MAX } from '../../domain/limits.ts';
import { readTrustedKeys, type TrustedKey } from '../../domain/proof/trusted-key.ts';
import type { Reading } from '../../domain/text/reading.ts';
import { messageOf } from '../outside-text.ts';
import type { Directory, KeySource } from '../trust.ts';

/** Under what the executing activity waits for it (TRUST_WITHIN_MS). */
const WITHIN_MS = 3 * SECOND_MS;

/** `location`: a path, or an http(s) address that answers a GET with the same JSON. */
export function trustedKeysFrom(location: string): KeySource {
  return {
    keys: async () => {
      const raw = isAddress(location) ? await fetched(location, {}) : await fileOf(location);
      return read<readonly TrustedKey[]>(
        `Trusted keys of ${shown(location)}`,
        readTrustedKeys(raw),
      );
    },
  };
}

/**
 * `location`: a path; or an http(s) address, which gets `{ "accounts": [ … ] }` by POST, with `token` as its bearer, and
 * answers with the people behind them.
 */
export function directoryFrom(
  location: string,
  { token }: { readonly token?: string } = {},
): Directory {
  return {
    find: async (accounts) => {
      const raw = isAddress(location)
        ? await fetched(location, posting(accounts, token))
        : await fileOf(location);
      const people = read<readonly Person[]>(`Directory ${shown(location)}`, readPeople(raw));
      const found = accounts.map((account) => findPerson(people, account));
      return [...new Set(found.filter((person) => person !== undefined))];
    },
  };
}

export function isAddress(location: string): boolean {
  return /^https?:\/\//i.test(location);
}

/** An address as errors name it, which stand in histories: what is said beside the path may be a secret. */
function shown(location: string): string {
  if (!isAddress(location)) return location;
  if (!URL.canParse(location)) return 'What is no address';
  const { origin, pathname } = new URL(location);
  return `${origin}${pathname}`;
}

function posting(accounts: readonly string[], token: string | undefined): RequestInit {
  return {
    method: 'POST',
    body: JSON.stringify({ accounts }),
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
  };
}

/** Whoever is named does not speak for where it points to. */
async function fetched(address: string, request: RequestInit): Promise<unknown> {
  const signal = AbortSignal.timeout(WITHIN_MS);
  const text = await textFrom(address, { ...request, signal, redirect: 'error' }).catch(
    (error: unknown) => {
      const why = signal.aborted ? `not within ${WITHIN_MS / SECOND_MS} s` : whyOf(error);
      throw new Error(`${shown(address)} does not answer: ${why}`);
    },
  );
  return parsed(shown(address), text);
}

/** fetch itself says only that it failed: why stands in the cause, which names no address of ours. */
function whyOf(error: unknown): string {
  const cause = error instanceof TypeError && error.cause instanceof Error ? error.cause : error;
  return error instanceof TypeError && cause === error
    ? 'no request can be made'
    : messageOf(cause);
}

async function textFrom(address: string, request: RequestInit): Promise<string> {
  const response = await fetch(address, request);
  if (!response.ok) throw new Error(`status ${response.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > TRUST_BYTES_MAX) throw new Error(`more than ${TRUST_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function fileOf(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new Error(`${path} can not be read: ${messageOf(error)}`);
  });
  return parsed(path, text);
}

function parsed(location: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${location} is no JSON`);
  }
}

function read<T>(what: string, reading: Reading<T>): T {
  if (reading.ok) return reading.value;
  throw new Error(`${what}: ${reading.problem}`);
}
