/** A policy file as a team keeps it: read, checked, and refused with the file, the path and the way out. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { definePolicy } from '../../domain/index.ts';
import { readPolicyFile } from '../../workers/policy-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-policy-'));
});
afterAll(async () => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

test('YAML and JSON of the same policy give the same digest as TypeScript', async () => {
  const yaml = await file(
    'policy.yaml',
    'name: desk\nversion: "2"\ntools:\n  search: { readOnly: true }\nrules:\n  - name: deletions\n    when: { categories: [deletion] }\n    tier: escalation\n',
  );
  const source = {
    name: 'desk',
    version: '2',
    tools: { search: { readOnly: true } },
    rules: [{ name: 'deletions', when: { categories: ['deletion'] }, tier: 'escalation' }],
  } as const;
  const json = await file('policy.json', JSON.stringify(source));
  const { digest } = definePolicy(source);
  expect((await readPolicyFile(yaml)).digest).toBe(digest);
  expect((await readPolicyFile(json)).digest).toBe(digest);
});

test('a problem names the file, the path and what to write instead', async () => {
  const path = await file('bad.yaml', 'name: desk\nversion: "1"\nquorum: 2\n');
  await expect(readPolicyFile(path)).rejects.toThrow(/bad\.yaml[\s\S]*quorum[\s\S]*remove it/);
});

test('what is no YAML, and a key that stands twice, are refused with the file', async () => {
  const twice = await file('twice.yaml', 'name: a\nname: b\nversion: "1"\n');
  await expect(readPolicyFile(twice)).rejects.toThrow(/twice\.yaml/);
  const garbled = await file('garbled.yaml', 'name: [a\n');
  await expect(readPolicyFile(garbled)).rejects.toThrow(/garbled\.yaml/);
  await expect(readPolicyFile(join(folder, 'none.yaml'))).rejects.toThrow(/none\.yaml/);
});
