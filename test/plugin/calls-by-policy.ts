import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { commandLine } from '../cli/command-line.ts';

/** `audit --calls` by a policy: what nothing held, a line each, without its time. */
export async function callsByPolicy(id: string, source: object): Promise<readonly string[]> {
  const file = join(tmpdir(), `policy-${randomUUID()}.json`);
  await writeFile(file, JSON.stringify(source));
  const { out, err } = await commandLine(
    ['--address', inject('temporalAddress'), 'audit', id, '--calls', '--policy', file],
    process.env,
  );
  const lines = out.split('\n').filter((line) => line.includes('not held: '));
  return err === '' ? lines.map((line) => line.replace(/^.*not held: /, '')) : [err];
}
