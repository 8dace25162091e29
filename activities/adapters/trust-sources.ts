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

const WITHIN_MS = 5 * SECOND_MS;

/** `location`: a path, or an http(s) address that answers a GET with the same JSON. */
export function trustedKeysFrom(location: string): KeySource {
  return {
    keys: async () => {
      const raw = isAddress(location) ? await fetched(location, {}) : await fileOf(location);
      return read<readonly TrustedKey[]>(`Trusted keys of ${location}`, readTrustedKeys(raw));
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
      const people = read<readonly Person[]>(`Directory ${location}`, readPeople(raw));
      const found = accounts.map((account) => findPerson(people, account));
      return [...new Set(found.filter((person) => person !== undefined))];
    },
  };
}

export function isAddress(location: string): boolean {
  return /^https?:\/\//i.test(location);
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
  const response = await fetch(address, { ...request, signal, redirect: 'error' }).catch(
    (error: unknown) => {
      throw new Error(`${address} does not answer: ${messageOf(error)}`);
    },
  );
  if (!response.ok) throw new Error(`${address} answered ${response.status}`);
  return parsed(address, await textWithin(response, address));
}

async function textWithin(response: Response, address: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > TRUST_BYTES_MAX) throw new Error(`${address} answered with too much`);
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
