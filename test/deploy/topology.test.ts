/**
 * The topology of docker-compose.yml, natively: Temporal Server on PostgreSQL, an evidence store on PostgreSQL,
 * `holdpoint setup`, two workers as processes, and a client that decides. Nothing of it is the embedded default.
 */
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { verifyChain } from '../../domain/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { openPostgresReader } from '../../evidence/postgres-reader.ts';
import { startPostgres } from '../support/postgres.ts';
import {
  type ProductionTemporal,
  productionPrograms,
  startProductionTemporal,
} from '../support/production-temporal.ts';
import { describeWith, isSkip } from '../support/skip.ts';
import { until } from '../support/until.ts';
import {
  CONFIG,
  endAll,
  type HoldpointProcess,
  runHoldpoint,
  startWorkerProcess,
} from './holdpoint-process.ts';

const TASK_QUEUE = 'deployed';
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
    environment = { TEMPORAL_ADDRESS: address, HOLDPOINT_EVIDENCE_URL: postgres.url };
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

  test('is set up by one command, after which doctor finds nothing missing', async () => {
    const setup = await runHoldpoint(['setup'], environment);
    expect(setup).toMatchObject({ code: 0 });
    expect(setup.output).toContain('was given schema');
    // The server's services learn of a new search attribute one after the other.
    const doctor = await until(
      'doctor to find everything',
      async () => {
        const run = await runHoldpoint(['doctor', '--config', CONFIG], environment);
        return run.code === 0 && run;
      },
      60_000,
    );
    expect(doctor.output).toMatch(/Temporal: .*server 1\.\d+\.\d+/);
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

  describe('versions of workers', () => {
    const DEPLOYMENT = 'agents';
    const NAMESPACE = 'default';
    let connection: Connection;
    beforeAll(async () => {
      connection = await Connection.connect({ address: temporal.address });
    });
    afterAll(async () => connection?.close());

    const startVersion = (buildId: string): ReturnType<typeof startWorkerProcess> =>
      startWorkerProcess(
        {
          ...environment,
          HOLDPOINT_DEPLOYMENT_NAME: DEPLOYMENT,
          HOLDPOINT_BUILD_ID: buildId,
        },
        TASK_QUEUE,
      );
    const makeCurrent = (buildId: string): Promise<unknown> =>
      until(
        `version ${buildId} to be current`,
        () =>
          connection.workflowService
            .setWorkerDeploymentCurrentVersion({
              namespace: NAMESPACE,
              deploymentName: DEPLOYMENT,
              buildId,
              identity: 'the test',
            })
            .then(
              () => true,
              () => false,
            ),
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
      const second = await startVersion('2');
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
      first.signal('SIGTERM');
      expect(await first.ended).toBe(0);
      expect(await decide(session, 'approved')).toBe('decided');
      expect(await client.result(session)).toMatchObject({ status: 'completed' });
      expect(await buildsOf(session)).toEqual(['1', '2']);
      second.signal('SIGTERM');
      expect(await second.ended).toBe(0);
    }, 180_000);
  });
});
