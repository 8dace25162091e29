/**
 * The topology of docker-compose.yml, natively: Temporal Server on PostgreSQL, an evidence store on PostgreSQL,
 * `holdpoint setup`, two workers as processes, and a client that decides. Nothing of it is the embedded default.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { verifyChain } from '../../domain/index.ts';
import type { PendingApproval } from '../../domain/messages.ts';
import { openPostgresReader } from '../../evidence/postgres.ts';
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
});
