/** The guide to tools of MCP servers, performed from its page on the example that it shows. */
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { definePolicy, type PolicySource } from '../../domain/index.ts';
import config from '../../examples/mcp-tools/holdpoint.config.ts';
import { pageFence } from '../support/pages.ts';
import {
  endAll,
  perform,
  performed,
  PROGRAMS,
  REPOSITORY,
  startProcess,
} from '../support/processes.ts';

const EXAMPLE = join(REPOSITORY, 'examples/mcp-tools');
const LOCK = 'holdpoint.mcp-lock.json';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdpoint-mcp-guide-'));
  // The example's configuration in a project of its own, in which nothing is approved yet.
  await cp(join(EXAMPLE, 'holdpoint.config.ts'), join(folder, 'holdpoint.config.ts'));
  for (const shared of ['dist', 'node_modules', 'package.json']) {
    await symlink(join(REPOSITORY, shared), join(folder, shared));
  }
  await performed('git init --quiet', { cwd: folder });
});
afterAll(async () => {
  await endAll();
  await rm(folder, { recursive: true });
});

const here = () => ({ cwd: folder, env: { PATH: PROGRAMS } });

describe('holdpoint tools', () => {
  test('shows what nobody has approved, and ends with 1', async () => {
    const look = perform(pageFence('docs/guides/mcp-tools.md#look'), here());
    expect(await look.ended).toBe(1);
    expect(look.output()).toContain('notes__remove_note  new');
  });

  test('approves it in a lock file that can be committed, after which it ends with 0', async () => {
    await performed(pageFence('docs/guides/mcp-tools.md#approve'), here());
    expect(await performed('git status --short', here())).toContain(`A  ${LOCK}`);
    const [own, ours] = await Promise.all(
      [folder, EXAMPLE].map(async (path) => readFile(join(path, LOCK), 'utf8')),
    );
    expect(JSON.parse(own ?? '')).toEqual(JSON.parse(ours ?? ''));
    const again = await performed(pageFence('docs/guides/mcp-tools.md#look'), here());
    expect(again).toContain('notes__remove_note  approved, counts as irreversible');
  });
});

test('the policy as YAML is the policy of the example', () => {
  const { tools } = parse(pageFence('docs/guides/mcp-tools.md#classify')) as Pick<
    PolicySource,
    'tools'
  >;
  expect(definePolicy({ name: 'notes', version: '1', tools })).toEqual(config.policy);
});

/** The first gate of a session, once there is one. The history tells: no worker has to be there yet. */
async function approved(people: HoldpointClient, session: string): Promise<void> {
  for await (const { event, runId } of people.watch(session)) {
    const { eventType, gateId = '', payloadDigest = '' } = event;
    if (eventType !== 'gate_presented') continue;
    const shown = { gateId, runId, payloadDigest, reviewerId: 'rita' };
    await people.decide(session, { ...shown, decision: 'approved' });
    return;
  }
}

test('a program of one’s own runs them, and leaves no server behind when it ends', async () => {
  const taskQueue = `notes-${randomUUID()}`;
  const address = inject('temporalAddress');
  const people = await HoldpointClient.connect({ address, taskQueue });
  const program = startProcess('node', ['dist/examples/mcp-tools/program.js', taskQueue], {
    env: { TEMPORAL_ADDRESS: address },
  });
  const session = await people.start({ goal: 'Tidy up the notes.', agentId: 'notes-agent' });
  const end = program.ended.then(() => {
    throw new Error(program.output());
  });
  await Promise.race([end, approved(people, session)]);
  expect(await people.result(session)).toMatchObject({ status: 'completed' });
  expect(await people.auditReport(session)).toContain('executed: notes__remove_note → executed');
  await people.close();
  program.signal('SIGTERM');
  expect(await program.ended).toBe(0);
}, 120_000);
