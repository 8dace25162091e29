/**
 * What a trail needs of the raw history of one run, read without any workflow code: the memo writes, the run that it
 * continues, and how it ended where no workflow code had a say. Pure: who fetches a history and decodes its payloads
 * does so by itself (client/session-history.ts, workers/recovery.ts).
 */
import { MEMO_KEY } from '../messages.ts';

/** The part of a history event that is looked at. Temporal's own type fits it. */
export interface RunEvent<Payload> {
  readonly eventTime?: {
    readonly seconds?: { toString(): string } | null;
    readonly nanos?: number | null;
  } | null;
  readonly workflowExecutionStartedEventAttributes?: {
    readonly firstExecutionRunId?: string | null;
    readonly continuedExecutionRunId?: string | null;
  } | null;
  readonly workflowPropertiesModifiedEventAttributes?: {
    readonly upsertedMemo?: { readonly fields?: Readonly<Record<string, Payload>> | null } | null;
  } | null;
  readonly workflowExecutionTerminatedEventAttributes?: { readonly reason?: string | null } | null;
  readonly workflowExecutionTimedOutEventAttributes?: object | null;
}

/** A memo write whose payload is still to be decoded. */
export interface EncodedWrite<Payload> {
  readonly payload: Payload;
  /** The server's time, ms since 1970. */
  readonly recordedAt: number;
}

export function memoWritesOf<Payload>(
  events: readonly RunEvent<Payload>[],
): readonly EncodedWrite<Payload>[] {
  return events.flatMap((event) => {
    const { upsertedMemo } = event.workflowPropertiesModifiedEventAttributes ?? {};
    const payload = upsertedMemo?.fields?.[MEMO_KEY];
    return payload === undefined ? [] : [{ payload, recordedAt: recordedAtOf(event) }];
  });
}

/** The first run of the session, and the run that this one continues. */
export function originOf(events: readonly RunEvent<unknown>[]): {
  readonly firstExecutionRunId?: string;
  readonly continuedRunId?: string;
} {
  const started = events[0]?.workflowExecutionStartedEventAttributes;
  // Temporal leaves a text empty where there is none.
  const firstExecutionRunId = started?.firstExecutionRunId || undefined;
  const continuedRunId = started?.continuedExecutionRunId || undefined;
  return {
    ...(firstExecutionRunId === undefined ? {} : { firstExecutionRunId }),
    ...(continuedRunId === undefined ? {} : { continuedRunId }),
  };
}

/** An end that no workflow code took part in. */
export interface AbruptEnd {
  readonly status: 'terminated' | 'timed_out';
  readonly at: number;
  readonly reason?: string;
}

export function abruptEndOf(events: readonly RunEvent<unknown>[]): AbruptEnd | undefined {
  const last = events.at(-1);
  if (last === undefined) return undefined;
  const at = recordedAtOf(last);
  const terminated = last.workflowExecutionTerminatedEventAttributes;
  if (terminated) {
    const reason = terminated.reason || undefined;
    return { status: 'terminated', at, ...(reason === undefined ? {} : { reason }) };
  }
  return last.workflowExecutionTimedOutEventAttributes ? { status: 'timed_out', at } : undefined;
}

function recordedAtOf({ eventTime }: RunEvent<unknown>): number {
  const seconds = Number(eventTime?.seconds?.toString() ?? 0);
  return seconds * 1_000 + Math.floor((eventTime?.nanos ?? 0) / 1_000_000);
}
