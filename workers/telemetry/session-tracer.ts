/**
 * The spans of sessions. A gate's and a session's are made of audit events, when the one that ends them is stored, by the
 * process whose call stored it; so each goes out once, and workflow code knows nothing of it. An action's spans the time
 * in which this worker has it, ledger included, and is active meanwhile.
 */
import {
  context,
  isSpanContextValid,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import type { AuditEvent } from '../../domain/audit/audit-event.ts';
import {
  endsSpan,
  gateSpan,
  sessionSpan,
  SPAN_ATTRIBUTES,
  type SpanAttributes,
  type SpanDraft,
} from '../../domain/audit/session-spans.ts';
import { SECOND_MS } from '../../domain/limits.ts';
import { gateSpanId, sessionSpanId, traceIdOf } from '../../domain/audit/trace-ids.ts';
import type { StoredRun } from '../../evidence/sql-evidence-store.ts';
import type { EvidenceReader, StoredEvent } from '../../evidence/store.ts';
import type {
  ActionEnd,
  Around,
  WatchedAction,
  WatchedOutcome,
  WatchedTurn,
} from './action-watch.ts';
import { atMost, type SpanLog, startTracing, type Tracing } from './tracing.ts';

type TrailReader = Pick<EvidenceReader, 'events' | 'gateEvents' | 'sessions'>;

export interface SessionTracer {
  /** `evidence` is asked for what was stored before, one question at a time. */
  readonly stored: (events: readonly AuditEvent[], run: StoredRun, evidence: TrailReader) => void;
  readonly around: Around;
  readonly aroundTurn: Around<WatchedTurn>;
  readonly ended: (action: WatchedAction, end: ActionEnd) => void;
  /** Waits for the spans that are being made, 3 s at most. */
  readonly settled: () => Promise<void>;
  /** Sends what is left, 3 s at most. */
  readonly sent: () => Promise<void>;
}

/** Ends whose beginning is looked up, beyond which further ones are lost. */
const WAITING_MAX = 1_000;

/** At the worker's end; what is not looked up by then is lost. */
const SETTLED_WITHIN_MS = 3 * SECOND_MS;

/** `url`: of the collector. */
export function startSessionTracer(url: string, log: SpanLog): SessionTracer {
  return createSessionTracer(startTracing(url, log), log);
}

export function createSessionTracer(tracing: Tracing, log: SpanLog): SessionTracer {
  const actions = new WeakMap<WatchedAction, Span>();
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const make = async (ending: Ending): Promise<void> => {
    try {
      const draft = await draftOf(ending);
      if (draft !== undefined) emit(tracing, draft);
    } catch (error) {
      const code = error instanceof Error ? error.name : 'unknown';
      log.write('warn', 'a span was lost', { sessionId: ending.end.sessionId, code });
    } finally {
      waiting -= 1;
    }
  };
  return {
    stored: (events, run, evidence) => {
      for (const end of events) {
        const what = endsSpan(end);
        if (what === undefined) continue;
        const { sessionId } = end;
        if (waiting >= WAITING_MAX) log.write('warn', 'a span was lost', { sessionId });
        else {
          waiting += 1;
          last = last.then(() => make({ what, end, stored: events, run, evidence }));
        }
      }
    },
    around: (action, work) => {
      const span = startAttempt(tracing, `tool ${action.tool}`, action);
      actions.set(action, span);
      return whileActive(span, work);
    },
    aroundTurn: (turn, work) => {
      const span = startAttempt(tracing, 'model turn', turn);
      return whileActive(span, () => work().catch((error: unknown) => failed(span, error)));
    },
    ended: (action, end) => tellEnd(actions.get(action), end),
    settled: () => atMost(SETTLED_WITHIN_MS, last),
    sent: () => tracing.close(),
  };
}

interface Ending {
  readonly what: 'gate' | 'session';
  readonly end: AuditEvent;
  /** What one call stored. */
  readonly stored: readonly AuditEvent[];
  readonly run: StoredRun;
  readonly evidence: TrailReader;
}

async function draftOf(ending: Ending): Promise<SpanDraft | undefined> {
  return ending.what === 'gate' ? draftOfGate(ending) : draftOfSession(ending);
}

async function draftOfGate({ end, stored, run, evidence }: Ending): Promise<SpanDraft | undefined> {
  const { firstExecutionRunId } = run;
  const { gateId = '' } = end;
  const isHere = stored.some((one) => one.gateId === gateId && one.eventType === 'gate_presented');
  if (isHere) return gateSpan({ end, firstExecutionRunId, isRepeated: false }, stored);
  const trail = await evidence.gateEvents(run, gateId);
  const isRepeated = hasEndBefore(trail, end);
  return gateSpan(
    { end, firstExecutionRunId, isRepeated },
    trail.map(({ event }) => event),
  );
}

async function draftOfSession({ end, run, evidence }: Ending): Promise<SpanDraft | undefined> {
  const { firstExecutionRunId } = run;
  const trail = await evidence.events(run);
  const first = trail[0]?.event;
  if (first === undefined) return undefined;
  const others = await evidence.sessions(run.sessionId);
  const isReused = others.some(
    (one) => one.firstExecutionRunId !== firstExecutionRunId && one.lastAt <= first.at,
  );
  const isRepeated = isReused || hasEndBefore(trail, end);
  return sessionSpan({ end, firstExecutionRunId, isRepeated }, first);
}

/** Whether one that ends the same was stored before this one, which is there as well. */
function hasEndBefore(trail: readonly StoredEvent[], end: AuditEvent): boolean {
  const ends = trail.filter(({ event }) => endsSpan(event) === endsSpan(end));
  const [first] = ends.toSorted(
    (one, other) => one.storedAt - other.storedAt || (one.event.hash < other.event.hash ? -1 : 1),
  );
  return first !== undefined && first.event.hash !== end.hash;
}

function emit({ tracer, withIds }: Tracing, draft: SpanDraft): void {
  const { name, traceId, spanId, parentId, attributes } = draft;
  const startTime = new Date(draft.startAt);
  const within =
    parentId === undefined ? ROOT_CONTEXT : withParent(ROOT_CONTEXT, { traceId, spanId: parentId });
  const span = withIds({ traceId, spanId }, () =>
    tracer.startSpan(name, { startTime, attributes }, within),
  );
  for (const note of draft.notes) span.addEvent(note.name, note.attributes, new Date(note.at));
  span.end(new Date(draft.endAt));
}

/** An attempt of an action, or of a model turn. */
type Attempt = WatchedTurn & Partial<WatchedAction>;

function startAttempt({ tracer }: Tracing, name: string, attempt: Attempt): Span {
  const { sessionId, gateId } = attempt;
  const traceId = traceIdOf(sessionId);
  const around = context.active();
  const links: Link[] = [];
  if (gateId !== undefined) {
    links.push({ context: remote({ traceId, spanId: gateSpanId(sessionId, gateId) }) });
  }
  // Where the team traces its activities in its own way, that trace is one step away.
  const active = trace.getSpanContext(around);
  if (active !== undefined && isSpanContextValid(active)) links.push({ context: active });
  return tracer.startSpan(
    name,
    { attributes: attemptAttributes(attempt), links },
    withParent(around, { traceId, spanId: sessionSpanId(sessionId) }),
  );
}

async function whileActive<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(context.active(), span), work);
  } finally {
    span.end();
  }
}

/** That it failed, not what the error says: a provider's may quote the request. */
function failed(span: Span, error: unknown): never {
  span.setStatus({ code: SpanStatusCode.ERROR });
  throw error;
}

function attemptAttributes(about: Attempt): SpanAttributes {
  const { sessionId, runId, tool, attempt, actionId, tier, gateId } = about;
  return {
    [SPAN_ATTRIBUTES.sessionId]: sessionId,
    [SPAN_ATTRIBUTES.runId]: runId,
    [SPAN_ATTRIBUTES.attempt]: attempt,
    ...(tool === undefined ? {} : { [SPAN_ATTRIBUTES.tool]: tool }),
    ...(actionId === undefined ? {} : { [SPAN_ATTRIBUTES.actionId]: actionId }),
    ...(tier === undefined ? {} : { [SPAN_ATTRIBUTES.tier]: tier }),
    ...(gateId === undefined ? {} : { [SPAN_ATTRIBUTES.gateId]: gateId }),
  };
}

const FAILED: readonly WatchedOutcome[] = ['effect_unknown', 'failed'];

function tellEnd(span: Span | undefined, { outcome, code }: ActionEnd): void {
  span?.setAttribute(SPAN_ATTRIBUTES.actionOutcome, outcome);
  if (code !== undefined) span?.setAttribute(SPAN_ATTRIBUTES.code, code);
  if (FAILED.includes(outcome)) span?.setStatus({ code: SpanStatusCode.ERROR });
}

function withParent(
  around: typeof ROOT_CONTEXT,
  parent: Pick<SpanContext, 'traceId' | 'spanId'>,
): typeof ROOT_CONTEXT {
  return trace.setSpanContext(around, remote(parent));
}

function remote(ids: Pick<SpanContext, 'traceId' | 'spanId'>): SpanContext {
  return { ...ids, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}
