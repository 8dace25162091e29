/**
 * The ids of a session's trace, made of what everyone who deals with the session knows: client, worker and evidence
 * find the same trace without a header, and workflow code has no part in it.
 *
 * Made of the session id alone, not of its first run's id as well: who decides a gate does not know that one. A session
 * id that is used again goes on in the same trace.
 */
import { digestOfText } from '../text/digest.ts';

/** 16 bytes in hexadecimal, as OpenTelemetry and W3C write them. */
const TRACE_ID_CHARS = 32;
/** 8 bytes. */
const SPAN_ID_CHARS = 16;

/** The trace of a session: 32 hexadecimal digits. */
export function traceIdOf(sessionId: string): string {
  return digestOfText(`holdpoint/trace/${sessionId}`).slice(0, TRACE_ID_CHARS);
}

/** The span from a session's first event to its end: 16 hexadecimal digits, as all of them. */
export function sessionSpanId(sessionId: string): string {
  return spanIdOf(`holdpoint/session/${sessionId}`);
}

/** The span from a gate's presentation to its end. */
export function gateSpanId(sessionId: string, gateId: string): string {
  return spanIdOf(`holdpoint/gate/${gateId}/${sessionId}`);
}

/** After a Reset, what ends again is a span of its own, named by the event that ends it. */
export function otherSpanId(hash: string): string {
  return spanIdOf(`holdpoint/event/${hash}`);
}

function spanIdOf(text: string): string {
  return digestOfText(text).slice(0, SPAN_ID_CHARS);
}
