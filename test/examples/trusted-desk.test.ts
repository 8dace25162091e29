/**
 * The desk at which decisions can be trusted, as a team would have it: the demo, and its two shell scripts in a project of
 * their own beside `holdpoint dev`.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePorts } from '../../workers/free-port.ts';
import { existingTemporal } from '../../workers/temporal-binary.ts';
import { until } from '../support/until.ts';

const run = promisify(execFile);
const EXAMPLE = 'examples/trusted-desk/';
const PATIENCE_MS = 5 * 60_000;

test(
  'H1, H6: the demo: a ladder that climbs early, a grant, two signatures, and a revoked key between approval and execution',
  async () => {
    const { stdout } = await run('node', [`dist/${EXAMPLE}demo.js`], { timeout: PATIENCE_MS });
    const said = (text: string): unknown => expect(stdout).toContain(text);
    said('now asked as well: those in managers and desk');
    said('mona: approved → decided');
    said('the grant: 1 of 3 used');
    said('olga: approved → refused SELF_APPROVAL');
    said('alice@example.com: approved → refused RATIONALE_REQUIRED');
    said('alice@example.com: approved → recorded (1 of 2)');
    said('alice: approved → refused ALREADY_VOTED');
    expect(stdout).toMatch(/not executed, and a new gate: Key bob-\S+ is revoked since/);
    said('cleo: rejected → decided');
    said("status: 'completed'");
    // Two refunds, c-1 and c-2; of c-3 nothing, though it was proposed twice.
    expect(stdout.match(/ executed: /g)).toHaveLength(4);
    expect(stdout.match(/gate_presented: delete_record/g)).toHaveLength(4);
    expect(stdout.match(/grant_used: refund/g)).toHaveLength(1);
  },
  PATIENCE_MS,
);

describe('from a terminal', () => {
  let project: string;
  let environment: NodeJS.ProcessEnv;
  let dev: ChildProcess | undefined;

  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'trusted-desk-'));
    await cp(EXAMPLE, project, { recursive: true });
    await writeFile(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    const modules = join(project, 'node_modules');
    await mkdir(modules);
    await symlink(resolve('.'), join(modules, 'holdpoint'));
    await symlink(resolve('node_modules/zod'), join(modules, 'zod'));
    const programs = join(project, 'bin');
    await mkdir(programs);
    // In a project that has holdpoint npx finds it there, each time for a second more.
    const npx = `#!/bin/sh\nshift\nexec node ${resolve('dist/cli/main.js')} "$@"\n`;
    await writeFile(join(programs, 'npx'), npx, { mode: 0o755 });
    const temporal = await existingTemporal({});
    if (temporal === undefined) throw new Error('A server runs, so its program is there');
    await symlink(temporal, join(programs, 'temporal'));
    const { PATH = '' } = process.env;
    environment = { PATH: `${programs}:${PATH}`, HOME: join(project, 'home') };
  });
  afterAll(async () => {
    // Where the test broke off.
    if (dev?.exitCode === null) {
      dev.kill('SIGKILL');
      await once(dev, 'exit');
    }
    await rm(project, { recursive: true });
  });

  const script = async (name: string, extra: NodeJS.ProcessEnv = {}): Promise<string> => {
    const env = { ...environment, ...extra };
    const { stdout } = await run('sh', [name], { cwd: project, env, timeout: PATIENCE_MS });
    return stdout;
  };

  test(
    'keys are made, listed and checked, and then decide: with a grant, by a pasted signature, and one that ends',
    async () => {
      const made = await script('keys.sh');
      expect(made).toContain('alice-1  alice: counts');
      expect(made).toContain('it takes   2 people, signed');
      expect(made).not.toContain('ALARM');
      const [port, uiPort] = await freePorts();
      const ports = ['--port', `${port}`, '--ui-port', `${uiPort}`, '--gateway-port', '0'];
      dev = spawn('node', [resolve('dist/cli/main.js'), 'dev', ...ports], {
        cwd: project,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const { stdout } = dev;
      await until(
        'dev to be ready',
        () => (stdout?.read() as Buffer | null)?.toString().includes('its UI at'),
        PATIENCE_MS,
      );
      const decided = await script('decide.sh', { TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
      expect(decided).toContain('[claimed by alice]');
      expect(decided).toMatch(/refund, \/amount<=300, \/order="o-1": [01] of 3 used/);
      expect(decided).toContain('bob-1  bob: counts until');
      expect(decided).toContain('bob-2  bob: counts');
      const trail = decided.slice(decided.indexOf('Audit trail'));
      for (const event of [
        'grant_used: refund → granted (reviewer: alice)',
        'grant_revoked: session → revoked (reviewer: bob)',
        'executed: delete_record → executed',
        'the chain holds',
      ]) {
        expect(trail).toContain(event);
      }
      const votes =
        /voted: delete_record → pending \(reviewer: (\w+)\)[\s\S]*approved: delete_record → approved \(reviewer: (\w+)\)/;
      expect(votes.exec(trail)?.slice(1).toSorted()).toEqual(['alice', 'bob']);
      const pasted = await readFile(join(project, 'decision.json'), 'utf8');
      expect(JSON.parse(pasted)).toMatchObject({ reviewerId: 'alice', decision: 'approved' });
      const ended = once(dev, 'exit');
      dev.kill('SIGINT');
      expect(await ended).toEqual([0, null]);
    },
    3 * PATIENCE_MS,
  );
});
