/**
 * The topology of docker-compose.yml, natively: Temporal Server on PostgreSQL, an evidence store on PostgreSQL,
 * `holdpoint setup`, two workers as processes, and a client that decides. Nothing of it is the embedded default.
 */
import { Connection } from '@temporalio/client';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { verifyChain } from '../../domain/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { openPostgresReader } from '../../evidence/postgres-reader.ts';
import { startPostgres } from '../support/postgres.ts';
import {
  environmentOf,
  type ProductionTemporal,
  productionPrograms,
  startProductionTemporal,
} from '../support/production-temporal.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { perform, performed, PROGRAMS } from '../support/processes.ts';
import { describeWith, isSkip } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { existingTemporal } from '../../workers/temporal-binary.ts';
import {
  CONFIG,
  endAll,
  type HoldpointProcess,
  startWorkerProcess,
  untilReady,
  withLog,
} from './holdpoint-process.ts';

const TASK_QUEUE = 'deployed';
const NAMESPACE = 'default';
const DRAINED = expect.objectContaining({ msg: 'worker ended: drained' });
const START_WITHIN_MS = 5 * 60_000;

async function prepared() {
  const programs = await productionPrograms();
  if (isSkip(programs)) return programs;
  const postgres = await startPostgres();
  return isSkip(postgres) ? postgres : { programs: programs.folder, postgres };
}

describeWith('the production-like stack', await prepared(), ({ programs, postgres }) => {
  let temporal: ProductionTemporal;
  let environment: Readonly<Record<string, string>>;
  let client: HoldpointClient;
  let workers: readonly (HoldpointProcess & { readonly url: string })[];

  beforeAll(async () => {
    temporal = await startProductionTemporal(programs, postgres.url);
    const { address } = temporal;
    // As docker-compose.yml gives it to its worker: what differs is where things are, and that each has its own port.
    environment = {
      ...environmentOf('worker'),
      TEMPORAL_ADDRESS: address,
      HOLDPOINT_EVIDENCE_URL: postgres.url,
      HOLDPOINT_HTTP_HOST: '127.0.0.1',
      HOLDPOINT_HTTP_PORT: '0',
    };
    client = await HoldpointClient.connect({ address, taskQueue: TASK_QUEUE });
  }, START_WITHIN_MS);
  afterAll(async () => {
    await endAll();
    await client?.close();
    await temporal?.close();
    await postgres.close();
  });

  const start = (to: string): Promise<string> => {
    const goal = JSON.stringify({ name: 'pay', arguments: { to, amount: 240 } });
    return client.start({ goal, agentId: 'agent', requesterId: 'requester' });
  };
  const gateOf = (session: string): Promise<PendingApproval> =>
    until('the gate', async () => (await client.gates(session))[0]);
  const decide = async (session: string, decision: 'approved' | 'rejected'): Promise<string> => {
    const { gateId, runId, payloadDigest } = await gateOf(session);
    const shown = { gateId, runId, payloadDigest, reviewerId: 'rita' };
    return (await client.decide(session, { ...shown, decision })).status;
  };

  test('is set up by the lines of the guide, after which doctor finds nothing missing', async () => {
    const lines = filledIn(pageFence('docs/guides/production.md#setup'), {
      'temporal.example:7233': temporal.address,
      'TEMPORAL_NAMESPACE=agents': `TEMPORAL_NAMESPACE=${NAMESPACE}`,
      'postgres://holdpoint:…@db.example:5432/holdpoint': postgres.url,
    });
    const setUp = async (): Promise<string> => {
      const env = { ...environmentOf('holdpoint-setup'), PATH: PROGRAMS };
      const run = perform(lines, { cwd: dirname(CONFIG), env });
      return `${await run.ended}\n${run.output()}`;
    };
    const first = await setUp();
    expect(first).toMatch(/done +evidence store: .*was given schema/);
    // The server's services learn of a new search attribute one after the other.
    const last = await until(
      'doctor to find everything',
      async () => {
        const run = await setUp();
        return run.startsWith('0\n') && run;
      },
      60_000,
    );
    expect(last).toMatch(/unchanged +evidence store/);
    expect(last).toMatch(/ok +Temporal: .*server 1\.\d+\.\d+/);
  });

  test('runs two sessions on two workers: each decided by a person, each effect once, each trail whole', async () => {
    workers = await Promise.all([1, 2].map(() => startWorkerProcess(environment, TASK_QUEUE)));
    const [paid, refused] = [await start('ada'), await start('grace')];
    await gateOf(refused);
    await until('both in the list', async () => {
      const { sessions } = await client.pending();
      const ids = sessions.map(({ sessionId }) => sessionId);
      return [paid, refused].every((session) => ids.includes(session));
    });
    expect(await decide(paid, 'approved')).toBe('decided');
    expect(await decide(refused, 'rejected')).toBe('decided');
    expect(await client.result(paid)).toMatchObject({ status: 'completed' });
    expect(await client.result(refused)).toMatchObject({ status: 'completed' });
    const evidence = await openPostgresReader({ url: postgres.url });
    const trails = [];
    for (const session of [paid, refused]) {
      const trail = (await client.auditTrail(session)).map(({ event }) => event);
      const [stored] = await evidence.sessions(session);
      if (stored === undefined) throw new Error('No evidence was stored');
      const kept = (await evidence.events(stored)).map(({ event }) => event);
      expect(verifyChain(kept)).toBeUndefined();
      expect(kept).toEqual(trail);
      trails.push(kept.map(({ eventType }) => eventType));
    }
    await evidence.close();
    const executed = trails.map((types) => types.filter((type) => type === 'executed').length);
    expect(executed).toEqual([1, 0]);
  });

  test('counts each decision once over all workers', async () => {
    const texts = await Promise.all(
      workers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
    );
    const countOf = (decision: string): number =>
      texts
        .flatMap((text) => [
          ...text.matchAll(
            new RegExp(`^holdpoint_decisions_total\\{decision="${decision}".*\\} (\\d+)`, 'gm'),
          ),
        ])
        .reduce((sum, [, count]) => sum + Number(count), 0);
    expect([countOf('approved'), countOf('rejected')]).toEqual([1, 1]);
  });

  test('drains on SIGTERM, and a gate that waits meanwhile is decided and finished by the next worker', async () => {
    const waiting = await start('linus');
    await gateOf(waiting);
    for (const worker of workers) worker.signal('SIGTERM');
    expect(await Promise.all(workers.map(({ ended }) => ended))).toEqual([0, 0]);
    const { sessions } = await client.pending();
    expect(sessions.map(({ sessionId }) => sessionId)).toContain(waiting);
    const next = await startWorkerProcess(environment, TASK_QUEUE);
    expect(await decide(waiting, 'approved')).toBe('decided');
    expect(await client.result(waiting)).toMatchObject({ status: 'completed' });
    next.signal('SIGTERM');
    expect(await next.ended).toBe(0);
  });

  describe('versions of workers, by the lines of the guide', () => {
    const [, second = '', , current = '', , look = ''] = pageFence(
      'docs/guides/upgrade-with-open-gates.md#versions',
    ).split('\n');
    let connection: Connection;
    let surroundings: Parameters<typeof perform>[1];
    beforeAll(async () => {
      connection = await Connection.connect({ address: temporal.address });
      const TEMPORAL_PROGRAM = (await existingTemporal({})) ?? 'temporal';
      const env = { ...environment, PATH: PROGRAMS, TEMPORAL_PROGRAM };
      surroundings = { cwd: dirname(CONFIG), env };
    });
    afterAll(async () => connection?.close());

    const startVersion = (buildId: string): ReturnType<typeof untilReady> => {
      const lines = filledIn(second, {
        'HOLDPOINT_BUILD_ID=2': `HOLDPOINT_BUILD_ID=${buildId}`,
        'holdpoint worker': `holdpoint --task-queue ${TASK_QUEUE} worker --http-port 0`,
      });
      return untilReady(withLog(perform(lines, surroundings)));
    };
    const makeCurrent = (buildId: string): Promise<unknown> =>
      until(
        `version ${buildId} to be current`,
        () =>
          performed(filledIn(current, { '--build-id 2': `--build-id ${buildId}` }), surroundings)
            .then(() => true)
            .catch(() => false),
        60_000,
      );
    /** The build on which each run of a session ended or waits, the first one first. */
    const buildsOf = async (session: string): Promise<readonly (string | undefined)[]> => {
      const { executions } = await connection.workflowService.listWorkflowExecutions({
        namespace: NAMESPACE,
        query: `WorkflowId = '${session}'`,
      });
      const runs = executions.toSorted(
        (one, other) => Number(one.startTime?.seconds) - Number(other.startTime?.seconds),
      );
      return Promise.all(
        runs.map(async ({ execution = null }) => {
          const asked = { namespace: NAMESPACE, execution };
          const described = await connection.workflowService.describeWorkflowExecution(asked);
          const { versioningInfo } = described.workflowExecutionInfo ?? {};
          return versioningInfo?.deploymentVersion?.buildId ?? undefined;
        }),
      );
    };

    test('a session that waits at a gate stays with its version, and moves with its gate open at its next task', async () => {
      const first = await startVersion('1');
      await makeCurrent('1');
      const session = await start('version');
      const { gateId } = await gateOf(session);
      expect(await buildsOf(session)).toEqual(['1']);
      const next = await startVersion('2');
      await makeCurrent('2');
      // Anything that gives it a task will do. That the version is another one reaches the server's parts one by one.
      const order = { operatorId: 'olga', reason: 'to move it' };
      await until(
        'a run on the new version',
        async () => {
          await client.pause(session, order);
          await client.resume(session, order);
          return (await buildsOf(session))[1] === '2';
        },
        60_000,
      );
      const moved = await gateOf(session);
      expect(moved.gateId).toBe(gateId);
      const old = await performed(look, surroundings);
      expect(old).toMatch(/BuildID +1/i);
      expect(old).toMatch(/drain/i);
      first.signal('SIGTERM');
      await first.ended;
      expect(first.log()).toContainEqual(DRAINED);
      expect(await decide(session, 'approved')).toBe('decided');
      expect(await client.result(session)).toMatchObject({ status: 'completed' });
      expect(await buildsOf(session)).toEqual(['1', '2']);
      next.signal('SIGTERM');
      await next.ended;
      expect(next.log()).toContainEqual(DRAINED);
    }, 180_000);
  });
});
