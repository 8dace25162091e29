/**
 * Spans of what an application asks of a session, through OpenTelemetry's API alone: without an SDK in the application
 * none are made, and a call costs some 7 µs more. They stand in the session's trace, and are linked to the caller's own.
 */
import {
  type Attributes,
  context,
  isSpanContextValid,
  type Link,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { SPAN_ATTRIBUTES } from '../domain/audit/session-spans.ts';
import { gateSpanId, sessionSpanId, traceIdOf } from '../domain/audit/trace-ids.ts';

const SCOPE = 'holdpoint';

export interface TracedCall {
  readonly name: string;
  readonly sessionId: string;
  /** The call is about this gate, and stands under its span. */
  readonly gateId?: string;
  readonly decision?: string;
}

/** What a reply may tell a trace. Its message, and who decided, are not part of it. */
interface Answer {
  readonly status: string;
  readonly code?: string;
  readonly outcome?: { readonly status: string };
}

/** Runs `work` in a span. An error is rethrown; the span has its name, never its message. */
export async function traced<T>(
  call: TracedCall,
  work: () => Promise<T>,
  answerOf?: (result: T) => Answer,
): Promise<T> {
  const around = context.active();
  const caller = trace.getSpanContext(around);
  const links: Link[] =
    caller === undefined || !isSpanContextValid(caller) ? [] : [{ context: caller }];
  const parent = trace.setSpanContext(around, {
    traceId: traceIdOf(call.sessionId),
    spanId: parentIdOf(call),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
  });
  const options = { kind: SpanKind.CLIENT, attributes: attributesOf(call), links };
  const span = trace.getTracer(SCOPE).startSpan(call.name, options, parent);
  try {
    const result = await context.with(trace.setSpan(around, span), work);
    if (answerOf !== undefined) span.setAttributes(answerAttributes(answerOf(result)));
    return result;
  } catch (error) {
    span.setAttribute('error.type', error instanceof Error ? error.name : 'unknown');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

function parentIdOf({ sessionId, gateId }: TracedCall): string {
  return gateId === undefined ? sessionSpanId(sessionId) : gateSpanId(sessionId, gateId);
}

function attributesOf({ sessionId, gateId, decision }: TracedCall): Attributes {
  return {
    [SPAN_ATTRIBUTES.sessionId]: sessionId,
    ...(gateId === undefined ? {} : { [SPAN_ATTRIBUTES.gateId]: gateId }),
    ...(decision === undefined ? {} : { [SPAN_ATTRIBUTES.decision]: decision }),
  };
}

function answerAttributes({ status, code, outcome }: Answer): Attributes {
  return {
    [SPAN_ATTRIBUTES.answer]: status,
    ...(code === undefined ? {} : { [SPAN_ATTRIBUTES.code]: code }),
    ...(outcome === undefined ? {} : { [SPAN_ATTRIBUTES.outcome]: outcome.status }),
  };
}
