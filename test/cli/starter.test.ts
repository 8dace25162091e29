/**
 * The package as its users get it: packed, installed into a project that `holdpoint init` wrote, type-checked, tested
 * and run there. Nothing of this repository's own dependencies is within reach.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import type { PendingApproval } from '../../domain/messages.ts';
import { freePorts } from '../../workers/free-port.ts';
import { until } from '../support/until.ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const run = promisify(execFile);
const PACKED = 'holdpoint-0.1.0.tgz';
const PATIENCE_MS = 5 * 60_000;
const MAIN = 'node_modules/holdpoint/dist/cli/main.js';
const ENTRIES = ['policy', 'tools', 'workflow', 'worker', 'client', 'gateway', 'testing'];

/** What a team writes beside the starter's files. The policy is the starter's: 120 is above its limit. */
const OWN_WORKFLOW = `
import { proxyActivities } from '@temporalio/workflow';
import type { Policy } from 'holdpoint/policy';
import { createHoldpoint } from 'holdpoint/workflow';

interface Activities {
  loadPolicy(): Promise<Policy>;
  refund(call: { readonly order: string; readonly amount: number }): Promise<string>;
}

const { loadPolicy, refund } = proxyActivities<Activities>({ startToCloseTimeout: '20 seconds' });

export async function payout(order: string): Promise<string> {
  const hold = createHoldpoint({ agentId: 'payouts', requesterId: 'requester' });
  hold.pinPolicy(await loadPolicy());
  const guarded = hold.guard({ refund });
  return hold.run(async () => \`Payout: \${await guarded.refund({ order, amount: 120 })}\`);
}
`;
const OWN_CONFIG = `
import config from './holdpoint.config.ts';
import { defineConfig } from 'holdpoint/worker';

export default defineConfig({ ...config, workflows: 'payouts.ts' });
`;

describe('the package', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-package-'));
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
  }, PATIENCE_MS);
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  test(
    'gives every way of importing it what it asks for, types included',
    async () => {
      const packed = await readFile(join(folder, PACKED));
      const checked = await checkPackage(createPackageFromTarballData(packed));
      const problems = checked.types === false ? ['no types'] : checked.problems;
      // It is ESM alone, found by its exports: `require` of it works from Node 20.19 on; resolution that knows no exports
      // never finds it.
      const unexpected = problems.filter(
        (problem) =>
          typeof problem === 'string' ||
          (problem.kind !== 'CJSResolvesToESM' &&
            !('resolutionKind' in problem && problem.resolutionKind === 'node10')),
      );
      expect(unexpected).toEqual([]);
      const { messages } = await publint({ pkgDir: process.cwd(), strict: true });
      expect(messages).toEqual([]);
    },
    PATIENCE_MS,
  );
});

const WHY = ['--reason=it pays too much', '--as=olga'];

describe('a project that begins with the starter', () => {
  let folder: string;
  let project: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'holdpoint-starter-'));
    project = join(folder, 'order-desk');
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
    await run('node', ['dist/cli/main.js', 'init', project]);
    await run('npm', ['install', '--no-audit', '--no-fund', join(folder, PACKED)], {
      cwd: project,
    });
  }, PATIENCE_MS);
  afterAll(async () => {
    // Those that a test which failed left behind. Ended by a signal that they hear, they take their server along.
    await Promise.all(running.filter(({ exitCode }) => exitCode === null).map(stop));
    await rm(folder, { recursive: true, force: true });
  });
  const running: ChildProcess[] = [];

  const inProject = async (command: string, ...args: string[]): Promise<string> => {
    const { stdout } = await run(command, args, { cwd: project, timeout: PATIENCE_MS });
    return stdout;
  };

  /** `holdpoint` at a `holdpoint dev` on ports of its own. */
  const commands = async (config: readonly string[] = []) => {
    const [port, uiPort] = await freePorts();
    const address = `127.0.0.1:${port}`;
    const ports = ['--port', String(port), '--ui-port', String(uiPort), '--gateway-port', '0'];
    return {
      address,
      dev: async (): Promise<ChildProcess> => {
        const child = spawn('node', [MAIN, 'dev', ...ports, ...config], {
          cwd: project,
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        running.push(child);
        await until(
          'dev to be ready',
          async () => {
            if (child.exitCode !== null) throw new Error(`dev ended with ${child.exitCode}`);
            return (child.stdout?.read() as Buffer | null)?.toString().includes('its UI at');
          },
          60_000,
        );
        return child;
      },
      holdpoint: async <T>(...args: string[]): Promise<T> =>
        JSON.parse(await inProject('node', MAIN, '--address', address, '--json', ...args)) as T,
    };
  };
  const stop = async (child: ChildProcess): Promise<void> => {
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  };

  test('has the name of its folder, and ignores what should not be kept', async () => {
    const { name } = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'));
    expect(name).toBe('order-desk');
    expect(await readFile(join(project, '.gitignore'), 'utf8')).toContain('.holdpoint');
  });

  test(
    'type-checks against the packed declarations',
    async () => {
      await inProject('npm', 'run', 'check');
    },
    PATIENCE_MS,
  );

  test(
    'passes its own test, on a real server',
    async () => {
      expect(await inProject('npx', 'vitest', 'run')).toContain('1 passed');
    },
    PATIENCE_MS,
  );

  test(
    'is run by holdpoint dev: decided from a terminal, kept across a restart',
    async () => {
      const { dev, holdpoint } = await commands();
      const first = await dev();
      const { sessionId } = await holdpoint<{ sessionId: string }>(
        'start',
        'Pay Ada back.',
        '--agent=order-desk',
      );
      const gate = await until('the gate', async () => {
        const [open] = await holdpoint<PendingApproval[]>('gates', sessionId);
        return open;
      });
      await holdpoint(
        'decide',
        sessionId,
        gate.gateId,
        `--run=${gate.runId}`,
        `--digest=${gate.payloadDigest}`,
        '--approve',
        '--as=rita',
      );
      expect(await holdpoint('result', sessionId)).toMatchObject({ status: 'completed' });
      const killed = { isQuiet: true, sessions: [], answers: [{ status: 'stored' }] };
      expect(await holdpoint('kill', '--all', ...WHY)).toMatchObject(killed);
      await stop(first);
      const second = await dev();
      expect(await holdpoint('kills')).toMatchObject({ count: 1, kills: [{ all: true }] });
      const { trail, problem } = await holdpoint<{ trail: unknown[]; problem: null }>(
        'audit',
        sessionId,
      );
      expect(problem).toBeNull();
      expect(trail.length).toBeGreaterThan(5);
      await stop(second);
    },
    PATIENCE_MS,
  );

  test(
    'runs a workflow of the team that its configuration names, bundled from the package: its gate is decided, its tool runs',
    async () => {
      await writeFile(join(project, 'payouts.ts'), OWN_WORKFLOW);
      await writeFile(join(project, 'own.config.ts'), OWN_CONFIG);
      await inProject('npm', 'run', 'check');
      const { address, dev, holdpoint } = await commands([
        '--config=own.config.ts',
        '--folder=.own',
      ]);
      const embedded = await dev();
      const connection = await Connection.connect({ address });
      const { workflow } = new Client({ connection });
      const workflowId = 'payout-1';
      const payout = await workflow.start('payout', {
        taskQueue: 'holdpoint',
        workflowId,
        args: ['o-1'],
      });
      const gate = await until('the gate', async () => {
        const [open] = await holdpoint<PendingApproval[]>('gates', workflowId);
        return open;
      });
      expect(gate).toMatchObject({ actionType: 'refund', payload: { order: 'o-1', amount: 120 } });
      const { gateId, runId, payloadDigest } = gate;
      const shown = [`--run=${runId}`, `--digest=${payloadDigest}`];
      const decide = (): Promise<unknown> =>
        holdpoint('decide', workflowId, gateId, ...shown, '--approve', '--as=rita');
      expect(await decide()).toMatchObject({ status: 'decided' });
      expect(await payout.result()).toBe('Payout: paid 120 back for o-1');
      // The bundle holds the kill switch, and what answers who comes too late.
      const lifted = [{ status: 'stored', order: { verb: 'lift' }, inForce: 0 }];
      expect(await holdpoint('kill', '--lift', '--all', ...WHY)).toMatchObject(lifted);
      const refused = { stdout: expect.stringContaining('ALREADY_DECIDED') };
      await expect(decide()).rejects.toMatchObject(refused);
      await connection.close();
      await stop(embedded);
    },
    PATIENCE_MS,
  );

  test('finds every entry of the package, and nothing else of it', async () => {
    for (const entry of ENTRIES) {
      const found = `console.log(Object.keys(await import('holdpoint/${entry}')).length > 0)`;
      expect(await inProject('node', '--input-type=module', '-e', found)).toBe('true\n');
    }
    const inner = `await import('holdpoint/dist/domain/index.js')`;
    await expect(inProject('node', '--input-type=module', '-e', inner)).rejects.toThrow(
      'ERR_PACKAGE_PATH_NOT_EXPORTED',
    );
  });

  test('is not written over what is there', async () => {
    await expect(run('node', ['dist/cli/main.js', 'init', project])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not empty'),
    });
  });
});
