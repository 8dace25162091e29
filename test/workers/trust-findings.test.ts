/**
 * What a worker lacks to believe anybody: it does not start where its policy asks for what it has not, and says how what
 * it has stands. Files and an address, as a team has them.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptedConfidence, scriptedModel } from '../../activities/index.ts';
import { createSigningKey } from '../../client/signing-key.ts';
import { DEFAULT_TIERS, definePolicy, type Policy } from '../../domain/index.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { directoryFrom, serveWorker, startEmbedded, trustedKeysFrom } from '../../workers/index.ts';
import { type Trusting, trustFindings, whyNotTrusting } from '../../workers/trust-findings.ts';

const tiers = (proof: 'signed' | 'claimed') => DEFAULT_TIERS.map((tier) => ({ ...tier, proof }));
const SIGNED = definePolicy({ name: 'p', version: '1', tiers: tiers('signed') });
const CLAIMED = definePolicy({ name: 'p', version: '1', tiers: tiers('claimed') });
const ASKING = definePolicy({ name: 'p', version: '1', people: 'directory' });

let folder: string;
let alice: TrustedKey;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-trust-'));
  ({ entry: alice } = await createSigningKey({ reviewerId: 'alice' }));
});
afterAll(async () => rm(folder, { recursive: true }));

async function keysOf(...keys: readonly unknown[]): Promise<Pick<Trusting, 'keys'>> {
  const path = join(folder, `${crypto.randomUUID()}.json`);
  await writeFile(path, JSON.stringify({ keys }));
  return { keys: trustedKeysFrom(path) };
}

async function keysFinding(trusting: Trusting) {
  return (await trustFindings(trusting)).find(({ name }) => name === 'trusted keys');
}

const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

describe('the trusted keys', () => {
  test('are counted, those that are revoked or end soon by name', async () => {
    const later = { ...alice, kid: 'later', revokedAt: inDays(90) };
    const old = { ...alice, kid: 'old', revokedAt: inDays(-1) };
    const keys = await keysOf(alice, later, old);
    expect(await keysFinding({ policy: SIGNED, ...keys })).toEqual({
      name: 'trusted keys',
      status: 'ok',
      found: `2 count, 1 revoked, later until ${later.revokedAt}`,
    });
    const soon = { ...alice, kid: 'soon', revokedAt: inDays(3) };
    expect(await keysFinding({ policy: SIGNED, ...(await keysOf(soon)) })).toMatchObject({
      status: 'warning',
      mend: expect.stringContaining('next key'),
    });
  });

  test.each<[string, Policy, readonly unknown[] | undefined, string, string]>([
    [
      'none, and signatures are asked for',
      SIGNED,
      undefined,
      'missing',
      'async_review, synchronous_gate',
    ],
    ['none, and nothing is proven', CLAIMED, undefined, 'warning', 'in any name'],
    ['an empty list', SIGNED, [], 'missing', '0 count'],
    ['a list that is refused', CLAIMED, [{}], 'missing', 'kid is missing'],
  ])(
    'where there are %s, that is said with what mends it',
    async (_what, policy, list, status, words) => {
      const keys = list === undefined ? {} : await keysOf(...list);
      const finding = await keysFinding({ policy, ...keys });
      expect(finding).toMatchObject({ status, found: expect.stringContaining(words) });
      expect(finding?.mend).toBeDefined();
    },
  );

  test('that can not be had are missing, with the file’s name', async () => {
    const keys = trustedKeysFrom(join(folder, 'none.json'));
    expect(await keysFinding({ policy: CLAIMED, keys })).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('none.json'),
    });
  });
});

describe('the directory', () => {
  const finding = async (trusting: Trusting) =>
    (await trustFindings(trusting)).find(({ name }) => name === 'directory');

  test('is asked by its address; one that answers wrongly, or is not asked, is said', async () => {
    let answer = '{"people":{"alice":{}}}';
    const server = createServer((_request, response) => response.end(answer)).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const directory = directoryFrom(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(await finding({ policy: ASKING, directory })).toMatchObject({ status: 'ok' });
    expect(await finding({ policy: CLAIMED, directory })).toMatchObject({ status: 'warning' });
    answer = '{}';
    expect(await finding({ policy: ASKING, directory })).toMatchObject({
      status: 'missing',
      found: expect.stringContaining('people'),
    });
    server.close();
  });

  test('that nobody named is missing where people are left to it, and else not spoken of', async () => {
    expect(await finding({ policy: ASKING })).toMatchObject({
      status: 'missing',
      mend: expect.stringContaining('HOLDPOINT_DIRECTORY'),
    });
    expect(await finding({ policy: CLAIMED })).toBeUndefined();
  });
});

test.each([
  ['signed decisions and no keys', SIGNED, 'trusts no keys'],
  ['a directory and has none', ASKING, 'people: directory'],
])(
  'a worker whose policy wants %s does not start, and says the way out',
  async (_what, policy, why) => {
    expect(whyNotTrusting({ policy })).toContain(why);
    const parts = {
      policy,
      tools: [],
      model: scriptedModel([{ text: 'Done.' }]),
      confidenceModel: scriptedConfidence([{ score: 1 }]),
    };
    await expect(startEmbedded({ ...parts, progress: () => {} })).rejects.toThrow(why);
    const settings = {
      evidenceUrl: 'postgres://nobody@127.0.0.1:1/none',
      httpHost: '127.0.0.1',
      httpPort: 0,
      drainMs: 0,
      logLevel: 'error',
    } as const;
    await expect(serveWorker({ ...parts, settings })).rejects.toThrow(why);
  },
);

test('a worker that has what its policy wants may start, whatever that says today', () => {
  const keys = trustedKeysFrom(join(folder, 'later.json'));
  const directory = directoryFrom(join(folder, 'later.json'));
  expect(whyNotTrusting({ policy: SIGNED, keys })).toBeUndefined();
  expect(whyNotTrusting({ policy: ASKING, directory })).toBeUndefined();
});
