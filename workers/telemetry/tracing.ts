/**
 * OpenTelemetry in a worker process: a tracer whose spans go to a collector by OTLP over HTTP, as JSON. Set up only
 * where a collector is named. What the team's own code records in its tools goes the same way, unless the team has
 * registered a provider of its own: that one stays.
 *
 * A collector that is away takes nothing from the work: spans wait in a bounded queue, are dropped when it is full, and
 * the log says so once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { context, propagation, type Span, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  CompositePropagator,
  ExportResultCode,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  RandomIdGenerator,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import { SECOND_MS } from '../../domain/limits.ts';
import type { WorkerLog } from './log.ts';

/** The name under which the spans are recorded; also the service's, unless OTEL_SERVICE_NAME says another. */
const SCOPE = 'holdpoint';

/** A batch that is not taken within it is lost, and so is what has not gone out so long after the worker's end. */
const EXPORT_WITHIN_MS = 3 * SECOND_MS;

/** Where it is said that spans are lost. */
export type SpanLog = Pick<WorkerLog, 'write'>;

export interface Tracing {
  readonly tracer: Tracer;
  /** Gives these ids to the span that `start` starts, the trace's where it has no parent. */
  readonly withIds: (ids: SpanIds, start: () => Span) => Span;
  /** Sends what is left, and ends within 3 s. */
  readonly close: () => Promise<void>;
}

export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** `url`: of the collector, for traces, as http://host:4318/v1/traces. */
export function startTracing(url: string, log: SpanLog): Tracing {
  const ids = new GivenIds();
  const provider = new BasicTracerProvider({
    idGenerator: ids,
    // What the environment says goes before.
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': SCOPE }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [
      new BatchSpanProcessor(watched(exporterTo(url), { url, log }), {
        exportTimeoutMillis: EXPORT_WITHIN_MS,
      }),
    ],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({
      propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()],
    }),
  );
  const isGlobal = trace.setGlobalTracerProvider(provider);
  return {
    tracer: provider.getTracer(SCOPE),
    withIds: (given, start) => ids.during(given, start),
    close: async () => {
      if (isGlobal) trace.disable();
      await atMost(EXPORT_WITHIN_MS, provider.shutdown());
    },
  };
}

/** Waits for the work, but no longer; what it throws is nobody's business at an end. */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<void> {
  const isDone = new AbortController();
  const limit = delay(limitMs, undefined, { signal: isDone.signal }).catch(() => {});
  await Promise.race([work.catch(() => {}), limit]);
  isDone.abort();
}

function exporterTo(url: string): SpanExporter {
  return new OTLPTraceExporter({ url, timeoutMillis: EXPORT_WITHIN_MS });
}

/** Says it when spans begin to be lost, and when they go out again: not for each batch. */
function watched(
  exporter: SpanExporter,
  { url, log }: { readonly url: string; readonly log: SpanLog },
): SpanExporter {
  let isLosing = false;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const isLost = result.code !== ExportResultCode.SUCCESS;
        if (isLost && !isLosing) log.write('warn', 'spans could not be exported', at(url));
        if (!isLost && isLosing) log.write('info', 'spans are exported again', at(url));
        isLosing = isLost;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

/** Without credentials, and without a query that may hold some. */
function at(url: string): { readonly url: string } {
  const { origin, pathname } = new URL(url);
  return { url: `${origin}${pathname}` };
}

/** Random ids, and given ones for spans that others have to find. */
class GivenIds implements IdGenerator {
  readonly #random = new RandomIdGenerator();
  #given: SpanIds | undefined;

  during<T>(ids: SpanIds, start: () => T): T {
    this.#given = ids;
    try {
      return start();
    } finally {
      this.#given = undefined;
    }
  }

  generateSpanId(): string {
    return this.#given?.spanId ?? this.#random.generateSpanId();
  }

  generateTraceId(): string {
    return this.#given?.traceId ?? this.#random.generateTraceId();
  }
}
