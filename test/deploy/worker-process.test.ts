/** `holdpoint setup`, `doctor` and `worker` as processes, on the dev server of the run and a PostgreSQL of their own. */
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { openPostgresReader } from '../../evidence/postgres-reader.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';
import { wikiFolder } from '../support/mcp-wiki.ts';
import { proxyTo } from '../evidence/proxy.ts';
import { until } from '../support/until.ts';
import {
  CONFIG,
  endAll,
  MCP_CONFIG,
  runHoldpoint,
  startHoldpoint,
  startWorkerProcess,
} from './holdpoint-process.ts';

const MARKER = 'marker-of-a-secret-4711';

describeWith('a deployment', await startPostgres(), (postgres) => {
  const taskQueue = `deploy-${randomUUID()}`;
  let environment: Readonly<Record<string, string>>;
  let client: HoldpointClient;
  beforeAll(async () => {
    environment = {
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      HOLDPOINT_EVIDENCE_URL: postgres.url,
    };
    client = await HoldpointClient.connect({ address: inject('temporalAddress'), taskQueue });
  });
  afterAll(async () => {
    await endAll();
    await client.close();
    await postgres.close();
  });

  const start = (call: object): Promise<string> =>
    client.start({ goal: JSON.stringify(call), agentId: 'agent', requesterId: 'requester' });
  const worker = () =>
    startWorkerProcess({ ...environment, HOLDPOINT_LOG_LEVEL: 'debug' }, taskQueue);

  describe('before a worker', () => {
    test('a worker without an evidence store says what to set, and ends as wrongly called', async () => {
      const { code, output } = await runHoldpoint(['worker', '--config', CONFIG], {});
      expect(code).toBe(2);
      expect(output).toContain('export HOLDPOINT_EVIDENCE_URL=postgres://');
      expect(output).toContain('holdpoint setup');
    });

    test('doctor names what is missing, and the command that mends it', async () => {
      const { code, output } = await runHoldpoint(
        ['--json', 'doctor', '--config', CONFIG],
        environment,
      );
      expect(code).toBe(1);
      const evidence = findings(output).find(({ name }) => name === 'evidence store');
      expect(evidence).toMatchObject({ status: 'missing', mend: 'holdpoint setup' });
      expect(output).toContain('Missing:');
    });

    test('setup makes it once, and says the second time that nothing was to be done', async () => {
      const first = await runHoldpoint(['--json', 'setup'], environment);
      expect(first.code).toBe(0);
      const [, made] = findings(first.output);
      expect(made).toMatchObject({ step: 'evidence store', status: 'done' });
      const second = await runHoldpoint(['--json', 'setup'], environment);
      expect(second.code).toBe(0);
      expect(findings(second.output).map(({ status }) => status)).toEqual([
        'unchanged',
        'unchanged',
      ]);
    });

    test('setup goes through both steps where one fails, and says so', async () => {
      const { code, output } = await runHoldpoint(['--json', 'setup'], {
        ...environment,
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      });
      expect(code).toBe(1);
      expect(findings(output).map(({ status }) => status)).toEqual(['failed', 'unchanged']);
      expect(output).toContain('{"error":{"code":"FAILED","message":"1 of 2 steps failed."');
    });

    test('doctor finds everything, and warns that nobody polls', async () => {
      const { code, output } = await runHoldpoint(
        ['--json', '--task-queue', taskQueue, 'doctor', '--config', CONFIG],
        environment,
      );
      expect(output).not.toContain('"missing"');
      expect(code).toBe(0);
      const all = findings(output);
      expect(all.find(({ name }) => name === 'workers')).toMatchObject({ status: 'warning' });
      expect(all.find(({ name }) => name === 'Temporal')?.['found']).toMatch(/server \d+\.\d+/);
    });
  });

  describe('a worker', () => {
    afterEach(endAll);

    test('runs a gated session; its log and metrics tell of it, and nothing of what it was about', async () => {
      const running = await worker();
      const session = await start({ name: 'pay', arguments: { to: MARKER, amount: 240 } });
      const gate = await until('the gate', async () => (await client.gates(session))[0]);
      await until('the gate in the metrics', async () =>
        /^holdpoint_gates_open\{tier="\w+"\} [1-9]/m.test(await metricsOf(running.url)),
      );
      const { gateId, runId, payloadDigest } = gate;
      const shown = { gateId, runId, payloadDigest, reviewerId: 'rita' };
      expect(await client.decide(session, { ...shown, decision: 'approved' })).toMatchObject({
        status: 'decided',
      });
      expect(await client.result(session)).toMatchObject({ status: 'completed' });
      const failing = await start({ name: 'broken', arguments: { secret: MARKER } });
      const failures = await until('the tool to fail', () => {
        const lines = running.log().filter((line) => line['sessionId'] === failing);
        // Our line, and the SDK's, which has the error with its message.
        return lines.filter(({ level }) => level === 'warn').length > 1 && lines;
      });
      expect(failures).toContainEqual(
        expect.objectContaining({ msg: 'action ended', outcome: 'failed', tool: 'broken' }),
      );
      await client.cancel(failing, { operatorId: 'olga', reason: MARKER });
      const metrics = await until('the flush', async () => {
        const text = await metricsOf(running.url);
        return /holdpoint_decisions_total\{decision="approved",tier="\w+"\} 1/.test(text) && text;
      });
      expect(metrics).toContain('holdpoint_actions_total{tool="pay",outcome="executed"} 1');
      expect(metrics).toMatch(/holdpoint_evidence_flush_seconds_count\{result="stored"\} [1-9]/);
      const lines = running.log().filter(({ sessionId }) => sessionId === session);
      expect(lines).toContainEqual(
        expect.objectContaining({
          msg: 'event stored',
          event: 'approved',
          gateId: gate.gateId,
          actionId: gate.actionId,
          tool: 'pay',
        }),
      );
      const { gateId: at, actionId } = gate;
      expect(lines).toContainEqual(
        expect.objectContaining({ msg: 'action called', tool: 'pay', gateId: at, actionId }),
      );
      expect(lines).toContainEqual(
        expect.objectContaining({
          msg: 'action ended',
          outcome: 'executed',
          tool: 'pay',
          gateId: at,
          actionId,
        }),
      );
      expect(lines).toContainEqual(expect.objectContaining({ msg: 'evidence flushed' }));
      expect(running.output()).not.toContain(MARKER);
      expect(metrics).not.toContain(MARKER);
      const doctor = await runHoldpoint(
        ['--task-queue', taskQueue, 'doctor', '--config', CONFIG],
        environment,
      );
      expect(doctor).toMatchObject({ code: 0 });
      expect(doctor.output).toMatch(/ok +workers: /);
      running.signal('SIGTERM');
      expect(await running.ended).toBe(0);
    });

    test('is not ready while Temporal or the evidence store does not answer, and alive all the same', async () => {
      const temporal = await proxyTo(`http://${inject('temporalAddress')}`);
      const database = await proxyTo(postgres.url);
      const running = await startWorkerProcess(
        {
          TEMPORAL_ADDRESS: new URL(temporal.url).host,
          HOLDPOINT_EVIDENCE_URL: database.url,
        },
        taskQueue,
      );
      const readiness = async (): Promise<string> => (await fetch(`${running.url}/readyz`)).text();
      temporal.behaviour = () => 'drop';
      await until('Temporal to be missed', async () =>
        (await readiness()).includes('Temporal does not answer\n'),
      );
      expect(await readiness()).not.toContain('evidence');
      expect((await fetch(`${running.url}/livez`)).status).toBe(200);
      temporal.behaviour = () => 'cut';
      await until('Temporal to be missed', async () =>
        (await readiness()).includes('Temporal does not answer\n'),
      );
      temporal.behaviour = () => 'pass';
      await until('it to be ready again', async () => (await readiness()) === 'ready\n', 60_000);
      database.behaviour = () => 'cut';
      await until('the store to be missed', async () =>
        (await readiness()).includes('the evidence store does not answer\n'),
      );
      database.behaviour = () => 'pass';
      await until('it to be ready again', async () => (await readiness()) === 'ready\n', 60_000);
      running.signal('SIGTERM');
      expect(await running.ended).toBe(0);
      await Promise.all([temporal.close(), database.close()]);
    }, 240_000);

    test('drains on SIGTERM: what runs ends, and the session is finished by another worker', async () => {
      const first = await worker();
      const session = await start({ name: 'slow', arguments: { ms: 2_000 } });
      await until('the tool to begin', () => first.output().includes('slow began'));
      first.signal('SIGTERM');
      await until('the worker to say that it drains', async () => {
        const { status } = await fetch(`${first.url}/readyz`);
        return status === 503;
      });
      expect((await fetch(`${first.url}/livez`)).status).toBe(200);
      expect(await first.ended).toBe(0);
      expect(first.output()).toContain('slow ended');
      const second = await worker();
      expect(await client.result(session)).toMatchObject({ status: 'completed' });
      expect(second.output()).not.toContain('slow began');
      second.signal('SIGINT');
      expect(await second.ended).toBe(0);
      const evidence = await openPostgresReader({ url: postgres.url });
      const [stored] = await evidence.sessions(session);
      expect(stored?.events).toBeGreaterThan(2);
      await evidence.close();
    });

    test('H7: takes up a kill, with no gateway anywhere; log, metrics and the next worker show it', async () => {
      const first = await worker();
      const kill = async (...words: readonly string[]) =>
        runHoldpoint(
          ['--task-queue', taskQueue, 'kill', '--agent', 'agent', '--reason', MARKER, ...words],
          { ...environment, HOLDPOINT_USER: 'olga' },
        );
      expect(await kill()).toMatchObject({ code: 0 });
      const session = await start({ name: 'pay', arguments: { to: MARKER, amount: 10 } });
      expect(await client.result(session)).toMatchObject({ status: 'completed' });
      const metrics = await metricsOf(first.url);
      expect(metrics).toContain('holdpoint_kills_in_force{scope="agent"} 1');
      expect(metrics).toContain('holdpoint_kills_in_force{scope="all"} 0');
      expect(metrics).toContain('holdpoint_refusals_total{code="KILLED"} 1');
      expect(metrics).toContain('holdpoint_actions_total{tool="pay",outcome="refused"} 1');
      const by = { level: 'warn', agentId: 'agent', operatorId: 'olga' };
      expect(first.log()).toContainEqual(expect.objectContaining({ ...by, msg: 'kill stored' }));
      first.signal('SIGTERM');
      expect(await first.ended).toBe(0);
      expect(first.output()).not.toContain(MARKER);

      const second = await worker();
      expect(second.log()).toContainEqual(expect.objectContaining({ ...by, msg: 'a kill stands' }));
      expect(await kill('--lift')).toMatchObject({ code: 0 });
      const paid = await start({ name: 'pay', arguments: { to: 'bob', amount: 10 } });
      await client.result(paid);
      await until('the payment in the metrics', async () =>
        (await metricsOf(second.url)).includes('{tool="pay",outcome="executed"} 1'),
      );
      second.signal('SIGTERM');
      expect(await second.ended).toBe(0);
    });

    test('connects to MCP servers, runs their tools, and leaves no process of theirs behind', async () => {
      const folder = await wikiFolder([{ name: 'look', inputSchema: { type: 'object' } }]);
      const running = await startWorkerProcess(
        { ...environment, WIKI_FOLDER: folder.path },
        taskQueue,
        MCP_CONFIG,
      );
      expect(running.output()).toContain('not approved, so that each call waits for a person');
      const session = await start({ name: 'wiki__look', arguments: {} });
      const gate = await until('the gate', async () => (await client.gates(session))[0]);
      const { gateId, runId, payloadDigest } = gate;
      const shown = { gateId, runId, payloadDigest, reviewerId: 'rita' };
      await client.decide(session, { ...shown, decision: 'approved' });
      expect(await client.result(session)).toMatchObject({ status: 'completed' });
      const [call] = await folder.calls();
      running.signal('SIGTERM');
      expect(await running.ended).toBe(0);
      expect(() => process.kill(call?.pid ?? 0, 0)).toThrow('ESRCH');
      await folder.remove();
    });

    test('ends with the name of an MCP server that can not be started, and the way out', async () => {
      const args = ['worker', '--config', MCP_CONFIG, '--http-port', '0'];
      const running = startHoldpoint(args, { ...environment, WIKI_COMMAND: '/no/such/wiki' });
      expect(await running.ended).toBe(1);
      expect(running.output()).toMatch(/MCP server wiki: .*ENOENT.*Does its command run by hand/);
    });

    test('ends at once on a second signal', async () => {
      const running = await worker();
      await start({ name: 'slow', arguments: { ms: 60_000 } });
      await until('the tool to begin', () => running.output().includes('slow began'));
      running.signal('SIGTERM');
      await until('the worker to drain', () => running.output().includes('draining'));
      running.signal('SIGTERM');
      expect(await running.ended).toBe(143);
    });

    test('ends with the reason where the evidence store does not answer at its start', async () => {
      const running = startHoldpoint(['worker', '--config', CONFIG, '--http-port', '0'], {
        ...environment,
        HOLDPOINT_EVIDENCE_URL: 'postgres://holdpoint@127.0.0.1:1/none',
      });
      expect(await running.ended).toBe(1);
      expect(running.output()).toContain('127.0.0.1:1');
    });
  });
});

async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

function findings(output: string): readonly Readonly<Record<string, unknown>>[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('{') && !line.startsWith('{"error"'))
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
}
