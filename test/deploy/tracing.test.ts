/**
 * Traces of a session, from an application with OpenTelemetry's SDK to a `holdpoint worker` process, through a collector that
 * takes OTLP over HTTP.
 */
import { randomUUID } from 'node:crypto';
import { dirname } from 'node:path';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BasicTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, expect, inject, test } from 'vitest';
import { HoldpointClient, traceIdOf } from '../../client/index.ts';
import { type CollectedSpan, type Collector, startCollector } from '../support/collector.ts';
import { startPostgres } from '../support/postgres.ts';
import { filledIn, pageFence } from '../support/pages.ts';
import { perform, PROGRAMS } from '../support/processes.ts';
import { describeWith } from '../support/skip.ts';
import { until } from '../support/until.ts';
import { CONFIG, endAll, startWorkerProcess, untilReady, withLog } from './holdpoint-process.ts';

const MARKER = 'marker-of-a-secret-4711';
const REVIEWER = 'rita-the-reviewer';

describeWith('traces', await startPostgres(), (postgres) => {
  const taskQueue = `tracing-${randomUUID()}`;
  let environment: Readonly<Record<string, string>>;
  let client: HoldpointClient;
  let collector: Collector;
  let provider: BasicTracerProvider;
  beforeAll(async () => {
    collector = await startCollector();
    const exporter = new OTLPTraceExporter({ url: `${collector.url}/v1/traces` });
    provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const address = inject('temporalAddress');
    environment = { TEMPORAL_ADDRESS: address, HOLDPOINT_EVIDENCE_URL: postgres.url };
    client = await HoldpointClient.connect({ address, taskQueue });
  });
  afterEach(endAll);
  afterAll(async () => {
    await client.close();
    await provider.shutdown();
    trace.disable();
    context.disable();
    await collector.close();
    await postgres.close();
  });

  const start = (call: object): Promise<string> =>
    client.start({ goal: JSON.stringify(call), agentId: 'agent', requesterId: MARKER });
  const decided = async (session: string): Promise<void> => {
    const gate = await until('the gate', async () => (await client.gates(session))[0]);
    const { gateId, runId, payloadDigest } = gate;
    const shown = { gateId, runId, payloadDigest, reviewerId: REVIEWER, rationale: MARKER };
    const answer = await client.decide(session, { ...shown, decision: 'approved' });
    expect(answer.status).toBe('decided');
    expect(await client.result(session)).toMatchObject({ status: 'completed' });
  };

  test('client, gate and tool of one session are one trace, and nothing in it tells what it was about', async () => {
    const lines = filledIn(pageFence('docs/guides/production.md#traces'), {
      'http://collector:4318': collector.url,
      'holdpoint worker': `holdpoint --task-queue ${taskQueue} worker --http-port 0`,
    });
    const env = { ...environment, PATH: PROGRAMS };
    const worker = await untilReady(withLog(perform(lines, { cwd: dirname(CONFIG), env })));
    let session = '';
    let callers: CollectedSpan['links'] = [];
    await trace.getTracer('shop').startActiveSpan('checkout', async (span) => {
      const { traceId, spanId } = span.spanContext();
      callers = [{ traceId, spanId }];
      session = await start({ name: 'pay', arguments: { to: MARKER, amount: 240 } });
      span.end();
    });
    await decided(session);
    const failing = await start({ name: 'broken', arguments: { secret: MARKER } });
    await until('the tool to fail', () => worker.log().some(({ outcome }) => outcome === 'failed'));
    const again = { goal: MARKER, agentId: 'agent', sessionId: failing };
    await expect(client.start(again)).rejects.toThrow('already');
    await client.cancel(failing, { operatorId: 'olga', reason: MARKER });
    await expect(client.result(failing)).rejects.toThrow('failed');
    worker.signal('SIGTERM');
    await worker.ended;
    expect(worker.log().at(-1)).toMatchObject({ msg: 'worker ended: drained' });
    await provider.forceFlush();

    const spans = collector.spans().filter(({ traceId }) => traceId === traceIdOf(session));
    const one = (name: string): CollectedSpan => {
      const [found, ...more] = spans.filter((span) => span.name === name);
      if (found === undefined || more.length > 0) throw new Error(`${more.length} more ${name}`);
      return found;
    };
    const [root, gate, tool] = [one('session'), one('gate pay'), one('tool pay')];
    expect(root).toMatchObject({ parentSpanId: undefined, service: 'agents', links: [] });
    expect(root.attributes).toMatchObject({ 'holdpoint.session.status': 'completed' });
    expect(one('start')).toMatchObject({ parentSpanId: root.spanId, links: callers });
    expect(gate.parentSpanId).toBe(root.spanId);
    expect(gate.attributes).toMatchObject({
      'holdpoint.session.id': session,
      'holdpoint.gate.outcome': 'approved',
      'holdpoint.gate.kind': 'action',
      'holdpoint.tool': 'pay',
    });
    expect(one('decide')).toMatchObject({ parentSpanId: gate.spanId, links: [] });
    expect(one('decide').attributes).toMatchObject({ 'holdpoint.answer': 'decided' });
    expect(tool).toMatchObject({ parentSpanId: root.spanId, status: 0 });
    expect(tool.links).toEqual([{ traceId: gate.traceId, spanId: gate.spanId }]);
    expect(tool.attributes).toMatchObject({
      'holdpoint.action.outcome': 'executed',
      'holdpoint.attempt': 1,
      'holdpoint.gate.id': gate.attributes['holdpoint.gate.id'],
    });
    expect(one('charge the card').parentSpanId).toBe(tool.spanId);
    const turns = spans.filter(({ name }) => name === 'model turn');
    expect(turns.map(({ parentSpanId }) => parentSpanId)).toEqual([root.spanId, root.spanId]);
    expect(spans).toHaveLength(8);
    expect(gate.startMs).toBeGreaterThanOrEqual(root.startMs);
    expect(gate.endMs).toBeLessThanOrEqual(root.endMs);
    const others = collector.spans().filter(({ traceId }) => traceId === traceIdOf(failing));
    expect(others.find(({ name }) => name === 'tool broken')).toMatchObject({ status: 2 });
    expect(others.map(({ name }) => name)).toContain('cancel');
    const [refused] = others.filter(({ name, status }) => name === 'start' && status === 2);
    expect(refused?.attributes['error.type']).toBe('WorkflowExecutionAlreadyStartedError');
    for (const secret of [MARKER, REVIEWER, 'olga']) {
      expect(collector.text()).not.toContain(secret);
    }
  });

  const nobody = async () => ({ url: 'http://127.0.0.1:1', close: async () => {} });

  test.each([
    ['is away', nobody],
    ['takes connections and never answers', () => startCollector({ isSilent: true })],
  ])(
    'a collector that %s takes nothing from the work: the log says so, and the worker drains',
    async (_what, open) => {
      const { url, close } = await open();
      const worker = await startWorkerProcess(
        { ...environment, OTEL_EXPORTER_OTLP_ENDPOINT: url },
        taskQueue,
      );
      await decided(await start({ name: 'pay', arguments: { to: 'ada', amount: 240 } }));
      worker.signal('SIGTERM');
      expect(await worker.ended).toBe(0);
      expect(worker.log()).toContainEqual(
        expect.objectContaining({
          level: 'warn',
          msg: 'spans could not be exported',
          url: `${url}/v1/traces`,
        }),
      );
      await close();
    },
  );
});
