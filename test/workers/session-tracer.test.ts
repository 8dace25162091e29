/** Spans made of stored events, on a real PostgreSQL and through a real collector. */
import { randomUUID } from 'node:crypto';
import { context, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { HoldpointClient } from '../../client/index.ts';
import { type AuditEvent, GENESIS } from '../../domain/audit/audit-event.ts';
import { gateSpanId, otherSpanId, sessionSpanId, traceIdOf } from '../../domain/audit/trace-ids.ts';
import { openPostgresEvidence } from '../../evidence/postgres.ts';
import type { EvidenceStore, SessionKey } from '../../evidence/store.ts';
import { startEmbedded } from '../../workers/embedded.ts';
import { createSessionTracer, type SessionTracer } from '../../workers/telemetry/session-tracer.ts';
import { startTracing } from '../../workers/telemetry/tracing.ts';
import { chainOf, newSession, resealed, sliceOf } from '../evidence/samples.ts';
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.ts';
import { createDesk, deskPolicy } from '../support/desk.ts';
import { startPostgres } from '../support/postgres.ts';
import { describeWith } from '../support/skip.ts';
import { until } from '../support/until.ts';

interface Process {
  readonly store: EvidenceStore;
  readonly tracer: SessionTracer;
}

function lastOf(events: readonly AuditEvent[]): AuditEvent {
  const last = events.at(-1);
  if (last === undefined) throw new Error('A chain has an end');
  return last;
}

describeWith('spans of stored events', await startPostgres(), (postgres) => {
  let collector: Collector;
  let processes: readonly [Process, Process];
  let lost: string[];
  afterAll(async () => postgres.close());

  /** Two worker processes with a collector between them. */
  const open = async (): Promise<Process> => {
    const log = { write: (_level: string, message: string) => void lost.push(message) };
    const tracer = createSessionTracer(startTracing(`${collector.url}/v1/traces`, log), log);
    const store: EvidenceStore = await openPostgresEvidence({
      url: postgres.url,
      onStored: (...what) => tracer.stored(...what, store),
    });
    return { store, tracer };
  };
  beforeEach(async () => {
    lost = [];
    collector = await startCollector();
    processes = [await open(), await open()];
    return async () => collector.close();
  });
  const collected = async (session: SessionKey): Promise<readonly CollectedSpan[]> => {
    for (const { store, tracer } of processes) {
      await tracer.settled();
      await store.close();
      await tracer.sent();
    }
    expect(lost).toEqual([]);
    return collector.spans().filter(({ traceId }) => traceId === traceIdOf(session.sessionId));
  };

  /** The first event, one gate from its presentation to its decision, and the end; 1 ms apart. */
  const trailOf = (session: SessionKey): readonly AuditEvent[] => {
    const gate = { gateId: 'gate', tier: 'desk' } as const;
    const steps = [
      { eventType: 'started' },
      { eventType: 'gate_presented', ...gate },
      { eventType: 'escalated', ...gate },
      { eventType: 'approved', ...gate },
      { eventType: 'ended', details: { status: 'completed' } },
    ] as const;
    return steps.reduce<readonly AuditEvent[]>((trail, draft) => {
      const from = trail.at(-1) ?? GENESIS;
      return [...trail, ...chainOf(session, { length: 1, from, draft })];
    }, []);
  };

  test('a gate that one process presents and another ends is one span, with its true length', async () => {
    const session = newSession();
    const trail = trailOf(session);
    const [one, other] = processes;
    await one.store.append(sliceOf(session, trail.slice(0, 3)), 'run');
    await other.store.append(sliceOf(session, trail.slice(3)), 'run');
    const spans = await collected(session);
    expect(spans.map(({ name }) => name).toSorted()).toEqual(['gate transfer', 'session']);
    const [gate] = spans.filter(({ name }) => name === 'gate transfer');
    expect(gate).toMatchObject({
      spanId: gateSpanId(session.sessionId, 'gate'),
      parentSpanId: sessionSpanId(session.sessionId),
      startMs: trail[1]?.at,
      endMs: trail[3]?.at,
      notes: ['escalated'],
    });
  });

  test('events that any number of calls bring make each span once', async () => {
    const session = newSession();
    const trail = trailOf(session);
    await Promise.all(
      processes.flatMap(({ store }) => [
        store.append(sliceOf(session, trail), 'run'),
        store.append(sliceOf(session, trail.slice(0, 4)), 'run'),
      ]),
    );
    await processes[0].store.append(sliceOf(session, trail), 'run');
    expect(await collected(session)).toHaveLength(2);
  });

  test('what ends again after a Reset is a span of its own', async () => {
    const session = newSession();
    const trail = trailOf(session);
    const [{ store }] = processes;
    await store.append(sliceOf(session, trail), 'run-1');
    const from = trail[2] ?? GENESIS;
    const expired = { eventType: 'expired', gateId: 'gate' } as const;
    const late = chainOf(session, { length: 1, from, draft: expired });
    const ended = { eventType: 'ended', details: { status: 'incomplete' } } as const;
    const end = chainOf(session, { length: 1, from: lastOf(late), draft: ended });
    await store.append(sliceOf(session, [...late, ...end]), 'run-2');
    const spans = await collected(session);
    expect(new Set(spans.map(({ spanId }) => spanId))).toEqual(
      new Set([
        gateSpanId(session.sessionId, 'gate'),
        sessionSpanId(session.sessionId),
        otherSpanId(lastOf(late).hash),
        otherSpanId(lastOf(end).hash),
      ]),
    );
  });

  test('a session id that is used again goes on in its trace, under the first session', async () => {
    const first = newSession();
    const second = newSession(first.sessionId);
    const [{ store }] = processes;
    await store.append(sliceOf(first, trailOf(first)), 'run-1');
    // The samples' clock begins anew with each session.
    const [ended] = chainOf(second, { length: 1, draft: { eventType: 'ended' } });
    if (ended === undefined) throw new Error('A chain of one has one');
    const later = resealed(ended, { at: lastOf(trailOf(first)).at + 1 });
    await store.append(sliceOf(second, [later]), 'run-2');
    const sessions = (await collected(first)).filter(({ name }) => name === 'session');
    expect(sessions.map(({ parentSpanId }) => parentSpanId)).toEqual([
      undefined,
      sessionSpanId(first.sessionId),
    ]);
  });
});

describe('the embedded process', () => {
  let collector: Collector;
  beforeAll(async () => {
    collector = await startCollector();
    return async () => {
      await collector.close();
      trace.disable();
      context.disable();
    };
  });

  test('sends the spans of its sessions to a collector that is named', async () => {
    const desk = createDesk();
    const embedded = await startEmbedded({
      tools: desk.tools,
      policy: deskPolicy(),
      model: desk.model,
      confidenceModel: desk.confidenceModel,
      progress: () => {},
      ui: false,
      tracesUrl: `${collector.url}/v1/traces`,
    });
    const { address } = embedded;
    const client = await HoldpointClient.connect({ address });
    const goal = `goal ${randomUUID()}`;
    const remove = { name: 'delete_record', arguments: { id: 'c-1' } };
    desk.play(goal, { turns: [{ calls: [remove] }, { text: 'All done.' }] });
    const session = await client.start({ goal, agentId: 'agent', requesterId: 'requester' });
    const gate = await until('the gate', async () => (await client.gates(session))[0]);
    const { gateId, runId, payloadDigest } = gate;
    const shown = { gateId, runId, payloadDigest, reviewerId: 'rita' };
    await client.decide(session, { ...shown, decision: 'approved' });
    await client.result(session);
    await client.close();
    await embedded.close();
    const names = collector.spans().map(({ name }) => name);
    // The client in this process finds the worker's provider, and is traced as well.
    expect(names.toSorted()).toEqual([
      'decide',
      'gate delete_record',
      'model turn',
      'model turn',
      'session',
      'start',
      'tool delete_record',
    ]);
  });
});
