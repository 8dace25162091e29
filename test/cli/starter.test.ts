/**
 * The package as its users get it: packed, and installed into a project that `holdpoint init` wrote, by the lines of the
 * tutorial, which is performed here from its page. Nothing of this repository's own dependencies is within that
 * project's reach.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { fencesOf, filledIn, pageFence } from '../support/pages.ts';
import { endAll, perform, performed, type RunningProcess } from '../support/processes.ts';
import { describeWith } from '../support/skip.ts';
import { startPostgres } from '../support/postgres.ts';
import { newNamespace } from '../support/namespace.ts';
import { untilReady, withLog } from '../deploy/holdpoint-process.ts';
import { openPostgresReader } from '../../evidence/postgres-reader.ts';
import { performAtTerminal } from '../support/terminal.ts';
import { until } from '../support/until.ts';
import { type Dev, devOf, makeProject, type StarterProject } from './starter-project.ts';

const PACKED = 'holdpoint-0.1.0.tgz';
const PATIENCE_MS = 5 * 60_000;
const ENTRIES = ['policy', 'tools', 'workflow', 'worker', 'client', 'gateway', 'testing'];
const KEYS = /\[a approve, .*q quit\]/;
const WHY = /Why\?/;
const WHY_KILLED = "--reason 'it pays too much' --as olga";

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

/** Calls that somebody's agent made, for a rehearsal. */
const CALLS = {
  tools: [
    { name: 'find_order', type: 'READ', description: 'Looks up.', parameters: { order: 'str' } },
    {
      name: 'refund',
      type: 'WRITE',
      description: 'Pays back.',
      parameters: { order: 'str', amount: 'int' },
    },
  ],
  tasks: [
    {
      id: '1',
      goal: 'Pay Ada back.',
      actions: [
        { name: 'find_order', arguments: { order: 'o-1' } },
        { name: 'refund', arguments: { order: 'o-1', amount: 120 } },
        { name: 'refund', arguments: { order: 'o-1', amount: 20 } },
      ],
    },
  ],
};

let project: StarterProject;
beforeAll(async () => {
  // CI has begun with `npm ci`: what it made is in the clone.
  const lines = filledIn(pageFence('docs/tutorial/first-gate.md#project'), { 'npm ci\n': '' });
  project = await makeProject(lines);
}, PATIENCE_MS);
afterAll(async () => {
  await endAll();
  await project?.close();
});

const stopped = async (dev: RunningProcess): Promise<void> => {
  dev.signal('SIGINT');
  await dev.ended;
  expect(dev.output()).toContain('stopping: what runs is awaited');
};

describe('the package', () => {
  test(
    'gives every way of importing it what it asks for, types included',
    async () => {
      const packed = await readFile(join(project.folder, 'holdpoint', PACKED));
      const checked = await checkPackage(createPackageFromTarballData(packed));
      const problems = checked.types === false ? ['no types'] : checked.problems;
      // What is left out, and why: docs/decisions/0001-tools.md.
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

describe('the tutorial, performed from its page', () => {
  let dev: Dev;
  let running: RunningProcess;
  let session = '';

  const atTerminal = (lines: string) =>
    performAtTerminal(lines, { cwd: project.path, env: dev.env });
  const beside = async (lines: string): Promise<string> =>
    performed(lines, { cwd: project.path, env: dev.env });
  const listed = async (actionType: string): Promise<void> => {
    const people = await HoldpointClient.connect({ address: dev.address });
    await until(`${actionType} to wait`, async () => {
      const { sessions } = await people.pending();
      return sessions.some(({ gates }) => gates.some((gate) => gate.actionType === actionType));
    });
    await people.close();
  };

  test('1: makes a project of the folder’s name, whose own test has passed on a real server', async () => {
    expect(project.made).toContain('1 passed');
    const { name } = JSON.parse(await readFile(join(project.path, 'package.json'), 'utf8'));
    expect(name).toBe('order-desk');
    expect(await readFile(join(project.path, '.gitignore'), 'utf8')).toContain('.holdpoint');
  });

  test(
    '2: adds a tool, its policy and a turn that calls it, and it type-checks, wrong uses of every entry refused',
    async () => {
      const tool = pageFence('docs/tutorial/first-gate.md#tool');
      await project.change('tools.ts', (text) => text.replace(/^export const tools = .*$/m, tool));
      const policy = pageFence('docs/tutorial/first-gate.md#policy');
      await project.change('policy.yaml', (text) => `${text}${policy}\n`);
      const turn = pageFence('docs/tutorial/first-gate.md#turn');
      await project.change('holdpoint.config.ts', (text) =>
        text.replace(/^ *\{ text: .*\},$/m, `${turn}\n$&`),
      );
      await cp('test/cli/packed-types.ts', join(project.path, 'packed-types.ts'));
      await project.run('npm run check');
    },
    PATIENCE_MS,
  );

  test(
    '3: runs it: the refund is approved and the voucher changed at a terminal',
    async () => {
      dev = await devOf(project);
      running = await dev.start(pageFence('docs/tutorial/first-gate.md#dev'));
      const [start = '', review = ''] = pageFence('docs/tutorial/first-gate.md#review').split('\n');
      [session = ''] = (await beside(start)).split('\n');
      await listed('refund');
      const first = atTerminal(review);
      await first.see(/action refund/, 60_000);
      await first.see(KEYS);
      first.type('a');
      await first.see(/Let similar calls pass/);
      first.type('');
      await first.see(WHY);
      first.type('');
      await first.see(/decided: approved/);
      await first.see(/Nothing else waits/);
      expect(await first.ended).toBe(0);
      await listed('send_voucher');
      const second = atTerminal(review);
      await second.see(/action send_voucher/, 60_000);
      await second.see(KEYS);
      second.type('m');
      await second.see(/What changes/);
      second.type('{"amount": 10}');
      await second.see(WHY);
      second.type('Half will do.');
      await second.see(/decided: modified/);
      expect(await second.ended).toBe(0);
    },
    PATIENCE_MS,
  );

  test('3: and its audit says who decided what, and why', async () => {
    const audit = pageFence('docs/tutorial/first-gate.md#audit').replace('SESSION', session);
    const report = await beside(audit);
    expect(report).toContain('approved: refund → approved (reviewer: you)');
    expect(report).toContain('modified: send_voucher → modified (reviewer: you)');
    expect(report).toContain('the chain holds');
    const people = await HoldpointClient.connect({ address: dev.address });
    const trail = await people.auditTrail(session);
    await people.close();
    const modified = trail.find(({ event }) => event.eventType === 'modified')?.event;
    expect(modified).toMatchObject({ rationale: 'Half will do.' });
    await stopped(running);
  });

  test(
    'and what the README does from a terminal works there, the sessions kept across a restart',
    async () => {
      const [init = '', start = '', review = '', rehearse = ''] =
        pageFence('README.md#terminal').split('\n');
      expect(await project.run(init)).toContain('holdpoint.config.ts');
      await writeFile(join(project.path, 'calls.json'), JSON.stringify(CALLS));
      const rehearsed = await project.run(rehearse);
      expect(rehearsed).toMatch(/1\/0 find_order: automated, auto_proceeded/);
      expect(rehearsed).toMatch(/1\/1 refund: \w+, (approved|modified|rejected)/);
      expect(rehearsed).toMatch(/1\/2 refund: automated, auto_proceeded/);
      running = await dev.start(start.replace(/ *#.*$/, ''));
      expect(await beside(`npx holdpoint audit ${session}`)).toContain('the chain holds');
      expect(await beside(`npx holdpoint kill --all ${WHY_KILLED}`)).toContain(
        'killed: all agents, since',
      );
      await stopped(running);
      running = await dev.start('npx holdpoint dev');
      expect(await beside('npx holdpoint kills')).toContain('it pays too much');
      const quiet = atTerminal(review);
      await quiet.see(/Nothing else waits/, 60_000);
      expect(await quiet.ended).toBe(0);
      await stopped(running);
    },
    PATIENCE_MS,
  );
});

describeWith(
  'a project that begins with the starter, on a server',
  await startPostgres(),
  (postgres) => {
    afterAll(async () => postgres.close());

    test(
      'is set up, found whole by doctor, and run by its own script until it is told to end',
      async () => {
        const address = inject('temporalAddress');
        const connection = await Connection.connect({ address });
        const namespace = await newNamespace(connection);
        const env = {
          ...process.env,
          TEMPORAL_ADDRESS: address,
          TEMPORAL_NAMESPACE: namespace,
          HOLDPOINT_EVIDENCE_URL: postgres.url,
          HOLDPOINT_HTTP_PORT: '0',
        };
        const surroundings = { cwd: project.path, env };
        expect(await performed('npx holdpoint setup', surroundings)).toContain('was given schema');
        expect(await performed('npx holdpoint doctor', surroundings)).toMatch(/ok +configuration/);
        const worker = await untilReady(withLog(perform('npm run worker', surroundings)));
        const people = await HoldpointClient.connect({ address, namespace });
        const session = await people.start({ goal: 'Pay Ada back.', agentId: 'order-desk' });
        for (const actionType of ['refund', 'send_voucher']) {
          const gate = await until(`${actionType} to wait`, async () => {
            const [open] = await people.gates(session);
            return open?.actionType === actionType && open;
          });
          await people.decide(gate, { decision: 'approved', reviewerId: 'rita' });
        }
        expect(await people.result(session)).toMatchObject({ status: 'completed' });
        worker.signal('SIGTERM');
        await worker.ended;
        expect(worker.log()).toContainEqual(
          expect.objectContaining({ msg: 'worker ended: drained' }),
        );
        const evidence = await openPostgresReader({ url: postgres.url });
        const [stored] = await evidence.sessions(session);
        const kept = stored === undefined ? [] : await evidence.events(stored);
        const trail = await people.auditTrail(session);
        expect(kept.map(({ event }) => event)).toEqual(trail.map(({ event }) => event));
        await evidence.close();
        await people.close();
        await connection.close();
      },
      PATIENCE_MS,
    );
  },
);

describe('a project that begins with the starter', () => {
  test(
    'runs a workflow of the team that its configuration names, bundled from the package: its gate is decided, its tool runs',
    async () => {
      await writeFile(join(project.path, 'payouts.ts'), OWN_WORKFLOW);
      await writeFile(join(project.path, 'own.config.ts'), OWN_CONFIG);
      await project.run('npm run check');
      const dev = await devOf(project, '--config own.config.ts --folder .own');
      const running = await dev.start('npx holdpoint dev');
      const connection = await Connection.connect({ address: dev.address });
      const client = new Client({ connection });
      const people = new HoldpointClient({ client });
      const workflowId = 'payout-1';
      const payout = await client.workflow.start('payout', {
        taskQueue: 'holdpoint',
        workflowId,
        args: ['o-1'],
      });
      const gate = await until('the gate', async () => {
        const [open] = await people.gates(workflowId);
        return open;
      });
      expect(gate).toMatchObject({ actionType: 'refund', payload: { order: 'o-1', amount: 120 } });
      const { gateId, runId, payloadDigest } = gate;
      const decision = { gateId, runId, payloadDigest, decision: 'approved' } as const;
      const decide = (reviewerId: string) => people.decide(workflowId, { ...decision, reviewerId });
      expect(await decide('rita')).toMatchObject({ status: 'decided' });
      expect(await payout.result()).toBe('Payout: paid 120 back for o-1');
      // The bundle holds the kill switch, and what answers who comes too late.
      const ordered = { operatorId: 'olga', reason: 'It pays too much.' };
      expect(await people.kill({ all: true }, ordered)).toMatchObject({ isQuiet: true });
      expect(await people.liftKill({ all: true }, ordered)).toMatchObject([{ status: 'stored' }]);
      expect(await decide('robert')).toMatchObject({ status: 'refused', code: 'ALREADY_DECIDED' });
      await connection.close();
      await stopped(running);
    },
    PATIENCE_MS,
  );

  test('finds every entry of the package, and nothing else of it', async () => {
    await writeFile(
      join(project.path, 'entries.mjs'),
      `for (const entry of process.argv.slice(2)) {
        const found = import('holdpoint/' + entry).then((names) => Object.keys(names).length > 0);
        console.log(entry, await found.catch((error) => error.code));
      }`,
    );
    const inner = 'dist/domain/index.js';
    const found = await project.run(`node entries.mjs ${ENTRIES.join(' ')} ${inner}`);
    expect(found.trim().split('\n')).toEqual([
      ...ENTRIES.map((entry) => `${entry} true`),
      `${inner} ERR_PACKAGE_PATH_NOT_EXPORTED`,
    ]);
  });

  test('says nothing to type, in its README or when it was written, that the tutorial has not tried', async () => {
    const written = project.made.slice(project.made.indexOf('npm install\n'));
    const said = [
      ...fencesOf('starter/README.md').flatMap(({ text }) => text.split('\n')),
      ...written.split('\n').filter((line) => /^np[mx] (install|test|run|holdpoint)/.test(line)),
    ];
    expect(said.length).toBeGreaterThan(8);
    const tutorial = await readFile('docs/tutorial/first-gate.md', 'utf8');
    for (const line of said) expect(tutorial).toContain(line.replace(/ *#.*$/, ''));
  });

  test('is not written over what is there', async () => {
    const again = project.run('npx holdpoint init .');
    await expect(again).rejects.toThrow(/ended with 2:[^]*not empty/);
  });
});
