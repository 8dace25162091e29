/**
 * A worker process that is killed with SIGKILL, on a real PostgreSQL: whatever it was doing, another worker takes over,
 * no decision is lost, and what can't be undone happens at most once (H11, H12).
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { verifyChain } from '../../domain/index.ts';
import { MEMO_KEY, type PendingApproval, SIGNALS } from '../../domain/messages.ts';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { compileWorker, type WorkerProcess, type WorkerProcesses } from './crash-processes.ts';
import { type Effect, effectsIn, type Hang } from './crash-worker.ts';

const REVIEWER = 'rita';
/** The heartbeat's 10 s, a retry and a slow machine. */
const TAKEN_OVER_WITHIN_MS = 45_000;

interface Stage {
  readonly session: string;
  /** Starts a worker on the session's task queue. */
  readonly worker: (hang?: Hang) => Promise<WorkerProcess>;
  readonly gate: (kind?: PendingApproval['kind']) => Promise<PendingApproval>;
  readonly effects: () => Promise<readonly Effect[]>;
}

// What a lost worker costs is the heartbeat's 10 s, each time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const postgres = await startPostgres();

describeWith('a worker that is killed', postgres, ({ url, close }) => {
  let processes: WorkerProcesses;
  let evidence: EvidenceStore;
  let connection: Connection;
  let client: Client;
  let holdpoint: HoldpointClient;

  beforeAll(async () => {
    const address = inject('temporalAddress');
    [processes, evidence, connection] = await Promise.all([
      compileWorker(),
      openPostgresEvidence({ url }),
      Connection.connect({ address }),
    ]);
    client = new Client({ connection, namespace: inject('temporalNamespace') });
  });
  afterAll(async () => {
    await processes.close();
    await Promise.all([evidence.close(), connection.close()]);
    await close();
  });

  /** A session whose agent calls this tool, then ends with what the tool returned. */
  async function stage(tool: string): Promise<Stage> {
    const taskQueue = `crash-${randomUUID()}`;
    const effects = join(processes.folder, `${taskQueue}.jsonl`);
    holdpoint = new HoldpointClient({ client, taskQueue });
    const turns = [{ calls: [{ name: tool, arguments: { id: 'c-1' } }] }, { text: 'All done.' }];
    const goal = JSON.stringify(turns);
    const session = await holdpoint.start({ goal, agentId: 'agent', requesterId: 'requester' });
    const assignment = {
      address: inject('temporalAddress'),
      namespace: inject('temporalNamespace'),
      bundlePath: inject('workflowBundlePath'),
      databaseUrl: url,
      taskQueue,
      effects,
    };
    return {
      session,
      worker: async (hang) =>
        processes.start({ ...assignment, ...(hang === undefined ? {} : { hang }) }),
      gate: async (kind = 'action') =>
        until(
          `a gate of kind ${kind}`,
          async () => {
            const { memo } = await client.workflow.getHandle(session).describe();
            if (!JSON.stringify(memo?.[MEMO_KEY] ?? '').includes(`"${kind}"`)) return undefined;
            return (await holdpoint.gates(session)).find((gate) => gate.kind === kind);
          },
          TAKEN_OVER_WITHIN_MS,
        ),
      effects: async () => effectsIn(effects),
    };
  }

  function decisionOn({ gateId, runId, payloadDigest }: PendingApproval) {
    return { gateId, runId, payloadDigest, decision: 'approved', reviewerId: REVIEWER } as const;
  }

  async function wholeTrail(session: string): Promise<readonly string[]> {
    const events = (await holdpoint.auditTrail(session)).map(({ event }) => event);
    expect(verifyChain(events)).toBeUndefined();
    const [stored] = await evidence.sessions(session);
    const kept = stored === undefined ? [] : await evidence.events(stored);
    expect(kept.map(({ event }) => event)).toEqual(events);
    return events.map((event) => event.eventType);
  }

  async function toolMessage(session: string): Promise<string> {
    const { events } = await client.workflow.getHandle(session).fetchHistory();
    return JSON.stringify(
      events?.map((event) => {
        const [input] = event.activityTaskScheduledEventAttributes?.input?.payloads ?? [];
        return Buffer.from(input?.data ?? []).toString();
      }),
    );
  }

  test('while a gate waits: a decision that nobody is there for is kept, and executes once', async () => {
    const { session, worker, gate, effects } = await stage('delete_record');
    const first = await worker();
    const open = await gate();
    await first.kill();
    await client.workflow.getHandle(session).signal(SIGNALS.decide, decisionOn(open));
    expect(await effects()).toEqual([]);
    await worker();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 2 });
    expect(await effects()).toMatchObject([{ tool: 'delete_record', id: 'c-1' }]);
    expect(await wholeTrail(session)).toContain('executed');
  });

  test('while a gate waits: another worker that is there takes over within the sticky 2 s', async () => {
    const { session, worker, gate, effects } = await stage('delete_record');
    const first = await worker();
    const open = await gate();
    await worker();
    await first.kill();
    expect(await holdpoint.decide(session, decisionOn(open))).toMatchObject({ status: 'decided' });
    await holdpoint.result(session);
    expect(await effects()).toHaveLength(1);
  });

  test('after the approval, before anything was reserved: fenced, so that it can not start late', async () => {
    const { session, worker, gate, effects } = await stage('delete_record');
    const first = await worker('reserve');
    await holdpoint.decide(session, decisionOn(await gate()));
    await first.said('hangs at reserve');
    await worker();
    await first.kill();
    await holdpoint.result(session);
    expect(await effects()).toEqual([]);
    const [stored] = await evidence.sessions(session);
    const entries = stored === undefined ? [] : await evidence.entriesOf(stored);
    expect(entries).toMatchObject([{ state: 'fenced' }]);
    // What was approved and did not happen says so, to the auditor and to the agent.
    expect(await wholeTrail(session)).toContain('not_executed');
    expect(await toolMessage(session)).toContain('it had not started when its worker was lost');
  });

  test('H12: a worker that was cut off and comes back late does not start what was given up', async () => {
    const { session, worker, gate, effects } = await stage('delete_record');
    const first = await worker('reserve');
    await holdpoint.decide(session, decisionOn(await gate()));
    await first.said('hangs at reserve');
    await worker();
    first.freeze();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    first.thaw();
    first.goOn();
    await first.said('reserve: refused');
    expect(await effects()).toEqual([]);
    expect(await wholeTrail(session)).toContain('not_executed');
  });

  test.each(['effect', 'done'] as const)(
    'H11: after the effect (at %s): nobody repeats it, a person says that it happened',
    async (hang) => {
      const { session, worker, gate, effects } = await stage('delete_record');
      const first = await worker(hang);
      await holdpoint.decide(session, decisionOn(await gate()));
      await first.said(`hangs at ${hang}`);
      await worker();
      await first.kill();
      const asked = await gate('effect');
      expect(await effects()).toHaveLength(1);
      const result = { decision: 'modified', modifications: { result: 'it is gone' } } as const;
      await holdpoint.decide(session, { ...decisionOn(asked), ...result });
      expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
      expect(await effects()).toHaveLength(1);
      expect(await toolMessage(session)).toContain('it is gone');
      expect(await wholeTrail(session)).toEqual(
        expect.arrayContaining(['effect_unknown', 'executed', 'ended']),
      );
    },
  );

  test('H11: after the effect of a tool that can look it up: nobody repeats it, nobody is asked', async () => {
    const { session, worker, gate, effects } = await stage('delete_traceably');
    const first = await worker('effect');
    await holdpoint.decide(session, decisionOn(await gate()));
    await first.said('hangs at effect');
    await worker();
    await first.kill();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(await effects()).toHaveLength(1);
    const types = await wholeTrail(session);
    expect(types.filter((type) => type === 'gate_presented')).toHaveLength(1);
    expect(types).toContain('executed');
    expect(await toolMessage(session)).toContain('deleted');
  });

  test('H11: before the effect of a tool that can look it up: it waits out the call, and nobody is asked', async () => {
    const { session, worker, gate, effects } = await stage('delete_traceably');
    const first = await worker('started');
    await holdpoint.decide(session, decisionOn(await gate()));
    await first.said('hangs at started');
    await worker();
    await first.kill();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(await effects()).toEqual([]);
    expect(await wholeTrail(session)).toContain('not_executed');
    // The look-up has all the time that the call had, beside what storing takes.
    const { events } = await client.workflow.getHandle(session).fetchHistory();
    const reconcile = events
      ?.map((event) => event.activityTaskScheduledEventAttributes)
      .find((scheduled) => scheduled?.activityType?.name === 'reconcileAction');
    expect(Number(reconcile?.startToCloseTimeout?.seconds)).toBe(33);
  });

  test('during a model turn: the turn is taken again, nothing else happens twice', async () => {
    const { session, worker, gate, effects } = await stage('delete_record');
    const first = await worker('model');
    await first.said('hangs at model');
    await worker();
    await first.kill();
    const open = await gate();
    await holdpoint.decide(session, decisionOn(open));
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed', steps: 2 });
    expect(await effects()).toHaveLength(1);
    const types = await wholeTrail(session);
    expect(types.filter((type) => type === 'gate_presented')).toHaveLength(1);
  });
});
