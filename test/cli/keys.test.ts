/**
 * `holdpoint keys`: keys that sign decisions, on a machine of their owner's, and the file that says whose signatures
 * count. Files are real, with their modes.
 */
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../../cli/exit-codes.ts';
import { unsealed } from '../../cli/key-seal.ts';
import type { KeptKey } from '../../cli/key-store.ts';
import type { TrustedKey } from '../../domain/proof/trusted-key.ts';
import { commandLine, type Said, sitDown } from './command-line.ts';

interface Made {
  readonly entry: TrustedKey;
  readonly thumbprint: string;
  readonly path: string;
}

let home: string;
let trusted: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'holdpoint-home-'));
  trusted = join(home, 'trusted-keys.json');
});
afterEach(async () => rm(home, { recursive: true }));

const keys = async (...args: readonly string[]): Promise<Said> =>
  commandLine(['keys', ...args], { HOME: home });
const asJson = async <T>(...args: readonly string[]): Promise<T> => {
  const { out, err } = await commandLine(['--json', 'keys', ...args], { HOME: home });
  if (out === '') throw new Error(err);
  return JSON.parse(out) as T;
};
const make = async (...args: readonly string[]): Promise<Made> => asJson('new', ...args);
const modeOf = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8);
const folder = (): string => join(home, '.config', 'holdpoint', 'keys');
const kept = async (path: string): Promise<KeptKey> =>
  JSON.parse(await readFile(path, 'utf8')) as KeptKey;
const listed = async (): Promise<readonly TrustedKey[]> =>
  (JSON.parse(await readFile(trusted, 'utf8')) as { readonly keys: readonly TrustedKey[] }).keys;

describe('a new key', () => {
  test('is kept where nobody else can read it, and its private part is printed nowhere', async () => {
    const { code, out, err } = await keys('new', '--as', 'alice');
    expect(code).toBe(EXIT.done);
    const [name = ''] = await readdir(folder());
    const { kid, x, d = '', reviewerId } = await kept(join(folder(), name));
    expect(reviewerId).toBe('alice');
    expect(name).toBe(`${kid}.json`);
    expect(await modeOf(join(folder(), name))).toBe('600');
    expect(await modeOf(folder())).toBe('700');
    expect(d).toHaveLength(43);
    expect(out + err).not.toContain(d);
    expect(out).toContain(JSON.stringify({ kid, kty: 'OKP', crv: 'Ed25519', x, reviewerId }));
    expect(out).toContain(await calculateJwkThumbprint({ kty: 'OKP', crv: 'Ed25519', x }));
    expect(out).toContain('holdpoint keys trust trusted-keys.json --entry');
  });

  test('goes to XDG_CONFIG_HOME, and a folder that was open to others is closed', async () => {
    const xdg = join(home, 'elsewhere');
    const environment = { HOME: home, XDG_CONFIG_HOME: xdg, HOLDPOINT_USER: 'alice' };
    expect((await commandLine(['keys', 'new'], environment)).code).toBe(EXIT.done);
    const place = join(xdg, 'holdpoint', 'keys');
    await chmod(place, 0o755);
    expect((await commandLine(['keys', 'new'], environment)).code).toBe(EXIT.done);
    expect(await modeOf(place)).toBe('700');
    expect(await readdir(place)).toHaveLength(2);
  });

  test('is never written over another one', async () => {
    const { path } = await make('--as', 'alice', '--kid', 'mine');
    const before = await readFile(path, 'utf8');
    const { code, err } = await keys('new', '--as', 'bob', '--kid', 'mine');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('never written over');
    expect(await readFile(path, 'utf8')).toBe(before);
  });

  test('stands in a file of one’s own choice, and is found by its path', async () => {
    const path = join(home, 'alice.key');
    const { entry } = await make('--as', 'alice', '--file', path);
    expect(await modeOf(path)).toBe('600');
    expect(await asJson('show', path)).toMatchObject({ entry });
  });

  test('of an issuer names no reviewer', async () => {
    const { entry } = await make('--issuer');
    expect(entry).not.toHaveProperty('reviewerId');
    expect(entry.kid).toMatch(/^issuer-/);
    expect((await keys('new', '--issuer', '--as', 'alice')).code).toBe(EXIT.usage);
  });

  test('has a name that is also a file’s, whatever its reviewer is called', async () => {
    const { entry, path } = await make('--as', '../ünï/alice@example.com');
    expect(entry.reviewerId).toBe('../ünï/alice@example.com');
    expect(path).toBe(join(folder(), `${entry.kid}.json`));
    for (const kid of ['../mine', '.mine', 'a b', '']) {
      expect((await keys('new', '--as', 'alice', '--kid', kid)).code, kid).toBe(EXIT.usage);
    }
    expect(await readdir(folder())).toHaveLength(1);
  });
});

describe('a passphrase', () => {
  test('is typed twice and shown nowhere; the key opens with it and with no other', async () => {
    const sitting = sitDown(['keys', 'new', '--as', 'alice', '--passphrase'], { HOME: home });
    await sitting.type(/Passphrase of alice-[\w-]+: /, 'over the hills');
    await sitting.type(/The same again: /, 'over the hills');
    expect(await sitting.code).toBe(EXIT.done);
    expect(sitting.screen()).not.toContain('hills');
    const [name = ''] = await readdir(folder());
    const key = await kept(join(folder(), name));
    expect(key).not.toHaveProperty('d');
    const { sealed: jwe = '' } = key;
    expect(await unsealed(key, { jwe, passphrase: 'over the hills' })).toMatchObject({ x: key.x });
    await expect(unsealed(key, { jwe, passphrase: 'over the hill' })).rejects.toThrow('passphrase');
  });

  test('that is typed in two ways makes no key', async () => {
    const sitting = sitDown(['keys', 'new', '--as', 'alice', '--passphrase'], { HOME: home });
    await sitting.type(/Passphrase of/, 'one');
    await sitting.type(/The same again: /, 'two');
    expect(await sitting.code).toBe(EXIT.usage);
    await expect(readdir(folder())).rejects.toThrow('ENOENT');
  });

  test('comes from the environment in a script, and without either no key is made', async () => {
    const args = ['keys', 'new', '--as', 'alice', '--passphrase'];
    const environment = { HOME: home, HOLDPOINT_KEY_PASSPHRASE: 'of a script' };
    expect((await commandLine(args, environment)).code).toBe(EXIT.done);
    const { code, err } = await commandLine(args, { HOME: home });
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('HOLDPOINT_KEY_PASSPHRASE');
    expect((await keys('list')).out).toContain('under a passphrase');
  });
});

describe('a key on disk', () => {
  test('that others could read is not used, and hides no other', async () => {
    const { path } = await make('--as', 'alice', '--kid', 'open');
    await make('--as', 'alice', '--kid', 'closed');
    await chmod(path, 0o640);
    const { code, err } = await keys('show', 'open');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('open to others than you (mode 640)');
    const list = await keys('list');
    expect(list.code).toBe(EXIT.failed);
    expect(list.out).toMatch(/^closed {2}alice: made /);
    expect(list.err).toContain(path);
  });

  test('by another path is the same file, with the same mode', async () => {
    const { path } = await make('--as', 'alice', '--kid', 'open');
    await symlink(path, join(home, 'link.json'));
    await chmod(path, 0o604);
    expect((await keys('show', join(home, 'link.json'))).err).toContain('mode 604');
  });

  test.each([
    ['no JSON', 'd'],
    ['no key', '{}'],
    [
      'a key without its private part',
      '{"kid":"k","kty":"OKP","crv":"Ed25519","x":"X","createdAt":"2026-01-01T00:00:00Z"}',
    ],
  ])('that is %s is said to be none, and nothing of it repeated', async (_what, template) => {
    const { entry } = await make('--as', 'alice');
    const path = join(folder(), 'bad.json');
    await writeFile(path, template.replace('"X"', JSON.stringify(entry.x)), { mode: 0o600 });
    const { code, err } = await keys('show', 'bad');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain('is no key');
    expect(err).not.toContain(entry.x);
  });

  test('that is not there is said, with what is', async () => {
    expect((await keys('show', 'none')).err).toContain('holdpoint keys list');
    expect((await keys('list')).out).toContain('Make one');
  });
});

describe('the trusted keys', () => {
  test('take an entry of one’s own by its name, and another’s as it was printed', async () => {
    const alice = await make('--as', 'alice');
    expect((await keys('trust', trusted, alice.entry.kid)).code).toBe(EXIT.done);
    const bob = {
      ...alice.entry,
      kid: 'bob',
      reviewerId: 'bob',
      x: (await make('--as', 'bob')).entry.x,
    };
    const { code, out } = await keys('trust', trusted, '--entry', JSON.stringify(bob));
    expect(code).toBe(EXIT.done);
    expect(out).toContain('Thumbprint (SHA-256)');
    expect(await listed()).toEqual([alice.entry, bob]);
    expect(await readdir(home)).toEqual(['.config', 'trusted-keys.json']);
  });

  test('keep what else stands in their file, its mode, and a link to it', async () => {
    const { entry } = await make('--as', 'alice');
    const real = join(home, 'real.json');
    await writeFile(real, JSON.stringify({ comment: 'of the desk', keys: [] }), { mode: 0o640 });
    await symlink(real, trusted);
    await keys('trust', trusted, entry.kid);
    expect(JSON.parse(await readFile(real, 'utf8'))).toEqual({
      comment: 'of the desk',
      keys: [entry],
    });
    expect(await modeOf(real)).toBe('640');
  });

  test('are left as they are by an entry that is there already', async () => {
    const { entry } = await make('--as', 'alice');
    await keys('trust', trusted, entry.kid);
    const { code, out } = await keys('trust', trusted, entry.kid);
    expect(code).toBe(EXIT.done);
    expect(out).toContain('already');
    expect(await listed()).toHaveLength(1);
  });

  test.each<[string, (entry: TrustedKey) => unknown, string]>([
    [
      'another key of that name',
      ({ kid }) => ({ kid, kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }),
      'another key named',
    ],
    ['that key by another name', (entry) => ({ ...entry, kid: 'other' }), 'already, as'],
    [
      'that key for somebody else',
      (entry) => ({ ...entry, reviewerId: 'mallory' }),
      'another key named',
    ],
    ['a private key', (entry) => ({ ...entry, kid: 'p', d: 'A'.repeat(43) }), 'private key (d)'],
    ['a key of another kind', () => ({ kid: 'k', kty: 'RSA', n: 'A', e: 'AQAB' }), 'unknown field'],
    ['no JSON', () => undefined, 'The entry'],
  ])('refuse %s', async (_what, other, problem) => {
    const { entry } = await make('--as', 'alice');
    await keys('trust', trusted, entry.kid);
    const text = JSON.stringify(other(entry)) ?? '{';
    const { code, err } = await keys('trust', trusted, '--entry', text);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(problem);
    expect(await listed()).toEqual([entry]);
  });

  test('that hold a mistake are not changed', async () => {
    const { entry } = await make('--as', 'alice');
    await writeFile(trusted, '{"keys":[{"kid":"k"}]}');
    expect((await keys('trust', trusted, entry.kid)).err).toContain('nothing of it counts');
    expect(await readFile(trusted, 'utf8')).toBe('{"keys":[{"kid":"k"}]}');
  });
});

describe('a revocation', () => {
  test('marks the key, now or at a moment, and leaves its entry', async () => {
    const { entry } = await make('--as', 'alice');
    await keys('trust', trusted, entry.kid);
    const planned = await keys('revoke', trusted, entry.kid, '--at', '2h');
    expect(planned.out).toContain('counts until');
    const [ending] = await listed();
    const inMs = Date.parse(ending?.revokedAt ?? '') - Date.now();
    expect(inMs).toBeGreaterThan(7_100_000);
    expect(inMs).toBeLessThanOrEqual(7_200_000);
    const now = await keys('revoke', trusted, entry.kid);
    expect(now.out).toContain('revoked since');
    expect((await keys('check', trusted)).out).toContain('revoked since');
    expect(await listed()).toMatchObject([entry]);
  });

  test('is not put off, and what is revoked is not listed again', async () => {
    const { entry } = await make('--as', 'alice');
    await keys('trust', trusted, entry.kid);
    await keys('revoke', trusted, entry.kid, '--at', '2026-01-01T00:00:00Z');
    expect((await keys('revoke', trusted, entry.kid)).err).toContain('put off');
    for (const name of [entry.kid, 'another']) {
      const again = JSON.stringify({ ...entry, kid: name });
      expect((await keys('trust', trusted, '--entry', again)).err).toContain('make a new key');
    }
    expect(await listed()).toEqual([{ ...entry, revokedAt: '2026-01-01T00:00:00Z' }]);
  });

  test.each([['tomorrow'], ['2026-02-30T00:00:00Z'], ['0h'], ['2 h']])(
    'at %j is a wrong argument',
    async (at) => {
      expect((await keys('revoke', trusted, 'k', '--at', at)).code).toBe(EXIT.usage);
    },
  );

  test('of a key that is not there names those that are', async () => {
    const { entry } = await make('--as', 'alice');
    await keys('trust', trusted, entry.kid);
    const { code, err } = await keys('revoke', trusted, 'other');
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(entry.kid);
  });
});

describe('a check', () => {
  test('names everything that is wrong, and what is hardly meant', async () => {
    const { entry } = await make('--as', 'alice');
    const list = [
      entry,
      { ...entry, kid: 'again' },
      { ...entry, reviewer: 'alice' },
      { kid: 'k', kty: 'OKP', crv: 'Ed25519', x: 'short' },
      entry,
    ];
    await writeFile(trusted, JSON.stringify({ keys: list }));
    const { code, out, err } = await keys('check', trusted);
    expect(code).toBe(EXIT.usage);
    expect(out).toContain('keys[2] unknown field reviewer');
    expect(out).toContain('keys[3] x must be an Ed25519 public key');
    expect(out).toContain(`kid ${entry.kid} is there twice`);
    expect(out).toContain(`again is the same key as ${entry.kid}`);
    expect(err).toContain('no signature counts');
  });

  test('says of each key whose it is, and whether it counts', async () => {
    const [alice, issuer] = [await make('--as', 'alice'), await make('--issuer')];
    const later = { ...issuer.entry, notBefore: '2100-01-01T00:00:00Z' };
    await writeFile(trusted, JSON.stringify({ keys: [alice.entry, later] }));
    const { code, out } = await keys('check', trusted);
    expect(code).toBe(EXIT.done);
    expect(out).toContain('alice: counts');
    expect(out).toContain('an issuer, for whoever it names: counts from 2100-01-01T00:00:00Z on');
  });

  test.each([
    ['no file', undefined],
    ['no JSON', '{'],
    ['no list', '{}'],
    [
      'too many',
      JSON.stringify({
        keys: Array.from({ length: 257 }, (_, index) => ({
          kid: `k${index}`,
          kty: 'OKP',
          crv: 'Ed25519',
          x: 'A'.repeat(43),
        })),
      }),
    ],
  ])('of %s says so', async (_what, text) => {
    if (text !== undefined) await writeFile(trusted, text);
    const { code, err } = await keys('check', trusted);
    expect(code).toBe(EXIT.usage);
    expect(err).toContain(trusted);
  });
});
