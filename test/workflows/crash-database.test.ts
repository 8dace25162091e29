/**
 * PostgreSQL goes away and comes back, on a real one behind a network that breaks: no effect without evidence, no
 * session that ends without it, and nothing that a person approved is lost meanwhile (DESIGN §8).
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { SECOND_MS, verifyChain } from '../../domain/index.ts';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import type { EvidenceStore } from '../../evidence/store.ts';
import { type Proxy, proxyTo } from '../evidence/proxy.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { openWorld, type World } from '../support/world.ts';
import { runsOf } from './session-runs.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const DONE = { text: 'All done.' };
const postgres = await startPostgres();

describeWith('a database that goes away', postgres, ({ url, close }) => {
  let proxy: Proxy;
  let evidence: EvidenceStore;
  let world: World;

  beforeAll(async () => {
    proxy = await proxyTo(url);
    evidence = await openPostgresEvidence({ url: proxy.url });
    world = await openWorld({ evidence: () => evidence });
  });
  afterAll(async () => {
    await world.close();
    await evidence.close();
    await proxy.close();
    await close();
  });

  function breakOff(): () => void {
    proxy.behaviour = () => 'cut';
    return () => {
      proxy.behaviour = () => 'pass';
    };
  }

  /** Calls that the worker made of the store and that failed, as the history shows them. */
  async function failures(session: string): Promise<readonly string[]> {
    const [run] = await runsOf(world.client, session);
    return (run?.events ?? []).flatMap(({ activityTaskFailedEventAttributes: failed }) =>
      failed ? [failed.failure?.applicationFailureInfo?.type ?? ''] : [],
    );
  }

  test.each([
    ['an approved action', 'delete_record', { id: randomUUID() }],
    ['an action that nobody is asked about', 'refund', { order: 'o-1', amount: 10 }],
  ] as const)('%s waits for it, then executes, once', async (_what, name, args) => {
    const { start, oneGate, decide, holdpoint, desk, trail } = world;
    let mendLater: () => void = () => undefined;
    const session = await start({
      turns: [
        () => {
          // An action without a gate is on its way as soon as the model has proposed it.
          if (name === 'refund') mendLater = breakOff();
          return { calls: [{ name, arguments: args }] };
        },
        DONE,
      ],
    });
    if (name === 'delete_record') {
      const gate = await oneGate(session);
      mendLater = breakOff();
      expect(await decide(session, gate, {})).toMatchObject({ status: 'decided' });
    }
    await until('the failure', async () => (await failures(session)).length > 0);
    // An outage that outlasts a heartbeat and every quick retry.
    await delay(12 * SECOND_MS);
    expect(desk.executionsOf(session)).toEqual([]);
    // It waits without filling the history.
    expect(await failures(session)).toEqual(['EVIDENCE_UNAVAILABLE']);
    mendLater();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    expect(desk.executionsOf(session)).toMatchObject([{ tool: name, args }]);
    const [execution] = desk.executionsOf(session);
    expect(await evidence.entry(execution?.key ?? '')).toMatchObject({ state: 'done' });
    const events = await trail(session);
    expect(verifyChain(events)).toBeUndefined();
    expect(events.map((event) => event.eventType)).not.toContain('not_executed');
  });

  test('H8: a session does not end before its evidence is stored', async () => {
    const { start, oneGate, decide, holdpoint, client, trail } = world;
    const session = await start({
      turns: [{ calls: [{ name: 'delete_record', arguments: { id: randomUUID() } }] }, DONE],
    });
    const gate = await oneGate(session);
    const mend = breakOff();
    await decide(session, gate, { decision: 'rejected' });
    await until('the attempt to store', async () => {
      const { raw } = await client.workflow.getHandle(session).describe();
      const [pending] = raw.pendingActivities ?? [];
      return pending?.activityType?.name === 'storeEvidence' && (pending.attempt ?? 0) >= 3;
    });
    expect((await client.workflow.getHandle(session).describe()).status.name).toBe('RUNNING');
    mend();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    const events = await trail(session);
    const key = { sessionId: session, firstExecutionRunId: gate.runId };
    expect((await evidence.events(key)).map(({ event }) => event)).toEqual(events);
  });

  test('H11: a result is not doubted because the ledger can not be told of it', async () => {
    const { start, oneGate, decide, holdpoint, desk, trail } = world;
    const id = randomUUID();
    const letGo = desk.holdBack(id);
    const session = await start({
      turns: [{ calls: [{ name: 'delete_record', arguments: { id } }] }, DONE],
    });
    await decide(session, await oneGate(session), {});
    await until('the tool at work', () => desk.executionsOf(session).length === 1);
    const mend = breakOff();
    letGo();
    await delay(2 * SECOND_MS);
    mend();
    expect(await holdpoint.result(session)).toMatchObject({ status: 'completed' });
    const [execution] = desk.executionsOf(session);
    expect(await evidence.entry(execution?.key ?? '')).toMatchObject({ state: 'done' });
    expect((await trail(session)).map((event) => event.eventType)).not.toContain('effect_unknown');
  });
});
