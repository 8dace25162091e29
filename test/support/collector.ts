/** A collector of OpenTelemetry's: takes spans by OTLP over HTTP, as JSON, and keeps them with every byte that came. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CollectedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly notes: readonly string[];
  /** 2: an error. */
  readonly status: number;
}

export interface Collector {
  /** Base address: what OTEL_EXPORTER_OTLP_ENDPOINT names. */
  readonly url: string;
  readonly spans: () => readonly CollectedSpan[];
  readonly text: () => string;
  readonly close: () => Promise<void>;
}

/** `isSilent`: takes connections, and never answers. */
export async function startCollector({ isSilent = false } = {}): Promise<Collector> {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    if (isSilent) return;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const isOurs = request.method === 'POST' && request.url === '/v1/traces';
      if (isOurs) bodies.push(Buffer.concat(chunks).toString());
      response.writeHead(isOurs ? 200 : 404, { 'content-type': 'application/json' }).end('{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => bodies.flatMap((body) => spansOf(JSON.parse(body) as Body)),
    text: () => bodies.join('\n'),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: number };
}

interface Body {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

interface WireSpan extends Pick<CollectedSpan, 'name' | 'traceId' | 'spanId' | 'parentSpanId'> {
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly links?: CollectedSpan['links'];
  readonly events?: readonly { readonly name: string }[];
  readonly status: { readonly code: number };
}

function spansOf({ resourceSpans }: Body): readonly CollectedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(
        ({
          startTimeUnixNano,
          endTimeUnixNano,
          attributes,
          links = [],
          events = [],
          status,
          ...span
        }) => ({
          service: String(recordOf(resource.attributes)['service.name']),
          name: span.name,
          traceId: span.traceId,
          spanId: span.spanId,
          parentSpanId: span.parentSpanId || undefined,
          startMs: Number(BigInt(startTimeUnixNano) / 1_000_000n),
          endMs: Number(BigInt(endTimeUnixNano) / 1_000_000n),
          attributes: recordOf(attributes),
          links: links.map(({ traceId, spanId }) => ({ traceId, spanId })),
          notes: events.map(({ name }) => name),
          status: status.code,
        }),
      ),
    ),
  );
}

function recordOf(attributes: readonly Attribute[]): CollectedSpan['attributes'] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? '']),
  );
}
