/**
 * Where keys and people come from, file and address, one suite for both: what is there is read anew each time, and what
 * can't be had or read is an error that says where and why, never an empty list; and no error tells a secret.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { directoryFrom, trustedKeysFrom } from '../../activities/adapters/trust-sources.ts';
import { checkTrust, type Directory, type KeySource } from '../../activities/trust.ts';
import { definePolicy } from '../../domain/index.ts';
import { newKey } from '../support/trust.ts';
import { type Mood, openTrustServer, type TrustServer } from '../support/trust-server.ts';

const KEY = (await newKey('gateway-1')).trusted;
const PEOPLE = {
  rita: { accounts: ['rita@corp'], groups: ['ops'] },
  bob: { revokedSince: '2026-11-23T09:30:00Z' },
};

interface Source {
  readonly keys: KeySource;
  readonly directory: Directory;
  /** What is there from now on. */
  readonly put: (keys: unknown, people: unknown) => void;
  readonly close: () => Promise<void>;
}

function openFiles(): Source {
  const folder = mkdtempSync(join(tmpdir(), 'holdpoint-sources-'));
  const [keysFile, peopleFile] = [join(folder, 'keys.json'), join(folder, 'people.json')];
  return {
    keys: trustedKeysFrom(keysFile),
    directory: directoryFrom(peopleFile),
    put: (keys, people) => {
      writeFileSync(keysFile, JSON.stringify(keys));
      writeFileSync(peopleFile, JSON.stringify(people));
    },
    close: async () => rmSync(folder, { recursive: true }),
  };
}

async function openAddress(): Promise<Source> {
  const server = await openTrustServer();
  return {
    keys: trustedKeysFrom(server.keysUrl),
    directory: directoryFrom(server.peopleUrl, { token: 't' }),
    put: (keys, people) => {
      server.keys = (keys as { readonly keys: TrustServer['keys'] }).keys;
      server.people = (people as { readonly people: TrustServer['people'] }).people;
    },
    close: server.close,
  };
}

describe.each([
  ['a file', openFiles],
  ['an address', openAddress],
] as const)('%s', (_what, open) => {
  let source: Source;
  beforeAll(async () => {
    source = await open();
  });
  afterAll(async () => source.close());
  beforeEach(() => source.put({ keys: [KEY] }, { people: PEOPLE }));

  test('lists keys and people, those that were asked for alone', async () => {
    expect(await source.keys.keys()).toEqual([KEY]);
    expect(await source.directory.find(['rita@corp', 'RITA', 'mallory'])).toEqual([
      { id: 'rita', ...PEOPLE.rita },
    ]);
    expect(await source.directory.find(['bob', 'rita'])).toHaveLength(2);
    expect(await source.directory.find([])).toEqual([]);
  });

  test('is read anew each time', async () => {
    source.put({ keys: [] }, { people: {} });
    expect(await source.keys.keys()).toEqual([]);
    expect(await source.directory.find(['rita'])).toEqual([]);
  });

  test.each([
    ['a private key', { keys: [{ ...KEY, d: 'x' }] }, 'holds a private key'],
    ['an unknown field', { keys: [{ ...KEY, owner: 'x' }] }, 'unknown field owner'],
    ['another type', { keys: [{ kid: 'a', kty: 'RSA', n: 'x', e: 'AQAB' }] }, 'keys[0]'],
    ['one kid twice', { keys: [KEY, KEY] }, 'is there twice'],
  ])('lets nobody in by a mistake: %s', async (_mistake, keys, why) => {
    source.put(keys, { people: { a: { accounts: ['x'] }, b: { accounts: ['X'] } } });
    await expect(source.keys.keys()).rejects.toThrow(why);
    await expect(source.directory.find(['x'])).rejects.toThrow('people.b: X is also a');
  });
});

describe('an address that does not answer as it should', () => {
  let server: TrustServer;
  beforeAll(async () => {
    server = await openTrustServer();
    server.keys = [KEY];
    server.people = PEOPLE;
  });
  afterAll(async () => server.close());

  test.each<readonly [Mood, RegExp]>([
    ['slow', /does not answer: not within 3 s/],
    ['trickling', /does not answer: not within 3 s/],
    ['garbage', /is no JSON/],
    ['other', /must be \{/],
    ['empty', /is no JSON/],
    ['endless', /does not answer: more than \d+ bytes/],
    ['redirect', /does not answer: unexpected redirect/],
    ['broken', /does not answer: status 500/],
    ['closing', /does not answer: other side closed/],
  ])('%s: is an error that says why', async (mood, why) => {
    server.mood = mood;
    const asked = [
      trustedKeysFrom(server.keysUrl).keys(),
      directoryFrom(server.peopleUrl, { token: 't-secret' }).find(['rita']),
    ];
    for (const [index, one] of (await Promise.allSettled(asked)).entries()) {
      if (one.status === 'fulfilled') throw new Error('It was taken');
      const { message } = one.reason as Error;
      expect(message).toMatch(why);
      expect(message).toContain(index === 0 ? '/keys' : '/people');
      expect(message).not.toContain('secret');
    }
    expect(server.asked.join()).not.toContain('elsewhere');
  });

  test('gets the accounts and the token by POST', async () => {
    server.mood = 'well';
    await directoryFrom(server.peopleUrl, { token: 't' }).find(['rita', 'x']);
    expect(server.asked.at(-1)).toBe('POST /people {"accounts":["rita","x"]} Bearer t');
    await trustedKeysFrom(server.keysUrl).keys();
    expect(server.asked.at(-1)).toBe('GET /keys');
  });

  test.each([
    ['that nobody listens at', 'http://127.0.0.1:9/keys?key=a-secret', /does not answer: /],
    ['with a password in it', 'https://u:a-secret@127.0.0.1:9/keys', /no request can be made/],
    ['that is none', 'https://?a-secret', /^What is no address does not answer: /],
  ])('one %s', async (_what, address, why) => {
    const error = await trustedKeysFrom(address)
      .keys()
      .catch((thrown: unknown) => thrown);
    expect((error as Error).message).toMatch(why);
    expect((error as Error).message).not.toContain('secret');
  });
});

test('a file that is not there, or is no JSON', async () => {
  await expect(trustedKeysFrom('/nowhere/keys.json').keys()).rejects.toThrow(
    '/nowhere/keys.json can not be read: ENOENT',
  );
  await expect(trustedKeysFrom(import.meta.filename).keys()).rejects.toThrow('is no JSON');
});

describe('a worker that can not do what its policy promises', () => {
  const base = { route: 'x', respondWithinMs: 60_000, onNoResponse: 'reject' } as const;
  const tiers = ['async_review', 'synchronous_gate', 'escalation'].map((name) => ({
    ...base,
    name,
    reviewers: 'anyone' as const,
    proof: 'signed' as const,
  }));
  const named = { name: 'p', version: '1' };

  test('does not start without the directory that it is to ask', () => {
    const policy = definePolicy({ ...named, people: 'directory' });
    expect(() => checkTrust({ policy })).toThrow(/HOLDPOINT_DIRECTORY, or directory in/);
    expect(() => checkTrust({ policy, directory: directoryFrom('x') })).not.toThrow();
  });

  test('says that nobody can decide where it trusts no key', () => {
    const said: string[] = [];
    const [first, ...others] = tiers;
    if (first === undefined) throw new Error('There are tiers');
    const policy = definePolicy({ ...named, tiers: [first, ...others] });
    checkTrust({ policy }, (line) => said.push(line));
    expect(said).toEqual([expect.stringMatching(/^Tier async_review takes only signed decisions/)]);
    checkTrust({ policy, keys: trustedKeysFrom('x') }, (line) => said.push(line));
    expect(said).toHaveLength(1);
  });
});
