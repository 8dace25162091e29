import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimFolder } from '../../evidence/folder-claim.ts';

/** Beyond what Linux gives out. */
const NO_SUCH_PID = 2 ** 22 + 1;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-claim-'));
});
afterEach(() => rm(folder, { recursive: true }));

const claims = (): Promise<string[]> => readdir(join(folder, 'claims'));

interface Left {
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
}

async function leaveClaim({ host, pid, startedAt }: Left): Promise<string> {
  await mkdir(join(folder, 'claims'));
  const path = join(folder, 'claims', `${encodeURIComponent(host)} ${pid} ${startedAt} x`);
  await writeFile(path, '');
  return path;
}

test('a folder is claimed once, and again when it was given up', async () => {
  const release = await claimFolder(folder);
  await expect(claimFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`);
  await release();
  expect(await claims()).toEqual([]);
  await (
    await claimFolder(folder)
  )();
});

test('of many that claim at once never two have the folder', async () => {
  for (let round = 0; round < 20; round += 1) {
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => claimFolder(folder)));
    const got = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(got.length).toBeLessThanOrEqual(1);
    await Promise.all(got.map((release) => release()));
    expect(await claims()).toEqual([]);
  }
});

test.each<[string, Left]>([
  ['a process that is gone', { host: hostname(), pid: NO_SUCH_PID, startedAt: 'b.1' }],
  ['an earlier process of this number', { host: hostname(), pid: process.pid, startedAt: 'b.1' }],
])('a claim of %s is passed over and cleared away', async (_whose, left) => {
  const path = await leaveClaim(left);
  const release = await claimFolder(folder);
  expect(await claims()).not.toContain(path);
  expect(await claims()).toHaveLength(1);
  await release();
});

test.each<[string, Left]>([
  ['a process that may be this one', { host: hostname(), pid: process.pid, startedAt: 'unknown' }],
  ['another machine', { host: 'another host', pid: 1, startedAt: 'b.1' }],
])('a claim of %s stands, and the refusal says how to end it', async (_whose, left) => {
  const path = await leaveClaim(left);
  await expect(claimFolder(folder)).rejects.toThrow(`remove ${path}`);
  expect(await claims()).toHaveLength(1);
});
